import type { Instant } from '../../clock.ts'
import { config } from '../../config.ts'
import { unitStart } from '../../time/calendar.ts'
import { isWithin, type Coverage } from '../coverage.ts'
import { recentTurnBy } from '../verify/turn-times.ts'
import { floor, wholeUnits, type Grain } from './grains.ts'

/** What the next roll of an account is told from. */
export interface Waiting {
  coverage: Coverage | undefined
  /** Seconds from now until something dirty is rolled that makes a bucket of the width anew: of days and months one that has ended. */
  due: Record<Grain, number | null>
  /** When the recent days were last recomputed. */
  recentAt: Instant | null
}

/**
 * By when a bucket of a width is next rolled while workers run: what is dirty with the next sweep, or the sweep after a failed
 * one's wait. A day or month that ends is made by the first roll of the account after that; no sweep sends for an account
 * without anything dirty, and then the daily check makes it. Null: nothing waits, and nothing will end.
 */
export function nextRollBy(grain: Grain, { coverage, due, recentAt }: Waiting, now: Instant): Instant | null {
  const swept = (seconds: number | null) => (seconds === null ? Infinity : now + Math.max(0, seconds) + config.sweepSeconds)
  const end = grain === 'hour' || !coverage ? Infinity : nextEnd(grain, coverage)
  const ended = end === Infinity ? Infinity : recentTurnBy(recentAt, end, now)
  const next = Math.min(swept(due[grain]), ended, end <= now ? swept(due.hour) : Infinity)
  return next === Infinity ? null : next
}

/** The end of the first day or month that is rolled as a whole and has no rows yet; Infinity: none will have any. */
function nextEnd(unit: 'day' | 'month', { zone, covered, mergedThrough }: Coverage): Instant {
  const first = floor(zone, unit, mergedThrough)
  const from = wholeUnits(zone, unit, covered)
    .map((span) => Math.max(first, span.from))
    .find((start) => isWithin(covered, { from: start, until: unitStart(zone, start, unit, 1) }))
  return from === undefined ? Infinity : unitStart(zone, from, unit, 1)
}
