import type { Instant } from '../../clock.ts'
import { many, run, sql, type Client, type Queryable } from '../../db.ts'
import type { Difference } from './differences.ts'

const insertMismatches = sql(import.meta.url, './insert-mismatches.sql')

/** Differences of one look that are kept, and of an account in all: enough to see what they have in common. */
const KEPT_OF_LOOK = 1000
const KEPT_OF_ACCOUNT = 10_000

/** A rolled row that was found to be wrong, and was mended. */
export interface Mismatch extends Difference {
  id: number
  accountId: number
  foundAt: Instant
  repairedAt: Instant | null
}

/** Records rows that were wrong and are mended in this transaction, and counts them all. */
export async function recordMismatches(
  tx: Client,
  accountId: number,
  differences: readonly Difference[],
  now: Instant,
): Promise<void> {
  if (differences.length === 0) return
  const rows = differences.slice(0, KEPT_OF_LOOK).map(({ bucket, ...difference }) => ({ ...difference, bucket: String(bucket) }))
  await run(tx, insertMismatches, [accountId, now, JSON.stringify(rows)])
  await run(
    tx,
    `insert into tidemark.reconciliations as r (account_id, due_at, mismatches) values ($1, to_timestamp($2), $3)
     on conflict (account_id) do update set mismatches = r.mismatches + excluded.mismatches`,
    [accountId, now, differences.length],
  )
  await run(
    tx,
    `delete from tidemark.mismatches where account_id = $1
     and id <= (select id from tidemark.mismatches where account_id = $1 order by id desc offset $2 limit 1)`,
    [accountId, KEPT_OF_ACCOUNT],
  )
}

/**
 * Mismatches of some accounts, the newest first.
 * @param before only those with a lower id: that of the last one of the page before
 */
export function mismatchesOf(
  db: Queryable,
  accountIds: readonly number[],
  { before, limit }: { before: number | undefined; limit: number },
): Promise<Mismatch[]> {
  return many<Mismatch & Record<string, unknown>>(
    db,
    `select id, account_id as "accountId", extract(epoch from found_at)::float8 as "foundAt", rollup_table as "table",
       extract(epoch from bucket)::float8 as bucket, dimension, dimension_id as "dimensionId", stored, recomputed,
       extract(epoch from repaired_at)::float8 as "repairedAt"
     from tidemark.mismatches where account_id = any ($1::bigint[]) and ($2::bigint is null or id < $2)
     order by id desc limit $3`,
    [accountIds, before ?? null, limit],
  )
}
