import type { Instant } from '../../clock.ts'
import { maybeOne, one, sql, type Queryable } from '../../db.ts'
import type { Format } from '../definition/definition.ts'
import { fingerprint, type Snapshot } from './snapshot.ts'

const storeSql = sql(import.meta.url, './store-snapshot.sql')

/** A snapshot as it lies in the database, with what its mail carries. */
export interface StoredSnapshot {
  id: number
  slotId: number
  edition: number
  lens: string
  snapshot: Snapshot
  formats: Format[]
}

/** Where a snapshot belongs: to the nth run of a slot, for those with a lens or (empty) for all. */
export interface Place {
  slotId: number
  edition: number
  lens: string
}

/** Stores a snapshot once: when its place has one already, that one stays. Returns the id of the stored one. */
export async function storeSnapshot(
  db: Queryable,
  snapshot: Snapshot,
  { slotId, edition, lens }: Place,
  formats: readonly Format[],
): Promise<{ id: number; new: boolean }> {
  const { account, digest, data } = snapshot
  const takenAt: Instant = data.takenAt.at
  const place = [account.id, digest.id, slotId, edition, lens]
  return one(db, storeSql, [...place, JSON.stringify(snapshot), fingerprint(snapshot), formats, takenAt])
}

const columns = `select n.id, n.slot_id as "slotId", n.edition, n.lens, n.figures, n.sha256, n.formats from tidemark.snapshots n`

/**
 * The newest stored snapshot of a digest for a period (first and last date), as those without a lens see it or those with
 * this one; undefined when there is none.
 * @throws Error when its figures are not those that were stored: somebody has edited the row.
 */
export function snapshotOfPeriod(
  db: Queryable,
  accountId: number,
  digestId: number,
  { firstDate, lastDate }: { firstDate: string; lastDate: string },
  lens = '',
): Promise<StoredSnapshot | undefined> {
  const text = `${columns} join tidemark.digest_slots s on s.account_id = $1 and s.id = n.slot_id
    where n.account_id = $1 and s.digest_id = $2 and s.period_start = $3 and s.period_end = $4 and n.lens = $5
    order by n.edition desc limit 1`
  return checked(db, text, [accountId, digestId, firstDate, lastDate, lens])
}

/** A stored snapshot by its id. */
export function snapshotById(db: Queryable, accountId: number, id: number): Promise<StoredSnapshot | undefined> {
  return checked(db, `${columns} where n.account_id = $1 and n.id = $2`, [accountId, id])
}

async function checked(db: Queryable, text: string, values: unknown[]): Promise<StoredSnapshot | undefined> {
  const row = await maybeOne<Omit<StoredSnapshot, 'snapshot'> & { figures: Snapshot; sha256: string }>(db, text, values)
  if (!row) return undefined
  const { figures, sha256, ...stored } = row
  if (fingerprint(figures) !== sha256) throw new Error(`snapshot ${row.id} is not what was stored: its SHA-256 differs`)
  return { ...stored, snapshot: figures }
}
