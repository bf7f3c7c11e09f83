import type { Instant } from '../clock.ts'
import { run, type Client } from '../db.ts'
import { addCovered, coverageOf } from '../rollups/coverage.ts'
import { rulesUntil } from '../time/zone.ts'
import { finishedBefore, oldRawRows, remove, type RowCounts } from './raw-rows.ts'

/**
 * Deletes the raw rows of an account from before `until`, a start of a local day, and moves the boundary. The caller holds the
 * account's roll lock and has made sure that everything before is rolled and clean.
 *
 * Our triggers mark every hour that a deleted row was in. These marks are taken back: exactly those that this transaction made
 * (xmin is its id), so that what others commit meanwhile keeps its own. What they mark before `until` is final from now on.
 */
export async function purgeRaw(tx: Client, accountId: number, until: Instant): Promise<RowCounts> {
  // One that is being written to just now stays.
  const finished = await finishedBefore(tx, accountId, until, 'for update of c skip locked')
  const counts = await remove(tx, oldRawRows(accountId, until, finished))
  for (const table of ['dirty_hours', 'dirty_scopes'])
    await run(tx, `delete from tidemark.${table} where account_id = $1 and xmin = pg_current_xact_id()::xid`, [accountId])
  await moveBoundary(tx, accountId, until)
  return counts
}

async function moveBoundary(tx: Client, accountId: number, until: Instant): Promise<void> {
  const coverage = await coverageOf(tx, accountId)
  if (!coverage) throw new Error(`account ${accountId} has no coverage`)
  // Before its first raw row nothing was, and what comes there is not counted any more.
  await addCovered(tx, accountId, { from: -Infinity, until })
  await run(tx, 'update tidemark.accounts set raw_since = to_timestamp($2), raw_rules = $3 where account_id = $1', [
    accountId,
    until,
    rulesUntil(coverage.zone, until),
  ])
  await run(tx, 'delete from tidemark.verified_days where account_id = $1 and day < to_timestamp($2)', [accountId, until])
}
