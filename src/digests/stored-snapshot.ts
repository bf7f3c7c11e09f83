import type { Instant } from '../clock.ts'
import { maybeOne, one, sql, type Queryable } from '../db.ts'
import type { Format } from './digest.ts'
import { fingerprint, type Snapshot } from './snapshot.ts'

const storeSql = sql(import.meta.url, './store-snapshot.sql')

/** A snapshot as it lies in the database, with what its mail carries. */
export interface StoredSnapshot {
  id: number
  snapshot: Snapshot
  formats: Format[]
}

/** Stores a snapshot once: when its period has one already, that one stays. Returns the id of the stored one. */
export async function storeSnapshot(
  db: Queryable,
  snapshot: Snapshot,
  formats: readonly Format[],
): Promise<{ id: number; new: boolean }> {
  const { account, digest, period, data } = snapshot
  const sha256 = fingerprint(snapshot)
  const takenAt: Instant = data.takenAt.at
  return one(db, storeSql, [account.id, digest.id, period.firstDate, JSON.stringify(snapshot), sha256, formats, takenAt])
}

const columns = 'select id, figures, sha256, formats from tidemark.snapshots where account_id = $1 and'

/**
 * The stored snapshot of a digest for the week that begins on a date; undefined when there is none.
 * @throws Error when its figures are not those that were stored: somebody has edited the row.
 */
export function snapshotOfWeek(
  db: Queryable,
  accountId: number,
  digestId: number,
  firstDate: string,
): Promise<StoredSnapshot | undefined> {
  return checked(db, `${columns} digest_id = $2 and period_start = $3::date`, [accountId, digestId, firstDate])
}

/** The same by its id. */
export function snapshotById(db: Queryable, accountId: number, id: number): Promise<StoredSnapshot | undefined> {
  return checked(db, `${columns} id = $2`, [accountId, id])
}

async function checked(db: Queryable, text: string, values: unknown[]): Promise<StoredSnapshot | undefined> {
  const row = await maybeOne<{ id: number; figures: Snapshot; sha256: string; formats: Format[] }>(db, text, values)
  if (!row) return undefined
  if (fingerprint(row.figures) !== row.sha256) throw new Error(`snapshot ${row.id} is not what was stored: its SHA-256 differs`)
  return { id: row.id, snapshot: row.figures, formats: row.formats }
}
