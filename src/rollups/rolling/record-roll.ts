import type { Instant } from '../../clock.ts'
import { run, type Queryable } from '../../db.ts'
import type { MergedUnit } from './statements.ts'

const mergedAt = `days_rolled_at = case when $2 then statement_timestamp() else days_rolled_at end,
  months_rolled_at = case when $3 then statement_timestamp() else months_rolled_at end`
const flags = (merged: readonly MergedUnit[]) => [merged.includes('day'), merged.includes('month')]

/**
 * Records that hours of the account were rolled just now, and days and months of those units with them. The caller holds the
 * account's roll lock.
 */
export async function recordRoll(tx: Queryable, accountId: number, merged: readonly MergedUnit[] = []): Promise<void> {
  const text = `update tidemark.accounts set rolled_at = statement_timestamp(), ${mergedAt} where account_id = $1`
  await run(tx, text, [accountId, ...flags(merged)])
}

/** Records that the days and months that end by `through` have their rows, and of which units any were made. */
export async function recordMerged(
  tx: Queryable,
  accountId: number,
  through: Instant,
  merged: readonly MergedUnit[],
): Promise<void> {
  const text = `update tidemark.accounts set merged_through = to_timestamp($4), ${mergedAt} where account_id = $1`
  await run(tx, text, [accountId, ...flags(merged), through])
}
