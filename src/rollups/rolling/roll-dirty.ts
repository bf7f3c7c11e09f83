import { now as clockNow, stopwatch, type Instant } from '../../clock.ts'
import { accountZone } from '../../accounts/zone.ts'
import { isFaultOfRows, many, run, sql, transaction, type Client, type Pool } from '../../db.ts'
import { measure } from '../../measurements.ts'
import { unitStart } from '../../time/calendar.ts'
import { HOUR } from '../../time/zone.ts'
import { ensureCoverage, isWithin, lockRolls, type Span } from '../coverage.ts'
import { requireOwnDefinitions } from '../definitions/adopt-definitions.ts'
import { NewerDefinitions } from '../definitions/definitions.ts'
import { bucketsTouched, quartersOfScopes, type Quarter, type ScopeMark } from './dirty.ts'
import { faultText } from './fault-text.ts'
import { notFinal, rawSince } from '../kept.ts'
import { nextSize } from '../pace.ts'
import { noteLate } from './late-hours.ts'
import { mergeEnded, rollBotEvents, rollHours, rollLabelRows } from './roll.ts'

const spreadScopes = sql(import.meta.url, './spread-scopes.sql')
const spreadEverything = sql(import.meta.url, './spread-everything.sql')

/**
 * Quarters of an hour rolled in one transaction, at first and at most: as many as take about a second. A desk that writes little is
 * rolled in few large ones, whose statements cost much the same (measured: a fortnight of ten small desks in 5.6 s, and in 12.9
 * with 256 each). Never fewer than at first: where days and months take longest, fewer would only make them anew more often.
 */
export const BATCH = 256
const LARGEST_BATCH = 4096
/** Marks of wide scope looked up in one transaction. */
const SCOPES = 2000
const RETRY_SECONDS = [10, 60, 600, 3600]

export interface RollCounts {
  hours: number
  /** Hours that could not be rolled and wait for another try. */
  failed: number
}

/** The accounts that have something to roll now, the longest waiting first, so that none waits for ever behind the others. */
export async function dirtyAccounts(pool: Pool, limit = 1000): Promise<number[]> {
  await spreadMarks(pool)
  const rows = await many<{ account_id: number }>(
    pool,
    `select account_id from (
       select account_id, at from tidemark.dirty_hours where retry_at is null or retry_at <= now()
       union all select account_id, at from tidemark.dirty_scopes where account_id is not null
     ) as dirty group by account_id order by min(at) limit $1`,
    [limit],
  )
  return rows.map((row) => row.account_id)
}

/**
 * Rolls what is dirty of an account, newest hours first, a batch a transaction, until nothing is left or `signal` fires.
 * Safe to run twice, at once, or to be killed anywhere: a batch's marks go with the commit of its rows.
 */
export async function rollDirty(pool: Pool, accountId: number, signal?: AbortSignal, now = clockNow()): Promise<RollCounts> {
  const counts: RollCounts = { hours: 0, failed: 0 }
  let size = BATCH
  while (!signal?.aborted) {
    try {
      // In a transaction of their own: an hour that cannot be rolled would otherwise keep the marks that name it from leaving.
      const scopes = await transaction(pool, (tx) => expandScopes(tx, accountId))
      const elapsed = stopwatch()
      const { taken, rolled } = await transaction(pool, (tx) => rollBatch(tx, accountId, size, now))
      counts.hours += rolled
      if (scopes + taken === 0) return counts
      size = nextSize(size, elapsed(), Math.min(BATCH, size * 2), LARGEST_BATCH)
    } catch (error) {
      // Its marks are the newer release's to take: the sweep sends for one of its workers again.
      if (error instanceof NewerDefinitions) return counts
      if (!isFaultOfRows(error)) throw error
      // One bad hour must not hold up the others: narrow down to it, then let it wait.
      if (size > 1) size = 1
      else if (await postponeNewest(pool, accountId, faultText(error))) {
        counts.failed++
        measure('unrolled', { granularity: 'hour' })
      } else throw error
    }
  }
  return counts
}

async function rollBatch(tx: Client, accountId: number, size: number, now: Instant): Promise<{ taken: number; rolled: number }> {
  await lockRolls(tx, accountId)
  const coverage = await ensureCoverage(tx, accountId, await accountZone(tx, accountId), now)
  const quarters = await takeNewest(tx, accountId, size)
  const { zone, kept } = coverage
  const all = (marks: Quarter[]) =>
    bucketsTouched(
      zone,
      marks.map((mark) => mark.quarter),
    )
  const touched = (marks: Quarter[]) => notFinal(all(marks), kept)
  // Rolling an hour whose raw rows were purged from the one that came late would leave nothing but that one.
  const late = all(quarters.filter((mark) => !mark.labels_only)).filter((hour) => hour.until <= kept.raw)
  await noteLate(tx, accountId, late, now)
  const isCovered = (hour: Span) => isWithin(coverage.covered, hour)
  const changed = touched(quarters.filter((mark) => !mark.labels_only))
  const whole = changed.filter(isCovered)
  const known = new Set(whole.map((hour) => hour.from))
  const labels = touched(quarters).filter((hour) => isCovered(hour) && !known.has(hour.from))
  await rollHours(tx, accountId, coverage, whole)
  await rollLabelRows(tx, accountId, coverage, labels)
  // What is not covered is read raw, and rolled by a backfill if ever; but the bot events elsewhere know of those there.
  await rollBotEvents(
    tx,
    accountId,
    coverage,
    changed.filter((hour) => !isCovered(hour)),
  )
  await mergeEnded(tx, accountId, coverage, unitStart(zone, now, 'day'))
  return { taken: quarters.length, rolled: whole.length + labels.length }
}

/** Takes the newest dirty quarters off the log. Only then, in a later statement, may their raw rows be read. */
function takeNewest(tx: Client, accountId: number, size: number): Promise<Quarter[]> {
  return many<Quarter & Record<string, unknown>>(
    tx,
    `with taken as (
       delete from tidemark.dirty_hours
       where account_id = $1 and hour in (
         select distinct hour from tidemark.dirty_hours
         where account_id = $1 and (retry_at is null or retry_at <= now())
         order by hour desc limit $2)
       returning hour, labels_only)
     select extract(epoch from hour)::float8 as quarter, bool_and(labels_only) as labels_only
     from taken where isfinite(hour) group by hour`,
    [accountId, size],
  )
}

/** Turns marks of wide scope into dirty hours: off the log first, looked up in a later statement. Returns how many it took. */
async function expandScopes(tx: Client, accountId: number): Promise<number> {
  await lockRolls(tx, accountId)
  await requireOwnDefinitions(tx, accountId)
  const marks = await many<ScopeMark & Record<string, unknown>>(
    tx,
    `delete from tidemark.dirty_scopes
     where ctid = any (array(select ctid from tidemark.dirty_scopes where account_id = $1 limit $2))
     returning scope, id, title`,
    [accountId, SCOPES],
  )
  if (marks.length > 0) {
    const final = (await rawSince(tx, accountId)) - HOUR / 4
    // A conversation that moves leaves its purged hours as they are: nothing came late there.
    const quarters = (await quartersOfScopes(tx, accountId, marks)).filter(({ quarter }) => quarter > final)
    await markQuarters(tx, accountId, quarters)
  }
  return marks.length
}

function markQuarters(tx: Client, accountId: number, quarters: Quarter[]): Promise<number> {
  return run(
    tx,
    `insert into tidemark.dirty_hours (account_id, hour, labels_only)
     select $1, to_timestamp(quarter), labels_only from unnest($2::float8[], $3::boolean[]) as q (quarter, labels_only)`,
    [accountId, quarters.map((q) => q.quarter), quarters.map((q) => q.labels_only)],
  )
}

/** Turns marks that name no account into marks of the accounts they concern: off the log first, looked up later. */
export async function spreadMarks(pool: Pool): Promise<void> {
  await transaction(pool, async (tx) => {
    const marks = await many<ScopeMark & Record<string, unknown>>(
      tx,
      `delete from tidemark.dirty_scopes where account_id is null returning scope, id, title`,
    )
    if (marks.length === 0) return
    const ids = (scope: ScopeMark['scope']) => marks.filter((mark) => mark.scope === scope).map((mark) => mark.id)
    await run(tx, spreadScopes, [ids('tag'), ids('tagged')])
    if (marks.every((mark) => mark.scope !== 'everything')) return
    await run(tx, spreadEverything)
  })
}

/** Lets the newest due quarter wait, longer with each failure, and keeps why. False when there is none, so the fault lies elsewhere. */
async function postponeNewest(pool: Pool, accountId: number, reason: string): Promise<boolean> {
  const seconds = RETRY_SECONDS.map((wait, failures) => `when failures = ${failures} then ${wait}`).join(' ')
  const postponed = await run(
    pool,
    `update tidemark.dirty_hours
     set failures = least(failures + 1, 1000), error = $2, retry_at = now() + make_interval(secs => case ${seconds} else 3600 end)
     where account_id = $1 and hour = (
       select max(hour) from tidemark.dirty_hours where account_id = $1 and (retry_at is null or retry_at <= now()))`,
    [accountId, reason],
  )
  return postponed > 0
}
