import type { Instant } from '../clock.ts'
import type { Span } from '../rollups/coverage.ts'
import { NOTHING_PURGED, type Kept } from '../rollups/kept.ts'
import { unitStart, type CalendarUnit } from '../time/calendar.ts'
import { DAY, HOUR, hourStart, nextHourStart, type Zone } from '../time/zone.ts'

/** A stretch of raw rows to read, and the piece of the question it belongs to. */
export interface Slice extends Span {
  piece: number
}

/** The split of a range into whole months, days and hours of the account's clock and what is left to raw rows. */
export interface Cover {
  /** Stretches of whole buckets, ascending; none crosses from a rolled stretch into another. */
  month: Span[]
  day: Span[]
  hour: Span[]
  raw: Slice[]
}

type Grain = 'month' | 'day' | 'hour'

/**
 * Splits the pieces of a range into the fewest buckets and the slivers that no bucket covers. Together they are exactly
 * the range.
 *
 * @param pieces consecutive, [from, until)
 * @param clean the stretches whose rollup rows may be used, ascending; they start and end on hour buckets
 * @param zone whose clock the buckets follow
 * @param mergedThrough from when on there are hours only
 * @param finest the finest grain that there are rows of
 * @param kept where rows of hours and days were purged, finer ones or raw rows take their place
 */
export function coverOf(
  zone: Zone,
  pieces: readonly Span[],
  clean: readonly Span[],
  mergedThrough: Instant = Infinity,
  finest: 'day' | 'hour' = 'hour',
  kept: Kept = NOTHING_PURGED,
): Cover {
  const cover: Cover = { month: [], day: [], hour: [], raw: [] }
  let first = 0
  pieces.forEach(({ from, until }, piece) => {
    while (first < clean.length && clean[first]!.until <= from) first++
    let at = from
    for (let i = first; i < clean.length && clean[i]!.from < until; i++) {
      const start = Math.max(at, clean[i]!.from)
      const end = Math.min(until, clean[i]!.until)
      addRaw(cover, at, start, piece)
      addBuckets(cover, { zone, mergedThrough, finest, kept }, start, end, piece)
      at = end
    }
    addRaw(cover, at, until, piece)
  })
  return cover
}

function addRaw(cover: Cover, from: Instant, until: Instant, piece: number): void {
  if (from >= until) return
  const last = cover.raw.at(-1)
  if (last?.until === from && last.piece === piece) last.until = until
  else cover.raw.push({ from, until, piece })
}

interface Grid {
  zone: Zone
  mergedThrough: Instant
  finest: 'day' | 'hour'
  kept: Kept
}

function addBuckets(cover: Cover, grid: Grid, from: Instant, until: Instant, piece: number): void {
  const { zone, mergedThrough, finest, kept } = grid
  const start = hourStart(zone, from) === from ? from : nextHourStart(zone, from)
  const end = hourStart(zone, until)
  if (start >= end) return addRaw(cover, from, until, piece)
  addRaw(cover, from, start, piece)
  const merged = Math.max(start, Math.min(end, mergedThrough))
  const hours: Grain[] = finest === 'hour' ? ['hour'] : []
  addUnits(cover, { zone, piece, kept }, start, merged, ['month', 'day', ...hours])
  addUnits(cover, { zone, piece, kept }, merged, end, hours)
  addRaw(cover, end, until, piece)
}

/** No local month or day is shorter, whatever the clocks do: the hours of a year need not be asked where their day begins. */
const SHORTEST = { month: 27 * DAY, day: 20 * HOUR }

/** The middle of a stretch by the coarsest grain that fits, what is left at both ends by the next finer one. */
function addUnits(
  cover: Cover,
  at: { zone: Zone; piece: number; kept: Kept },
  from: Instant,
  until: Instant,
  [grain, ...finer]: Grain[],
): void {
  if (from >= until) return
  if (!grain) return addRaw(cover, from, until, at.piece)
  if (grain === 'hour') return addRows(cover, at, from, until, ['hour'])
  if (until - from < SHORTEST[grain]) return addUnits(cover, at, from, until, finer)
  const start = unitStart(at.zone, from, grain) === from ? from : nextUnit(at.zone, from, grain)
  const end = unitStart(at.zone, until, grain)
  if (start >= end) return addUnits(cover, at, from, until, finer)
  addUnits(cover, at, from, start, finer)
  addRows(cover, at, start, end, [grain, ...finer])
  addUnits(cover, at, end, until, finer)
}

/** Whole units of a grain; where their rows were purged, finer ones. Before anything happened there never were any. */
function addRows(
  cover: Cover,
  at: { zone: Zone; piece: number; kept: Kept },
  from: Instant,
  until: Instant,
  [grain, ...finer]: [Grain, ...Grain[]],
): void {
  const { kept } = at
  const since = grain === 'month' ? -Infinity : kept[grain === 'day' ? 'daily' : 'hourly']
  const low = Math.min(until, Math.max(from, kept.first))
  const high = Math.max(low, Math.min(until, since))
  if (from < low) addRun(cover[grain], from, low)
  if (low < high) addUnits(cover, at, low, high, finer)
  if (high < until) addRun(cover[grain], high, until)
}

/** The start of the next unit; where a calendar day does not exist, that of the day after. */
function nextUnit(zone: Zone, from: Instant, unit: CalendarUnit): Instant {
  let units = 1
  let next = unitStart(zone, from, unit, units)
  while (next <= from) next = unitStart(zone, from, unit, ++units)
  return next
}

function addRun(runs: Span[], from: Instant, until: Instant): void {
  const last = runs.at(-1)
  if (last?.until === from) last.until = until
  else runs.push({ from, until })
}

/** `spans` less `holes`; both ascending and apart. */
export function without(spans: readonly Span[], holes: readonly Span[]): Span[] {
  const left: Span[] = []
  for (const span of spans) {
    let at = span.from
    for (const hole of holes) {
      if (hole.until <= at || hole.from >= span.until) continue
      if (hole.from > at) left.push({ from: at, until: hole.from })
      at = Math.max(at, hole.until)
    }
    if (at < span.until) left.push({ from: at, until: span.until })
  }
  return left
}
