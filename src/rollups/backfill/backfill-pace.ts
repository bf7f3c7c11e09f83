import type { Instant } from '../../clock.ts'
import { DAY, instantOf, localAt, type Zone } from '../../time/zone.ts'
import type { Backfill, OffPeak } from './backfill-row.ts'

/** Chunks are at most what may be rolled in so many seconds, so that a rate is kept evenly. */
const EVEN_SECONDS = 10
/** Windows that an estimate looks ahead; beyond it there is none. */
const WINDOWS_AHEAD = 400

const secondsOf = (clock: string) => Number(clock.slice(0, 2)) * 3600 + Number(clock.slice(3)) * 60

/** When a window that is closed now opens; null while it is open. Wall-clock times of the zone: a gap opens at its end. */
export function windowRest({ from, until }: OffPeak, zone: Zone, now: Instant): Instant | null {
  const [opens, closes] = [secondsOf(from), secondsOf(until)]
  const local = localAt(zone, now)
  const day = Math.floor(local / DAY) * DAY
  const clock = local - day
  const open = opens < closes ? clock >= opens && clock < closes : clock >= opens || clock < closes
  if (open) return null
  const today = instantOf(zone, day + opens)
  // In the second pass of a repeated hour today's opening is behind.
  return today > now ? today : instantOf(zone, day + DAY + opens)
}

/** When a window that is open now closes. */
function windowEnd({ until }: OffPeak, zone: Zone, now: Instant): Instant {
  const day = Math.floor(localAt(zone, now) / DAY) * DAY
  const today = instantOf(zone, day + secondsOf(until))
  return today > now ? today : instantOf(zone, day + DAY + secondsOf(until))
}

/** Days that a chunk may have at most under a limit of hours a minute. */
export function evenDays(maxHoursPerMinute: number | null): number {
  if (maxHoursPerMinute === null) return Infinity
  return Math.max(1, Math.floor((maxHoursPerMinute * EVEN_SECONDS) / 60 / 24))
}

/** Hours a minute while it works, rests left out; null before the first chunk. */
export function measuredRate({ hoursDone, activeSeconds }: Pick<Backfill, 'hoursDone' | 'activeSeconds'>): number | null {
  return hoursDone > 0 && activeSeconds > 0 ? (hoursDone / activeSeconds) * 60 : null
}

/**
 * When a backfill will be through at its measured speed, within its limit and its window; null while that cannot be said: it
 * has not rolled anything yet, is paused, waits for its turn or has ended. Hours that are still to be verified count as much as rolled ones.
 */
export function expectedEnd(backfill: Backfill, zone: Zone, now: Instant): Instant | null {
  const { state, hoursDone, hoursTotal, toVerify, rolled, verify, maxHoursPerMinute, window, pacedUntil } = backfill
  const rate = measuredRate(backfill)
  if (state !== 'running' || rate === null || backfill.waitsForTurn) return null
  const rolling = Math.max(0, hoursTotal - hoursDone)
  const verifying = rolled ? toVerify.reduce((hours, { from, until }) => hours + (until - from) / 3600, 0) : hoursTotal
  const left = (rolling / Math.min(rate, maxHoursPerMinute ?? Infinity) + (verify ? verifying / rate : 0)) * 60
  const start = Math.max(now, pacedUntil ?? 0)
  return window ? endWithin(window, zone, start, left) : start + left
}

function endWithin(window: OffPeak, zone: Zone, start: Instant, seconds: number): Instant | null {
  let [at, left] = [start, seconds]
  for (let i = 0; i < WINDOWS_AHEAD; i++) {
    at = windowRest(window, zone, at) ?? at
    const end = windowEnd(window, zone, at)
    if (left <= end - at) return at + left
    left -= end - at
    at = end
  }
  return null
}
