import type { Change } from '../../audit/change.ts'
import { z } from 'zod'
import { findDigest } from '../../digests/definition/digest.ts'
import { findSlot, slotsOf, slotStates, testMailsOf, type SlotRecord } from '../../digests/delivery/history.ts'
import { rerunSlot } from '../../digests/composing/rerun.ts'
import { releaseSlot, skipSlot, type SlotKey } from '../../digests/composing/slot-decisions.ts'
import type { Pool } from '../../db.ts'
import type { RouteFamily } from '../app.ts'
import { changeOf } from '../change.ts'
import { slotOnWire, slotShape, testMailOnWire, testMailShape } from './delivery-shapes.ts'
import { digestPath, idIn, listShape, pageIn, slotPath } from './digest-path.ts'
import { pageParameters, queryOf, word } from './parameters.ts'
import { decisionProblems, problems } from './problems.ts'

const tags = ['Digests']

const slots = {
  tags,
  summary: 'The slots of a digest, the newest period first, with what became of each',
  params: digestPath,
  querystring: queryOf({
    ...pageParameters,
    state: word(slotStates).optional().meta({ description: 'Only slots in this state.', example: 'missed' }),
  }),
  response: { 200: z.object({ ...listShape, slots: z.array(slotShape) }), ...problems },
}

const testMails = {
  tags,
  summary: 'The test mails of a digest, the newest first; none of them is a delivery',
  params: digestPath,
  querystring: queryOf(pageParameters),
  response: { 200: z.object({ ...listShape, test_mails: z.array(testMailShape) }), ...problems },
}

async function rerun(pool: Pool, { accountId, digestId, slotId }: SlotKey, change: Change): Promise<SlotRecord> {
  await findSlot(pool, accountId, digestId, slotId)
  await rerunSlot(pool, accountId, slotId, change)
  return findSlot(pool, accountId, digestId, slotId)
}

/** What somebody may decide about a slot. */
type Decision = (pool: Pool, key: SlotKey, change: Change) => Promise<SlotRecord>
const decisions: Record<string, { summary: string; decide: Decision }> = {
  release: {
    summary: 'Sends a slot that is held or waits for data as it is; its mail says what is missing',
    decide: releaseSlot,
  },
  rerun: { summary: 'Has the figures of a period taken anew, as another edition that everybody is sent', decide: rerun },
  skip: { summary: 'Gives a slot up that is held or waits for data: nobody is sent its period', decide: skipSlot },
}

/** `/digests/:digest/slots` and `/digests/:digest/test_mails`: the history of a digest, and what people decide about it. */
export const slotRoutes: RouteFamily = (app, { pool, readPool, clock }) => {
  app.get('/digests/:digest/slots', { schema: slots }, async ({ params, query, caller: { accountId } }) => {
    const { id } = await findDigest(readPool, accountId, idIn(params.digest))
    const page = pageIn(query)
    const { total, rows } = await slotsOf(readPool, accountId, id, { ...page, state: query.state ?? null })
    return { total_count: total, page: page.page, per_page: page.perPage, slots: rows.map(slotOnWire) }
  })

  app.get('/digests/:digest/test_mails', { schema: testMails }, async ({ params, query, caller: { accountId } }) => {
    const { id } = await findDigest(readPool, accountId, idIn(params.digest))
    const page = pageIn(query)
    const { total, rows } = await testMailsOf(readPool, accountId, id, page)
    return { total_count: total, page: page.page, per_page: page.perPage, test_mails: rows.map(testMailOnWire) }
  })

  for (const [name, { summary, decide }] of Object.entries(decisions)) {
    const schema = { tags, summary, params: slotPath, response: { 200: slotShape, ...decisionProblems } }
    app.post(`/digests/:digest/slots/:slot/${name}`, { schema }, async ({ caller, params }) => {
      const key = { accountId: caller.accountId, digestId: idIn(params.digest), slotId: idIn(params.slot) }
      return slotOnWire(await decide(pool, key, changeOf(caller, clock())))
    })
  }
}
