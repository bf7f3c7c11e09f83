import { many, type Pool } from '../../src/db.ts'
import type { Digest } from '../../src/digests/definition/digest.ts'
import { snapshotById, type StoredSnapshot } from '../../src/digests/snapshot/stored-snapshot.ts'

/** What tests look at of a slot. */
export interface SlotRow {
  id: number
  state: string
  note: string | null
  editions: number
  failures: number
}

export const slotsOf = (pool: Pool, { accountId, id }: Digest) =>
  many<SlotRow & Record<string, unknown>>(
    pool,
    `select id, state, note, editions, failures from tidemark.digest_slots
     where account_id = $1 and digest_id = $2 order by period_start`,
    [accountId, id],
  )

/** What tests look at of a delivery. */
export interface DeliveryRow {
  recipient: string
  state: string
  error: string | null
  edition: number
  snapshotId: number | null
}

export const deliveriesOf = (pool: Pool, { accountId, id }: Digest) =>
  many<DeliveryRow & Record<string, unknown>>(
    pool,
    `select recipient, state, error, edition, snapshot_id as "snapshotId" from tidemark.deliveries
     where account_id = $1 and digest_id = $2 and kind = 'digest' order by edition, recipient`,
    [accountId, id],
  )

/** Every stored snapshot of a digest, in the order in which they were stored. */
export async function snapshotsOf(pool: Pool, { accountId, id }: Digest): Promise<StoredSnapshot[]> {
  const rows = await many<{ id: number }>(
    pool,
    'select id from tidemark.snapshots where account_id = $1 and digest_id = $2 order by id',
    [accountId, id],
  )
  return Promise.all(rows.map(async (row) => (await snapshotById(pool, accountId, row.id))!))
}
