import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { drawings } from '../digests/files/drawings.ts'
import { envelopeOf } from '../digests/delivery/envelope-of.ts'
import { findDelivery } from '../digests/delivery/history.ts'
import { linkIdOf, openLink, recordVisit } from '../digests/delivery/links.ts'
import { PAGE_POLICY, pageOf } from '../digests/delivery/sent-mail.ts'
import { filesOf } from '../digests/files/snapshot-files.ts'
import { snapshotById, type StoredSnapshot } from '../digests/snapshot/stored-snapshot.ts'
import { notFound } from '../errors.ts'
import type { App, ServerContext } from './app.ts'

/** Requests a minute for each link, and for each address that asks with something that is none. */
const MOST_A_MINUTE = 60
/** Snapshots that are kept drawn in this process: those of the digests that went out last. */
const KEPT = 3

const headers = {
  'cache-control': 'no-store',
  'x-robots-tag': 'noindex, nofollow, noarchive',
  // The address is the key: no other site is told it.
  'referrer-policy': 'no-referrer',
  'content-security-policy': PAGE_POLICY,
}

/**
 * Adds what the signed link of a mail opens: `/digests/:token`, the digest as it was sent to that person, and its files below,
 * byte for byte those that were, or could not be, attached. Whoever has the link needs no account.
 */
export function addDigestPages(app: App, { pool, clock }: Pick<ServerContext, 'pool' | 'clock'>): void {
  const draw = drawings(KEPT)
  const config = { errors: 'page' as const, rateLimit: { max: MOST_A_MINUTE, keyGenerator: linkOrAddress } }
  // Whoever only asks for the headers has not opened the link.
  const options = { config, schema: { hide: true }, exposeHeadRoute: false }
  app.addHook('onRequest', async (_request, reply) => void reply.headers(headers))

  app.get<{ Params: { token: string } }>('/digests/:token', options, async ({ params: { token } }, reply) => {
    const link = await openLink(pool, token, clock())
    await recordVisit(pool, link, null, clock())
    const { accountId, deliveryId: id } = link
    const { snapshotId } = await findDelivery(pool, accountId, id)
    if (snapshotId === null) throw notFound('Nothing was made for this mail.')
    const drawn = await draw(pool, accountId, snapshotId)
    const envelope = await envelopeOf(pool, { accountId, id }, drawn, clock())
    return reply.type('text/html; charset=utf-8').send(pageOf(drawn, envelope))
  })

  type FileRequest = { Params: { token: string; name: string } }
  app.get<FileRequest>('/digests/:token/files/:name', options, async ({ params: { token, name } }, reply) => {
    const link = await openLink(pool, token, clock())
    const { snapshotId } = await findDelivery(pool, link.accountId, link.deliveryId)
    const stored = snapshotId === null ? undefined : await snapshotById(pool, link.accountId, snapshotId)
    const visit = () => recordVisit(pool, link, name, clock())
    return sendFile(reply, stored, name, visit)
  })
}

async function sendFile(
  reply: FastifyReply,
  stored: StoredSnapshot | undefined,
  name: string,
  visit: () => Promise<void>,
): Promise<FastifyReply> {
  const file = stored && filesOf(stored.snapshot, stored.formats).find((candidate) => candidate.name === name)
  if (!file) throw notFound('There is no such file in this digest. Its page lists those that there are.')
  await visit()
  return reply
    .header('content-type', file.type)
    .header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(name)}`)
    .send(Readable.from(file.chunks()))
}

/** By whom requests are counted: people behind one proxy share an address, but not their links. */
function linkOrAddress({ params, ip }: FastifyRequest): string {
  const { token = '' } = (params ?? {}) as { token?: string }
  return linkIdOf(token)?.id ?? ip
}
