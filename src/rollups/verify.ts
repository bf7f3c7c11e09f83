import { now, type Instant } from '../clock.ts'
import { many, one, run, transaction, type Client, type Pool } from '../db.ts'
import { unitsHolding } from '../time/calendar.ts'
import { DAY, hourStarts, type Zone } from '../time/zone.ts'
import { coverageOf, isWithin, lockRolls, type Span } from './coverage.ts'
import { bucketsTouched, dirtyQuarters } from './dirty.ts'
import { rawExtentOf } from './raw-extent.ts'
import { rollHours } from './roll.ts'
import { botConversations } from './statements.ts'
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
  // What raw rows are no longer there for cannot be held against them.
  const asked = { from: Math.max(from, coverage.kept.raw), until }
  const chunks = chunksOf(coverage.zone, await withinRolled(pool, accountId, coverage.covered, asked))
  total.hoursTotal = chunks.reduce((hours, chunk) => hours + chunk.length, 0)
  for (const chunk of chunks) {
    if (signal?.aborted) break
    const found = await transaction(pool, (tx) => verifyChunk(tx, accountId, coverage.zone, chunk))
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
  const raw = await rawExtentOf(pool, accountId, now())
  const rolled = await one<{ first: number | null; last: number | null }>(
    pool,
    `select extract(epoch from min(bucket))::float8 as first, extract(epoch from max(bucket))::float8 as last
     from tidemark.rollup_hourly where account_id = $1 and dimension = 0`,
    [accountId],
  )
  // Rows of years that history cannot reach are rolled by the hour, and have no neighbours worth looking at.
  const ends = [raw.first, raw.last, rolled.first, rolled.last].filter(
    (end): end is number => end !== null && end >= 0 && end < now() + 366 * DAY,
  )
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

async function verifyChunk(tx: Client, accountId: number, zone: Zone, hours: Span[]): Promise<Omit<Verification, 'hoursTotal'>> {
  await lockRolls(tx, accountId)
  const coverage = await coverageOf(tx, accountId)
  // Moved to another zone since the hours were laid out, or uncovered: then they are not what is stored.
  const laid =
    coverage?.zone.name === zone.name
      ? hours.filter((hour) => hour.from >= coverage.kept.raw && isWithin(coverage.covered, hour))
      : []
  const clean = withoutStale(laid, await staleHours(tx, accountId, zone))
  if (!coverage || clean.length === 0) return { hours: 0, dirtyHours: hours.length, differing: 0, differences: [] }
  await run(tx, 'savepoint stored')
  await rollHours(tx, accountId, coverage, clean)
  // Whatever was read that changed after the first look at the log has its mark in it by now.
  const stale = await staleHours(tx, accountId, coverage.zone)
  const settled = bucketsOf(coverage.zone, clean, hours.at(-1)!.until, stale)
  const recomputed = await storedRows(tx, accountId, settled)
  await run(tx, 'rollback to savepoint stored')
  const stored = await storedRows(tx, accountId, settled)
  const moving = await conversationsIn(tx, accountId, stale)
  const differences = compare(stored, recomputed).filter(({ table, stored, recomputed }) => {
    return table !== 'bot_events' || !moving.has((recomputed ?? stored)?.conversation_id)
  })
  return {
    hours: settled.hour.length,
    dirtyHours: hours.length - settled.hour.length,
    differing: differences.length,
    differences: differences.slice(0, SHOWN),
  }
}

/** The hours that are marked now, wherever: a month is out of date by an hour in any of its days. */
async function staleHours(tx: Client, accountId: number, zone: Zone): Promise<Span[]> {
  const dirty = await dirtyQuarters(tx, accountId, -Infinity)
  if (dirty === 'everything') return [{ from: -Infinity, until: Infinity }]
  return bucketsTouched(
    zone,
    dirty.map((mark) => mark.quarter),
  )
}

const withoutStale = (spans: Span[], stale: Span[]) =>
  spans.filter((span) => !stale.some((hour) => hour.from < span.until && hour.until > span.from))

/** What is compared: the hours, and the days and months that end with one of them, each by the chunk in which it ends. */
function bucketsOf(zone: Zone, hours: Span[], end: Instant, stale: Span[]) {
  const starts = hours.map((hour) => hour.from)
  const ended = (unit: 'day' | 'month') => unitsHolding(zone, starts, unit).filter((span) => span.until <= end)
  return { hour: withoutStale(hours, stale), day: withoutStale(ended('day'), stale), month: withoutStale(ended('month'), stale) }
}

/** Conversations with bot events in stale hours: their events in other hours know of those, too. */
async function conversationsIn(tx: Client, accountId: number, stale: Span[]): Promise<Set<unknown>> {
  const values = [accountId, stale.map((hour) => hour.from), stale.map((hour) => hour.until)]
  return new Set((await many<{ id: number }>(tx, botConversations, values)).map((row) => row.id))
}

function compare(stored: Map<string, StoredRow>, recomputed: Map<string, StoredRow>): Difference[] {
  const keys = new Set([...stored.keys(), ...recomputed.keys()])
  return [...keys].flatMap((key) => {
    const [before, after] = [stored.get(key), recomputed.get(key)]
    return before && after && isSame(before.parts, after.parts) ? [] : [difference(before, after)]
  })
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
