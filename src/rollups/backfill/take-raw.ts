import type { Instant } from '../../clock.ts'
import { run, type Client, type Queryable } from '../../db.ts'
import { dateAt, unitStart } from '../../time/calendar.ts'
import { rulesUntil } from '../../time/zone.ts'
import { bucketZone, firstWholeDay } from './backfill-days.ts'
import { coverageOf, type Coverage } from '../coverage.ts'
import { rawSince } from '../kept.ts'

/** A range of whole local days, and whether purged ones of it may be rolled. */
interface Asked {
  since: Instant
  until: Instant
  allowErase: boolean
}

/**
 * Why a backfill of a range must not start: it names days whose raw rows were purged, and rolling them would erase what is known
 * of them; or that is allowed, but they cannot be reached from where raw rows begin. Undefined when it may.
 */
export async function purgedRefusal(
  db: Queryable,
  accountId: number,
  { since, until, allowErase }: Asked,
): Promise<string | undefined> {
  const zone = await bucketZone(db, accountId)
  const kept = firstWholeDay(zone, await rawSince(db, accountId))
  if (since >= kept) return undefined
  const date = dateAt(zone, kept)
  if (!allowErase) {
    // An open start means what there is; a named one means that day.
    if (since === -Infinity) return undefined
    return (
      `Raw rows of account ${accountId} are kept from ${date} on: rolling what is older would erase its figures. ` +
      `Begin on ${date}, or allow that with allow_erase (--allow-erase).`
    )
  }
  if (until < kept) {
    return (
      `Raw rows of account ${accountId} are kept from ${date} on, and what is older is rolled from there into the past, ` +
      `without a gap. End on ${date} or later.`
    )
  }
  const daily = (await coverageOf(db, accountId))?.kept.daily ?? -Infinity
  const month = since === -Infinity ? since : unitStart(zone, since, 'month')
  if (daily <= since || month === since) return undefined
  return `Rows by the day were purged there: begin with a month, on ${dateAt(zone, month)}, or later.`
}

/**
 * Takes the raw rows from `since` on for all there were: what lies between there and where they begun so far is rolled from them in
 * this very transaction. So the boundary never lies before a day whose rolled rows do not come from the raw rows that are there,
 * whenever a backfill is paused or called off. The caller holds the account's roll lock.
 *
 * @param since a start of a local day, of a month where rows of days were purged; -Infinity: nothing is known from before
 */
export async function takeRawFrom(tx: Client, accountId: number, { zone, kept }: Coverage, since: Instant): Promise<void> {
  // Where days began otherwise when what stays purged was rolled, its fingerprint goes on to say so.
  await run(
    tx,
    `update tidemark.accounts
     set raw_since = case when $2::float8 > '-infinity' then to_timestamp($2) end,
       raw_rules = case when $2 > '-infinity' then case when raw_rules = $4::text then $3::text else raw_rules end end
     where account_id = $1`,
    [accountId, since, rulesUntil(zone, since), rulesUntil(zone, kept.raw)],
  )
  await run(tx, 'delete from tidemark.late_hours where account_id = $1 and hour >= to_timestamp($2::float8)', [accountId, since])
}
