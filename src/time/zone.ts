import { createHash } from 'node:crypto'
import type { Instant } from '../clock.ts'

/**
 * A time zone as PostgreSQL knows it: from `starts[i]` on, local time is UTC + `offsets[i]` seconds. All calendar
 * arithmetic is done on these numbers, here and nowhere else: Node and PostgreSQL ship different tz databases (for
 * Vancouver they disagree from 2026-11-01 on), so only one of them may be asked. `starts[0]` is -Infinity.
 */
export interface Zone {
  readonly name: string
  readonly starts: readonly Instant[]
  readonly offsets: readonly number[]
}

/** What a wall clock shows, as the seconds since 1970-01-01T00:00:00 on that same clock. */
export type LocalTime = number

export const HOUR = 3600
export const DAY = 86400

/** Seconds either side of 1970 that a range may reach: to 2100, as far as zones are known. Larger numbers are mistakes. */
export const FARTHEST: Instant = 4_102_444_800

const fingerprints = new WeakMap<Zone, string>()

/** A fingerprint of a zone's offsets, which an update of the server's tz database may change under the same name. */
export function rulesOf(zone: Zone): string {
  const known = fingerprints.get(zone)
  if (known) return known
  const rules = createHash('sha1')
    .update(JSON.stringify([zone.starts, zone.offsets]))
    .digest('hex')
  fingerprints.set(zone, rules)
  return rules
}

/** The same of the offsets up to an instant, which later rules leave as they are. */
export function rulesUntil({ starts, offsets }: Zone, until: Instant): string {
  const held = starts.filter((start) => start < until)
  return createHash('sha1')
    .update(JSON.stringify([held, offsets.slice(0, held.length)]))
    .digest('hex')
}

export const UTC: Zone = { name: 'UTC', starts: [-Infinity], offsets: [0] }

/** Index of the stretch of constant offset that holds `instant`. */
function stretchAt(zone: Zone, instant: Instant): number {
  let low = 0
  let high = zone.starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (zone.starts[middle]! <= instant) low = middle
    else high = middle - 1
  }
  return low
}

/** Seconds that local time is ahead of UTC at `instant`. */
export function offsetAt(zone: Zone, instant: Instant): number {
  return zone.offsets[stretchAt(zone, instant)]!
}

/** The wall clock at `instant`. */
export function localAt(zone: Zone, instant: Instant): LocalTime {
  return instant + offsetAt(zone, instant)
}

/**
 * The first instant at which the wall clock shows `local` or later: the first of two in a fold, the first existing one
 * after a gap.
 * @throws RangeError for what is no time, such as one beyond the calendar
 */
export function instantOf(zone: Zone, local: LocalTime): Instant {
  if (!Number.isFinite(local)) throw new RangeError('no such time')
  // No offset is beyond ±26 hours, so an earlier stretch cannot hold the answer.
  for (let i = stretchAt(zone, local - 26 * HOUR); ; i++) {
    const candidate = Math.max(local - zone.offsets[i]!, zone.starts[i]!)
    if (candidate < (zone.starts[i + 1] ?? Infinity)) return candidate
  }
}

/**
 * The start of the clock hour that holds `instant`. Hours start where the wall clock shows a whole hour and where the
 * offset changes, so that every instant lies in exactly one: at Lord Howe the hour of the change is 30 minutes long.
 */
export function hourStart(zone: Zone, instant: Instant): Instant {
  if (!Number.isFinite(instant)) throw new RangeError('no such time')
  const i = stretchAt(zone, instant)
  const local = instant + zone.offsets[i]!
  return Math.max(instant - (local - Math.floor(local / HOUR) * HOUR), zone.starts[i]!)
}

/** The start of the clock hour after the one that holds `instant`. */
export function nextHourStart(zone: Zone, instant: Instant): Instant {
  const i = stretchAt(zone, instant)
  const local = instant + zone.offsets[i]!
  return Math.min(instant + HOUR - (local - Math.floor(local / HOUR) * HOUR), zone.starts[i + 1] ?? Infinity)
}

/** Starts of all clock hours from the one that holds `since` to the last one before `until`, then the end of that. */
export function hourStarts(zone: Zone, since: Instant, until: Instant): Instant[] {
  const starts = [hourStart(zone, since)]
  while (starts.at(-1)! < until || starts.length < 2) starts.push(nextHourStart(zone, starts.at(-1)!))
  return starts
}
