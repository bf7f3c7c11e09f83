import type { Instant } from '../clock.ts'
import { one, run, sql, transaction, type Client, type Pool } from '../db.ts'
import { unitsHolding } from '../time/calendar.ts'
import { DAY, hourStarts, type Zone } from '../time/zone.ts'
import { coverageOf, lockRolls, type Coverage, type Span } from './coverage.ts'
import { bucketsTouched, dirtyQuarters } from './dirty.ts'
import { rollHours } from './roll.ts'
import { isSame, storedRows, type StoredRow } from './stored-rows.ts'

/** A rollup row that is not what its raw rows give: as it is stored and as it should be; null where there should be none. */
export interface Difference {
  table: string
  bucket: Instant
  dimension: number
  dimensionId: number
  stored: Record<string, unknown> | null
  recomputed: Record<string, unknown> | null
}

export interface Verification {
  /** Hours to look at in all. */
  hoursTotal: number
  /** Hours that were recomputed; dirty ones are left out, since they are not expected to agree. */
  hours: number
  dirtyHours: number
  /** How many rows differ, and the first of them. */
  differing: number
  differences: Difference[]
}

const rawExtent = sql(import.meta.url, './raw-extent.sql')

const CHUNK_DAYS = 7
const SHOWN = 20

export interface VerifyOptions {
  signal?: AbortSignal
  onProgress?: (verification: Verification) => void
}

/**
 * Recomputes rolled hours of an account from the raw rows, and their days and months, and compares. Changes nothing: each
 * chunk is rolled in a transaction that is rolled back. Live rolls of the account wait for a chunk, about a second.
 */
export async function verifyRollups(
  pool: Pool,
  accountId: number,
  { from, until }: Span,
  { signal, onProgress }: VerifyOptions = {},
): Promise<Verification> {
  const total: Verification = { hoursTotal: 0, hours: 0, dirtyHours: 0, differing: 0, differences: [] }
  const coverage = await coverageOf(pool, accountId)
  if (!coverage) return total
  const chunks = chunksOf(coverage.zone, await withinRolled(pool, accountId, coverage.covered, { from, until }))
  total.hoursTotal = chunks.reduce((hours, chunk) => hours + chunk.length, 0)
  for (const chunk of chunks) {
    if (signal?.aborted) break
    const found = await transaction(pool, (tx) => verifyChunk(tx, accountId, coverage, chunk))
    total.hours += found.hours
    total.dirtyHours += found.dirtyHours
    total.differing += found.differing
    total.differences.push(...found.differences.slice(0, SHOWN - total.differences.length))
    onProgress?.(total)
  }
  return total
}

/** The rolled stretches within a range, cut to where there is anything: an infinite stretch is empty at its ends. */
async function withinRolled(pool: Pool, accountId: number, covered: Span[], { from, until }: Span): Promise<Span[]> {
  const raw = await one<{ first: number | null; last: number | null }>(pool, rawExtent, [accountId])
  const rolled = await one<{ first: number | null; last: number | null }>(
    pool,
    `select extract(epoch from min(bucket))::float8 as first, extract(epoch from max(bucket))::float8 as last
     from tidemark.rollup_hourly where account_id = $1 and dimension = 0`,
    [accountId],
  )
  const ends = [raw.first, raw.last, rolled.first, rolled.last].filter((end) => end !== null)
  const start = Math.max(from, Math.min(...ends) - DAY)
  const end = Math.min(until, Math.max(...ends) + DAY)
  return covered
    .map((span) => ({ from: Math.max(span.from, start), until: Math.min(span.until, end) }))
    .filter((span) => span.from < span.until)
}

function chunksOf(zone: Zone, spans: Span[]): Span[][] {
  return spans.flatMap(({ from, until }) => {
    const starts = hourStarts(zone, from, until).filter((start) => start >= from)
    const hours = starts.slice(0, -1).map((start, i) => ({ from: start, until: starts[i + 1]! }))
    const whole = hours.filter((hour) => hour.until <= until)
    return Array.from({ length: Math.ceil(whole.length / (CHUNK_DAYS * 24)) }, (_, i) =>
      whole.slice(i * CHUNK_DAYS * 24, (i + 1) * CHUNK_DAYS * 24),
    )
  })
}

async function verifyChunk(
  tx: Client,
  accountId: number,
  coverage: Coverage,
  hours: Span[],
): Promise<Omit<Verification, 'hoursTotal'>> {
  const { zone } = coverage
  await lockRolls(tx, accountId)
  const stale = await staleWithin(tx, accountId, zone, hours)
  const isStale = (span: Span) => stale.some((hour) => hour.from < span.until && hour.until > span.from)
  const clean = hours.filter((hour) => !isStale(hour))
  const starts = clean.map((hour) => hour.from)
  const end = hours.at(-1)!.until
  await run(tx, 'savepoint stored')
  const buckets = {
    hour: clean,
    // A day or month is looked at once, by the chunk in which it ends.
    day: unitsHolding(zone, starts, 'day').filter((day) => day.until <= end && !isStale(day)),
    month: unitsHolding(zone, starts, 'month').filter((month) => month.until <= end && !isStale(month)),
  }
  const stored = await storedRows(tx, accountId, buckets)
  await rollHours(tx, accountId, coverage, clean)
  const differences: Difference[] = []
  for (const [key, row] of await storedRows(tx, accountId, buckets)) {
    const before = stored.get(key)
    stored.delete(key)
    if (!before || !isSame(before.parts, row.parts)) differences.push(difference(before, row))
  }
  for (const row of stored.values()) differences.push(difference(row, undefined))
  await run(tx, 'rollback to savepoint stored')
  return {
    hours: clean.length,
    dirtyHours: hours.length - clean.length,
    differing: differences.length,
    differences: differences.slice(0, SHOWN),
  }
}

async function staleWithin(tx: Client, accountId: number, zone: Zone, hours: Span[]): Promise<Span[]> {
  const dirty = await dirtyQuarters(tx, accountId, hours[0]!.from)
  const quarters = dirty === 'everything' ? [] : dirty.map((mark) => mark.quarter)
  return dirty === 'everything' ? hours : bucketsTouched(zone, quarters)
}

function difference(stored: StoredRow | undefined, recomputed: StoredRow | undefined): Difference {
  const { table, bucket, dimension, dimension_id } = (recomputed ?? stored)!
  return {
    table,
    bucket,
    dimension,
    dimensionId: dimension_id,
    stored: stored?.parts ?? null,
    recomputed: recomputed?.parts ?? null,
  }
}
