import type { Change } from '../../audit/change.ts'
import { differences } from '../../audit/differences.ts'
import { recordAct } from '../../audit/record.ts'
import { many, maybeOne, transaction, type Client, type Pool } from '../../db.ts'
import { requireKnown } from './check-definition.ts'
import { findDigest, setPaused, type Digest } from './digest.ts'

/**
 * Pauses a digest for a reason. Slots that pass while it is paused are not made up for.
 * @throws Refusal (404) when the account has no such digest
 */
export function pauseDigest(pool: Pool, accountId: number, id: number, reason: string, change: Change): Promise<Digest> {
  return recorded(pool, accountId, id, { ...change, action: 'digest.pause', reason }, (tx) =>
    setPaused(tx, accountId, id, reason, change.at),
  )
}

/** Lets a digest go on. @throws Refusal (404) when the account has no such digest */
export function resumeDigest(pool: Pool, accountId: number, id: number, change: Change): Promise<Digest> {
  return recorded(pool, accountId, id, { ...change, action: 'digest.resume' }, (tx) =>
    setPaused(tx, accountId, id, null, change.at),
  )
}

async function recorded(
  pool: Pool,
  accountId: number,
  id: number,
  act: Change & { action: `digest.${string}`; reason?: string },
  work: (tx: Client) => Promise<Digest>,
): Promise<Digest> {
  return transaction(pool, async (tx) => {
    await maybeOne(tx, 'select id from tidemark.digests where account_id = $1 and id = $2 for update', [accountId, id])
    const before = await findDigest(tx, accountId, id)
    const after = await work(tx)
    const changed = differences(pauseOf(before), pauseOf(after))
    if (changed) await recordAct(tx, { ...act, accountId, subjectId: id, ...changed })
    return after
  })
}

const pauseOf = ({ paused, pauseReason }: Digest) => ({ paused, pause_reason: pauseReason })

/**
 * Gives all digests of one owner (null: of nobody) to another user of the account.
 * @returns the ids of those that changed hands
 * @throws Refusal (422) when the account has no such user; who owned them may have left long ago
 */
export async function reassignDigests(
  pool: Pool,
  accountId: number,
  { from, to }: { from: number | null; to: number },
  change: Change,
): Promise<number[]> {
  await requireKnown(pool, accountId, { filters: [], users: [to] })
  return transaction(pool, async (tx) => {
    const rows = await many<{ id: number }>(
      tx,
      `update tidemark.digests set owner_id = $3, updated_at = to_timestamp($4)
       where account_id = $1 and owner_id is not distinct from $2::bigint
       returning id`,
      [accountId, from, to, change.at],
    )
    const ids = rows.map(({ id }) => id).toSorted((a, b) => a - b)
    // One for each, so that the history of a digest is found by its id.
    for (const id of from === to ? [] : ids) {
      const owners = { before: { owner_id: from }, after: { owner_id: to } }
      await recordAct(tx, { ...change, accountId, action: 'digest.reassign', subjectId: id, ...owners })
    }
    return ids
  })
}
