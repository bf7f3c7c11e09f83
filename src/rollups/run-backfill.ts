import { now as clockNow, stopwatch, type Instant } from '../clock.ts'
import { accountZone } from '../accounts/zone.ts'
import { isFaultOfRows, maybeOne, run, transaction, type Client, type Pool } from '../db.ts'
import { unitStart } from '../time/calendar.ts'
import { hourStarts, type Zone } from '../time/zone.ts'
import { backfill, type Backfill } from './backfill.ts'
import { addCovered, coverageOf, ensureCoverage, lockRolls, type Coverage, type Span } from './coverage.ts'
import { NewerDefinitions } from './definitions.ts'
import { rawExtentOf } from './raw-extent.ts'
import { rollHours } from './roll.ts'

/** A chunk aims at this long: live rolls of the account wait for it, and a kill loses no more. */
const CHUNK_SECONDS = 1
const CHUNK_DAYS_MAX = 31
const FAILURES_MAX = 5

export interface RunOptions {
  signal?: AbortSignal
  onProgress?: (progress: Backfill) => void | Promise<void>
}

/**
 * Works on a backfill until it is through, newest days first, a chunk of whole local days a transaction. The chunk's rows,
 * the covered stretch and the mark of how far it got commit together: killed anywhere, it goes on there; run by two at
 * once, they take turns. Returns how it stands when it is through, or when `signal` fired.
 */
export async function runBackfill(
  pool: Pool,
  accountId: number,
  id: number,
  { signal, onProgress }: RunOptions = {},
): Promise<Backfill> {
  let days = 7
  while (!signal?.aborted) {
    const elapsed = stopwatch()
    let more: boolean
    try {
      more = await transaction(pool, (tx) => rollChunk(tx, accountId, id, days))
    } catch (error) {
      // Left to a worker of the newer release, which looks for abandoned backfills every few seconds.
      if (error instanceof NewerDefinitions) break
      if (isFaultOfRows(error) && days > 1) {
        days = 1
        continue
      }
      if (!isFaultOfRows(error)) {
        await recordFailure(pool, accountId, id, error)
        throw error
      }
      // A day that cannot be rolled holds up no other: it is left to the dirty log, whose hours wait one by one.
      more = await transaction(pool, (tx) => rollChunk(tx, accountId, id, 1, markHours))
    }
    await onProgress?.(await backfill(pool, accountId, id))
    if (!more) break
    const wanted = days * Math.min(4, Math.max(0.25, CHUNK_SECONDS / elapsed()))
    days = Math.min(CHUNK_DAYS_MAX, Math.max(1, Math.round(wanted)))
  }
  return backfill(pool, accountId, id)
}

/** What was asked for, and how far it got; the last three are null before it starts. */
interface Work {
  since: Instant
  until: Instant
  startAt: Instant | null
  endAt: Instant | null
  nextUntil: Instant | null
}

/** Leaves hours to the dirty log: reports read them from raw rows until they can be rolled. */
async function markHours(tx: Client, accountId: number, _: Coverage, hours: Span[]): Promise<void> {
  await run(tx, `insert into tidemark.dirty_hours (account_id, hour) select $1, to_timestamp(unnest($2::float8[]))`, [
    accountId,
    hours.map((hour) => hour.from),
  ])
}

/** Rolls the next chunk. False when there was none left, or the backfill is no longer to be worked on. */
async function rollChunk(tx: Client, accountId: number, id: number, days: number, roll = rollHours): Promise<boolean> {
  // The lock before the backfill's row: whoever moves the account to another zone takes them in that order, too.
  await lockRolls(tx, accountId)
  const work = await claim(tx, accountId, id)
  if (!work) return false
  const { zone } = await ensureCoverage(tx, accountId, await accountZone(tx, accountId), clockNow())
  const stretch = await stretchOf(tx, accountId, zone, work)
  const chunk: Span = { from: Math.max(stretch.from, unitStart(zone, stretch.next - 1, 'day', 1 - days)), until: stretch.next }
  const through = chunk.from <= stretch.from
  // Only the chunk's own hours: a row that commits beyond them right now keeps its mark.
  await run(
    tx,
    `delete from tidemark.dirty_hours where account_id = $1 and hour >= to_timestamp($2) and hour < to_timestamp($3)`,
    [accountId, chunk.from, chunk.until],
  )
  // At the ends of history the stretch reaches to infinity: nothing is there now, and what comes later leaves a mark.
  await addCovered(tx, accountId, {
    from: through && stretch.isFirst ? -Infinity : chunk.from,
    until: chunk.until === stretch.until && stretch.isLast ? Infinity : chunk.until,
  })
  // Covered first: a month gets its rows with the chunk that completes it.
  const coverage = await coverageOf(tx, accountId)
  const hours = hoursOf(zone, chunk)
  if (coverage) await roll(tx, accountId, coverage, hours)
  await run(
    tx,
    `update tidemark.backfills
     set state = $3, start_at = to_timestamp($4), end_at = to_timestamp($5), next_until = to_timestamp($6), hours_done = hours_done + $7,
       started_at = coalesce(started_at, now()), progressed_at = now(), error = null, failures = 0,
       finished_at = case when $3 = 'completed' then now() end
     where account_id = $1 and id = $2`,
    [accountId, id, through ? 'completed' : 'running', stretch.from, stretch.until, chunk.from, hours.length],
  )
  return !through
}

/**
 * The stretch to roll: whole local days from the first raw row asked for to the last, or to the end of today. Its lower end
 * is looked up each time: a row that came in below it meanwhile had its mark taken off as of no concern.
 */
async function stretchOf(tx: Client, accountId: number, zone: Zone, { since, until, ...work }: Work) {
  const now = clockNow()
  const extent = await rawExtentOf(tx, accountId, now)
  const last = until === Infinity ? Math.max(extent.last ?? now, now) : until - 1
  const first = Math.min(since === -Infinity ? (extent.first ?? now) : since, last)
  const end = work.endAt ?? unitStart(zone, last, 'day', 1)
  return {
    from: Math.min(work.startAt ?? Infinity, unitStart(zone, first, 'day')),
    until: end,
    next: work.nextUntil ?? end,
    /** True when there is nothing beyond. */
    isFirst: since === -Infinity && !extent.before,
    isLast: until === Infinity && !extent.after,
  }
}

/** Takes the backfill's row for this transaction, so that it is not cancelled halfway. */
function claim(tx: Client, accountId: number, id: number): Promise<Work | undefined> {
  return maybeOne<Work & Record<string, unknown>>(
    tx,
    `select extract(epoch from since)::float8 as since, extract(epoch from until)::float8 as until,
       extract(epoch from start_at)::float8 as "startAt", extract(epoch from end_at)::float8 as "endAt",
       extract(epoch from next_until)::float8 as "nextUntil"
     from tidemark.backfills where account_id = $1 and id = $2 and state in ('queued', 'running') for update`,
    [accountId, id],
  )
}

function hoursOf(zone: Zone, { from, until }: Span): Span[] {
  const starts = hourStarts(zone, from, until)
  return starts.slice(0, -1).map((start, i) => ({ from: start, until: starts[i + 1]! }))
}

/** Keeps what went wrong where it is seen; after some failures in a row the backfill ends as failed. */
async function recordFailure(pool: Pool, accountId: number, id: number, error: unknown): Promise<void> {
  await run(
    pool,
    `update tidemark.backfills
     set failures = failures + 1, error = left($3, 1000), progressed_at = now(),
       state = case when failures + 1 >= $4 then 'failed' else state end,
       finished_at = case when failures + 1 >= $4 then now() end
     where account_id = $1 and id = $2 and state in ('queued', 'running')`,
    [accountId, id, error instanceof Error ? error.message : String(error), FAILURES_MAX],
  ).catch(() => {})
}
