import { now as clockNow, type Instant } from '../../clock.ts'
import { accountZone } from '../../accounts/zone.ts'
import { maybeOne, one, type Queryable } from '../../db.ts'
import { bucketBounds, unitStart } from '../../time/calendar.ts'
import { DAY, type Zone } from '../../time/zone.ts'
import { coverageOf, coveragesOf, isWithin, type Span } from '../coverage.ts'
import { NOTHING_PURGED, type Kept } from '../kept.ts'
import { bucketsTouched, dirtyQuarters } from '../rolling/dirty.ts'
import { rawExtentOf } from '../raw-extent.ts'
import { joined } from '../spans.ts'

/**
 * What of a stretch is rolled: `missing` what never was, or was by older definitions; `incomplete` that and what is dirty,
 * failed hours included; `all` everything.
 */
export const backfillModes = ['missing', 'incomplete', 'all'] as const
export type BackfillMode = (typeof backfillModes)[number]

export interface DaysAsked {
  /** -Infinity: from the first raw row on. */
  since: Instant
  /** Infinity: to the last raw row, or the end of today. */
  until: Instant
  mode: BackfillMode
  /** Also days whose raw rows were purged, as `withinReach` has them. Without it they are left out. */
  allowErase?: boolean
}

/** Whole local days of an account, and whether history ends with them. */
export interface Stretch extends Span {
  /** Nothing lies before, and all there is was asked for. */
  isFirst: boolean
  /** The same of what lies after. */
  isLast: boolean
}

/**
 * The whole local days of the account's zone that a backfill of a stretch rolls, ascending, one span a day.
 * Exact for one moment when `db` is a transaction with one snapshot.
 */
export async function daysToRoll(
  db: Queryable,
  accountId: number,
  { since, until, mode, allowErase = false }: DaysAsked,
  now: Instant = clockNow(),
): Promise<Span[]> {
  const state = await rolledState(db, accountId)
  const { zone, kept } = state
  const { from, until: end } = await stretchOf(db, accountId, zone, { since, until }, now)
  // All there is, is the whole of its first month, where that can only be made as a whole.
  const first = since === -Infinity && from < kept.daily ? unitStart(zone, from, 'month') : from
  const days = await daysOfMode(db, accountId, state, mode, daysOf(zone, { from: first, until: end }))
  const reached = withinReach(zone, joined(days), kept, allowErase)
  return days.filter((day) => isWithin(reached, day))
}

/** Those of some days that a mode rolls. */
async function daysOfMode(
  db: Queryable,
  accountId: number,
  { zone, covered }: RolledState,
  mode: BackfillMode,
  days: Span[],
): Promise<Span[]> {
  if (mode === 'all') return days
  const missing = (day: Span) => !isWithin(covered, day)
  if (mode === 'missing') return days.filter(missing)
  const dirty = await dirtyQuarters(db, accountId, days[0]?.from ?? Infinity)
  if (dirty === 'everything') return days
  const hours = bucketsTouched(
    zone,
    dirty.map((mark) => mark.quarter),
  )
  const touched = new Set(hours.map((hour) => unitStart(zone, hour.from, 'day')))
  return days.filter((day) => missing(day) || touched.has(day.from))
}

/** The zone whose days an account's buckets are, or will be. */
export const bucketZone = async (db: Queryable, accountId: number): Promise<Zone> =>
  (await coverageOf(db, accountId))?.zone ?? accountZone(db, accountId)

/** The same of several accounts, in their order; one statement for all that are rolled. */
export async function bucketZonesOf(db: Queryable, accountIds: readonly number[]): Promise<Zone[]> {
  const coverages = await coveragesOf(db, accountIds)
  const zones: Zone[] = []
  for (const id of accountIds) zones.push(coverages.get(id)?.zone ?? (await accountZone(db, id)))
  return zones
}

/** The local days of a stretch that begins and ends with a day. */
export function daysOf(zone: Zone, { from, until }: Span): Span[] {
  if (from >= until) return []
  const bounds = bucketBounds(zone, from, until, 'day')
  return bounds.slice(0, -1).map((start, i) => ({ from: start, until: bounds[i + 1]! }))
}

/** The start of the first local day of which all raw rows are kept; -Infinity where none were purged (null, or the same). */
export function firstWholeDay(zone: Zone, rawSince: Instant | null): Instant {
  if (rawSince === null || rawSince === -Infinity) return -Infinity
  const day = unitStart(zone, rawSince, 'day')
  return day === rawSince ? day : unitStart(zone, rawSince, 'day', 1)
}

/**
 * What of some stretches of whole local days can be rolled: where raw rows are kept, and with `allowErase` what goes on from there
 * into the past without a gap. Where raw rows begin is one instant, so a purged day is rolled only together with all that lies
 * between; and by whole months where rows of days were purged, as such a month can only be made of all of its raw rows.
 *
 * @param spans ascending, those that meet joined
 */
export function withinReach(zone: Zone, spans: readonly Span[], { raw, daily }: Kept, allowErase: boolean): Span[] {
  const kept = firstWholeDay(zone, raw)
  const lowest = (from: Instant) => {
    const isWhole = from >= daily || unitStart(zone, from, 'month') === from
    return isWhole ? from : Math.min(kept, unitStart(zone, from, 'month', 1))
  }
  return spans.flatMap(({ from, until }) => {
    if (from >= kept) return [{ from, until }]
    const start = allowErase && until >= kept ? lowest(from) : kept
    return start < until ? [{ from: start, until }] : []
  })
}

/**
 * A range, widened to whole local days and cut to where there is anything where it is open: raw rows, or rows that were rolled
 * from some that are no more, and whose marks may have been taken off as of no concern.
 */
export async function stretchOf(
  db: Queryable,
  accountId: number,
  zone: Zone,
  { since, until }: { since: Instant; until: Instant },
  now: Instant,
): Promise<Stretch> {
  const extent = await rawExtentOf(db, accountId, now)
  const rolled = await rolledExtentOf(db, accountId, now)
  const last = until === Infinity ? Math.max(extent.last ?? now, rolled.last ?? now, now) : until - 1
  const first = Math.min(since === -Infinity ? Math.min(extent.first ?? now, rolled.first ?? now) : since, last)
  return {
    from: unitStart(zone, first, 'day'),
    until: unitStart(zone, last, 'day', 1),
    isFirst: since === -Infinity && !extent.before,
    isLast: until === Infinity && !extent.after,
  }
}

/** From where to where there are rolled rows, as far as history can be taken seriously. */
function rolledExtentOf(
  db: Queryable,
  accountId: number,
  now: Instant,
): Promise<{ first: Instant | null; last: Instant | null }> {
  return one(
    db,
    `select extract(epoch from min(bucket))::float8 as first, extract(epoch from max(bucket))::float8 as last
     from tidemark.rollup_hourly
     where account_id = $1 and dimension = 0 and bucket >= to_timestamp(0) and bucket < to_timestamp($2)`,
    [accountId, now + 366 * DAY],
  )
}

interface RolledState {
  zone: Zone
  covered: Span[]
  kept: Kept
}

async function rolledState(db: Queryable, accountId: number): Promise<RolledState> {
  const row = await maybeOne<{ rawSince: Instant | null }>(
    db,
    'select extract(epoch from raw_since)::float8 as "rawSince" from tidemark.accounts where account_id = $1',
    [accountId],
  )
  const coverage = await coverageOf(db, accountId)
  if (coverage) return coverage
  // Without a row it appeared after the triggers did: all of its history is in the dirty log, and counts as covered.
  const covered = row ? [] : [{ from: -Infinity, until: Infinity }]
  return { zone: await accountZone(db, accountId), covered, kept: { ...NOTHING_PURGED, raw: row?.rawSince ?? -Infinity } }
}
