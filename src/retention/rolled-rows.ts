import type { Instant } from '../clock.ts'
import { run, type Client } from '../db.ts'
import { remove, type Doomed, type RowCounts } from './raw-rows.ts'

const tables = {
  hourly: ['rollup_hourly'],
  daily: ['rollup_daily', 'histogram_daily', 'tagged_daily'],
} as const

/** The rollup rows by the hour, or by the day, of an account from before `until`. */
export function oldRolledRows(accountId: number, grain: 'hourly' | 'daily', until: Instant): Doomed[] {
  return tables[grain].map((table) => {
    // Named, so that the key finds them.
    const dimensions = table.startsWith('tagged') ? '' : `and dimension = any ('{0,1,2,3,4}')`
    const condition = `account_id = $1 ${dimensions} and bucket < to_timestamp($2::float8)`
    return { table: `tidemark.${table}`, condition, values: [accountId, until] }
  })
}

/**
 * Deletes the rollup rows by the hour, or by the day, of an account from before `until` and moves the boundary. The caller holds
 * the account's roll lock and has made sure that everything before is rolled and clean.
 */
export async function purgeRolled(tx: Client, accountId: number, grain: 'hourly' | 'daily', until: Instant): Promise<RowCounts> {
  const counts = await remove(tx, oldRolledRows(accountId, grain, until))
  await run(tx, `update tidemark.accounts set ${grain}_since = to_timestamp($2) where account_id = $1`, [accountId, until])
  return counts
}
