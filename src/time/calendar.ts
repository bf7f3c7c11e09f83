import { DateTime } from 'luxon'
import type { Instant } from '../clock.ts'
import { monthStart, weekdayOf, weekStart, type Weekday } from './date.ts'
import { DAY, hourStarts, instantOf, localAt, type LocalTime, type Zone } from './zone.ts'

export type { Weekday }

export const groupings = ['hour', 'day', 'week', 'month', 'year'] as const
export type Grouping = (typeof groupings)[number]
/** The calendar's own units: all groupings but the hour, whose bounds follow the clock instead of the date. */
export type CalendarUnit = Exclude<Grouping, 'hour'>

/**
 * The start of the unit that holds a local time, `units` further on (negative: before). Plain arithmetic on the Gregorian
 * calendar, a local time taken as if it were UTC: a year of daily buckets asks for it a thousand times a request.
 */
export function startOfLocal(local: LocalTime, unit: CalendarUnit, units = 0, firstWeekday: Weekday = 1): LocalTime {
  const day = Math.floor(local / DAY)
  if (unit === 'day') return (day + units) * DAY
  if (unit === 'week') return (weekStart(day, firstWeekday) + units * 7) * DAY
  if (unit === 'month') return monthStart(day, units) * DAY
  return Date.UTC(new Date(day * DAY * 1000).getUTCFullYear() + units, 0) / 1000
}

/**
 * The local start of the unit that holds `instant`. A fold across midnight shows yesterday's date again after today's has
 * begun; those instants are today's, so that units follow each other without a gap.
 */
function localStart(zone: Zone, instant: Instant, unit: CalendarUnit, firstWeekday: Weekday): LocalTime {
  const start = startOfLocal(localAt(zone, instant), unit, 0, firstWeekday)
  const next = startOfLocal(start, unit, 1, firstWeekday)
  return instantOf(zone, next) <= instant ? next : start
}

/** The instant at which the unit that holds `instant` starts in the zone, `units` further on (negative: before). */
export function unitStart(zone: Zone, instant: Instant, unit: CalendarUnit, units = 0, firstWeekday: Weekday = 1): Instant {
  return instantOf(zone, startOfLocal(localStart(zone, instant, unit, firstWeekday), unit, units, firstWeekday))
}

/**
 * Bounds of the buckets of a range: the start of each from the one that holds `since` to the last one that starts before
 * `until`, then the end of that one. Strictly ascending; a local day that does not exist has no bucket.
 */
export function bucketBounds(
  zone: Zone,
  since: Instant,
  until: Instant,
  grouping: Grouping,
  firstWeekday: Weekday = 1,
): Instant[] {
  if (grouping === 'hour') return hourStarts(zone, since, until)
  let local = localStart(zone, since, grouping, firstWeekday)
  const bounds = [instantOf(zone, local)]
  while (bounds.at(-1)! < until || bounds.length < 2) {
    local = startOfLocal(local, grouping, 1, firstWeekday)
    const start = instantOf(zone, local)
    if (start > bounds.at(-1)!) bounds.push(start)
  }
  return bounds
}

/** The local date at `instant`, as YYYY-MM-DD. */
export function dateAt(zone: Zone, instant: Instant): string {
  return new Date(Math.floor(localAt(zone, instant)) * 1000).toISOString().slice(0, 10)
}

/** The instant at which a local date (YYYY-MM-DD) starts. NaN when the text is no date. */
export function startOfDate(zone: Zone, date: string): Instant {
  const local = DateTime.fromISO(date, { zone: 'utc' })
  return local.isValid ? instantOf(zone, local.startOf('day').toSeconds()) : NaN
}

/** Day of the week at `instant`. */
export function weekdayAt(zone: Zone, instant: Instant): Weekday {
  return weekdayOf(Math.floor(localAt(zone, instant) / DAY))
}

/** The calendar units of a zone that hold the given instants (ascending), each once, as [from, until). */
export function unitsHolding(zone: Zone, instants: readonly Instant[], unit: CalendarUnit): { from: Instant; until: Instant }[] {
  const units: { from: Instant; until: Instant }[] = []
  for (const instant of instants) {
    if (instant < (units.at(-1)?.until ?? -Infinity)) continue
    const [from, until] = bucketBounds(zone, instant, instant + 1, unit) as [Instant, Instant]
    units.push({ from, until })
  }
  return units
}
