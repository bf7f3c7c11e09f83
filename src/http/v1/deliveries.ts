import { z } from 'zod'
import type { Queryable } from '../../db.ts'
import { findDigest } from '../../digests/definition/digest.ts'
import { drawings, type Drawn } from '../../digests/files/drawings.ts'
import { envelopeShown } from '../../digests/delivery/envelope-of.ts'
import { deliveriesOfDigest, deliveryStates, findDelivery, type DeliveryRecord } from '../../digests/delivery/history.ts'
import { madeLink, revokeLink, visitsOf } from '../../digests/delivery/links.ts'
import { resendDelivery } from '../../digests/delivery/resend.ts'
import { resolveDelivery, resolutions } from '../../digests/delivery/resolve.ts'
import { onePage, PAGE_POLICY, sentMail } from '../../digests/delivery/sent-mail.ts'
import { snapshotById } from '../../digests/snapshot/stored-snapshot.ts'
import { fingerprint } from '../../digests/snapshot/snapshot.ts'
import type { App, RouteFamily, ServerContext } from '../app.ts'
import { changeOf } from '../change.ts'
import { text } from '../request.ts'
import { deliveryOnWire, deliveryShape, linkOnWire, linkShape, visitsOnWire, visitsShape } from './delivery-shapes.ts'
import { deliveryPath, digestPath, idIn, listShape, pageIn } from './digest-path.ts'
import { pageParameters, queryOf, word } from './parameters.ts'
import { bodyProblems, decisionProblems, problems } from './problems.ts'

const tags = ['Digests']
/** Uses of a link that are listed with its delivery. */
const MOST_VISITS = 100

const list = {
  tags,
  summary: 'The deliveries of a digest, the newest first, and the notices about it',
  params: digestPath,
  querystring: queryOf({
    ...pageParameters,
    state: word(deliveryStates).optional().meta({ description: 'Only those in this state.', example: 'uncertain' }),
    slot: z
      .string()
      .regex(/^\d{1,15}$/, 'must be the id of a slot')
      .optional()
      .meta({ description: 'Only those of this slot.', example: '1' }),
    recipient: text.optional().meta({ description: 'Only those to this address.', example: 'ana@example.com' }),
  }),
  response: { 200: z.object({ ...listShape, deliveries: z.array(deliveryShape) }), ...problems },
}

const figures = z.object({
  edition: z.int(),
  lens: z.string().meta({ description: 'Whose figures: empty for all of the digest, else ids by dimension as JSON.' }),
  sha256: z.string().meta({ description: 'Of the figures as JSON with sorted keys.' }),
  figures: z.record(z.string(), z.unknown()).meta({ description: 'Exactly what was sent, as it was frozen.' }),
})

const single = {
  tags,
  summary: 'One delivery with the exact figures that it was made from, and the uses of its link',
  params: deliveryPath,
  response: {
    200: deliveryShape.extend({
      snapshot: figures.nullable(),
      link: linkShape.extend(visitsShape.shape).nullable(),
    }),
    ...problems,
  },
}

const mail = {
  tags,
  summary: 'The mail of a delivery, made again from its figures, without the links that only its recipient may use',
  params: deliveryPath,
  querystring: queryOf({
    format: word(['html', 'text']).optional().meta({ description: 'HTML without.', example: 'text' }),
  }),
  response: {
    200: {
      description: 'The mail; its pictures are in the HTML.',
      content: { 'text/html': { schema: z.string() }, 'text/plain': { schema: z.string() } },
    },
    ...problems,
  },
}

/** `/digests/:digest/deliveries` and `/deliveries/:delivery`: what was sent to whom. */
export const deliveryRoutes: RouteFamily = (app, context) => {
  const { readPool } = context
  app.get('/digests/:digest/deliveries', { schema: list }, async ({ params, query, caller: { accountId } }) => {
    const { id } = await findDigest(readPool, accountId, idIn(params.digest))
    const { state = null, slot, recipient = null } = query
    const page = pageIn(query)
    const filter = { state, slotId: slot === undefined ? null : Number(slot), recipient }
    const { total, rows } = await deliveriesOfDigest(readPool, accountId, id, { ...page, ...filter })
    return { total_count: total, page: page.page, per_page: page.perPage, deliveries: rows.map(deliveryOnWire) }
  })

  app.get('/deliveries/:delivery', { schema: single }, async ({ params, caller: { accountId } }) => {
    const delivery = await findDelivery(readPool, accountId, params.delivery)
    const [snapshot, link] = [
      await snapshotOnWire(readPool, accountId, delivery),
      await linkAndVisits(readPool, accountId, delivery),
    ]
    return { ...deliveryOnWire(delivery), snapshot, link }
  })

  addMail(app, context)
  addDecisions(app, context)
}

function addMail(app: App, { readPool }: ServerContext): void {
  const draw = drawings(2)
  app.get('/deliveries/:delivery/mail', { schema: mail }, async ({ params, query, caller: { accountId } }, reply) => {
    const { id, snapshotId } = await findDelivery(readPool, accountId, params.delivery)
    const envelope = (drawn: Drawn) => envelopeShown(readPool, { accountId, id }, drawn)
    const sent = await sentMail(readPool, { accountId, id, snapshotId }, draw, envelope)
    if (query.format === 'text') return reply.type('text/plain; charset=utf-8').send(sent.mail.text)
    return reply.header('content-security-policy', PAGE_POLICY).type('text/html; charset=utf-8').send(onePage(sent))
  })
}

/** What people decide about a delivery. */
function addDecisions(app: App, { pool, clock }: ServerContext): void {
  const common = { tags, params: deliveryPath }
  const answers = { 200: deliveryShape, ...decisionProblems }
  const resend = { ...common, summary: 'Sends the same figures to the same person again', response: answers }
  app.post('/deliveries/:delivery/resend', { schema: resend }, async ({ caller, params }) =>
    deliveryOnWire(await resendDelivery(pool, caller.accountId, params.delivery, changeOf(caller, clock()))),
  )

  const body = z.strictObject({ outcome: z.enum(resolutions) })
  const summary = 'Settles a delivery of which it is not known whether it arrived'
  const resolve = { ...common, summary, body, response: { ...bodyProblems, ...answers } }
  app.post('/deliveries/:delivery/resolve', { schema: resolve }, async ({ caller, params, body: given }) => {
    const { outcome } = given
    return deliveryOnWire(await resolveDelivery(pool, caller.accountId, params.delivery, outcome, changeOf(caller, clock())))
  })

  const revoke = { ...common, summary: 'Shuts the link of a delivery for good', response: { 200: linkShape, ...problems } }
  app.delete('/deliveries/:delivery/link', { schema: revoke }, async ({ caller, params }) => {
    const { accountId } = caller
    const { id } = await findDelivery(pool, accountId, params.delivery)
    return linkOnWire(await revokeLink(pool, accountId, id, changeOf(caller, clock())))
  })
}

async function snapshotOnWire(db: Queryable, accountId: number, { snapshotId }: DeliveryRecord) {
  const stored = snapshotId === null ? undefined : await snapshotById(db, accountId, snapshotId)
  if (!stored) return null
  const { edition, lens, snapshot } = stored
  return { edition, lens, sha256: fingerprint(snapshot), figures: snapshot as unknown as Record<string, unknown> }
}

async function linkAndVisits(db: Queryable, accountId: number, { id }: DeliveryRecord) {
  const link = await madeLink(db, accountId, id)
  return link ? { ...linkOnWire(link), ...visitsOnWire(await visitsOf(db, link, MOST_VISITS)) } : null
}
