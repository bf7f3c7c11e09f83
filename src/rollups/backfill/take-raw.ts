import type { Instant } from '../../clock.ts'
import { run, type Client } from '../../db.ts'
import { invalid } from '../../errors.ts'
import { dateAt, unitStart } from '../../time/calendar.ts'
import { rulesUntil } from '../../time/zone.ts'
import { coverageOf, lockRolls } from '../coverage.ts'

/**
 * Takes the raw rows from `since` on for all there were, so that purged days after it can be rolled again: they are back from a
 * backup, or what was rolled of them is to be erased. Does nothing where none were purged after `since`.
 * @throws Refusal (422) when rows of days were purged in the midst of whose month `since` is: the month could not be made
 */
export async function takeRawFrom(tx: Client, accountId: number, since: Instant): Promise<void> {
  await lockRolls(tx, accountId)
  const coverage = await coverageOf(tx, accountId)
  if (!coverage || coverage.kept.raw <= since) return
  const { zone, kept } = coverage
  const month = since === -Infinity ? since : unitStart(zone, since, 'month')
  if (kept.daily > since && month !== since)
    throw invalid(`Rows by the day were purged there: begin with a month, on ${dateAt(zone, month)}, or later.`)
  await run(
    tx,
    `update tidemark.accounts
     set raw_since = case when $2::float8 > '-infinity' then to_timestamp($2) end,
       raw_rules = case when $2 > '-infinity' then $3::text end
     where account_id = $1`,
    [accountId, since, rulesUntil(zone, since)],
  )
  await run(tx, 'delete from tidemark.late_hours where account_id = $1 and hour >= to_timestamp($2::float8)', [accountId, since])
}
