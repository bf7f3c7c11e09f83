import { DateTime } from 'luxon'
import type { Instant } from '../clock.ts'
import { dateAt, startOfDate, unitStart } from './calendar.ts'
import { instantOf, localAt, type Zone } from './zone.ts'

/** A stretch of time, half-open: [since, until). */
export interface Period {
  since: Instant
  until: Instant
}

/** What a period is compared with: the one before it, the same a year earlier, or the same number of seconds before. */
export const comparisons = ['previous', 'year', 'seconds'] as const
export type Comparison = (typeof comparisons)[number]

/** The period that one is compared with, in the calendar of a zone. */
export function comparedWith(zone: Zone, period: Period, comparison: Comparison): Period {
  if (comparison === 'previous') return previousPeriod(zone, period)
  if (comparison === 'year') return yearBefore(zone, period)
  return { since: period.since - (period.until - period.since), until: period.since }
}

/**
 * The period just before, as long by the calendar: whole months before whole months, as many days before whole days, the
 * same time on the clock before anything else. So the week before one that begins with summer time has 167 hours.
 */
export function previousPeriod(zone: Zone, { since, until }: Period): Period {
  const dates = datesOf(zone, { since, until })
  if (!dates) return { since: instantOf(zone, 2 * localAt(zone, since) - localAt(zone, until)), until: since }
  const [first, next] = dates
  const months = (next.year - first.year) * 12 + next.month - first.month
  const before =
    first.day === 1 && next.day === 1 && months > 0
      ? first.minus({ months })
      : first.minus({ days: next.diff(first, 'days').days })
  return { since: startOfDate(zone, before.toISODate()!), until: since }
}

/** The same dates (or the same time on the clock) a year earlier; 29 February becomes the 28th. */
export function yearBefore(zone: Zone, { since, until }: Period): Period {
  const dates = datesOf(zone, { since, until })
  const earlier = (date: DateTime) => startOfDate(zone, date.minus({ years: 1 }).toISODate()!)
  if (dates) return { since: earlier(dates[0]), until: earlier(dates[1]) }
  const clock = (at: Instant) => DateTime.fromSeconds(localAt(zone, at), { zone: 'utc' }).minus({ years: 1 }).toSeconds()
  return { since: instantOf(zone, clock(since)), until: instantOf(zone, clock(until)) }
}

/** The local dates that a period of whole days starts and ends with; undefined for any other. */
function datesOf(zone: Zone, { since, until }: Period): [DateTime, DateTime] | undefined {
  if ([since, until].some((at) => unitStart(zone, at, 'day') !== at)) return undefined
  const date = (at: Instant) => DateTime.fromISO(dateAt(zone, at), { zone: 'utc' })
  return [date(since), date(until)]
}
