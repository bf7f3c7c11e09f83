import type { Instant } from '../../clock.ts'
import { dateAt } from '../../time/calendar.ts'
import { dateOf, dayOf, monthStart, weekStart, type DayNumber, type Weekday } from '../../time/date.ts'
import { DAY, instantOf, type Zone } from '../../time/zone.ts'

/**
 * What a digest reports when it is due: so many whole local days, weeks or months that end at or before the slot's date, or
 * the days since the date of the slot before.
 */
export type Window = { unit: 'day' | 'week' | 'month'; count: number } | { unit: 'slot' }

/** Days that a window may span at most. */
export const LONGEST_WINDOW = 366

/** Whole local days: [since, until), whose first and last dates are YYYY-MM-DD. It is known by these two. */
export interface Period {
  since: Instant
  until: Instant
  firstDate: string
  lastDate: string
}

/** The local dates of a window as [first, next), which is what tells one period from another. */
export type Dates = readonly [first: DayNumber, next: DayNumber]

/** The dates that a slot reports. `previous` is the date of the slot before, which only the window `slot` asks for. */
export function reportedDates(window: Window, firstWeekday: Weekday, day: DayNumber, previous: () => DayNumber): Dates {
  if (window.unit === 'slot') return [previous(), day]
  if (window.unit === 'day') return [day - window.count, day]
  if (window.unit === 'month') return [monthStart(day, -window.count), monthStart(day)]
  return [weekStart(day, firstWeekday) - 7 * window.count, weekStart(day, firstWeekday)]
}

/**
 * The period of some local dates in a zone, named by those of them that exist there; undefined when none does (Apia has no 30
 * December 2011).
 */
export function periodOfDates(zone: Zone, [first, next]: Dates): Period | undefined {
  const [since, until] = [instantOf(zone, first * DAY), instantOf(zone, next * DAY)]
  if (since >= until) return undefined
  return { since, until, firstDate: dateAt(zone, since), lastDate: dateAt(zone, until - 1) }
}

/**
 * The period between two local dates (YYYY-MM-DD), both inclusive.
 * @throws RangeError when they are no dates, or none of the days between them exists in the zone
 */
export function periodBetween(zone: Zone, firstDate: string, lastDate: string): Period {
  const period = periodOfDates(zone, [dayOf(firstDate), dayOf(lastDate) + 1])
  if (!period) throw new RangeError(`${zone.name} has no day from ${firstDate} to ${lastDate}`)
  return period
}

/**
 * What a period is compared with. The period before is as long by the calendar: as many whole months before months, as many
 * days before anything else, so that the week before one that begins with summer time has 167 hours. A year before whole
 * months are the same months; before anything else the days 52 weeks earlier, so that weekends meet weekends.
 */
export function comparedPeriod(zone: Zone, window: Window, period: Period, comparison: 'previous' | 'year'): Period {
  const [first, next] = [dayOf(period.firstDate), dayOf(period.lastDate) + 1]
  const months = monthsBetween(window, first, next)
  const back = comparison === 'year' ? (months > 0 ? 12 : 52 * 7) : months || next - first
  const [from, to] = months > 0 ? [monthStart(first, -back), monthStart(next, -back)] : [first - back, next - back]
  // A single day that does not exist gives way to the one before it.
  return (periodOfDates(zone, [from, to]) ?? periodOfDates(zone, [from - 1, to])) as Period
}

/** How many calendar months a period consists of; 0 when it is counted in days. */
function monthsBetween({ unit }: Window, first: DayNumber, next: DayNumber): number {
  if (unit === 'day' || unit === 'week' || monthStart(first) !== first || monthStart(next) !== next) return 0
  const [from, until] = [dateOf(first), dateOf(next)]
  return (Number(until.slice(0, 4)) - Number(from.slice(0, 4))) * 12 + Number(until.slice(5, 7)) - Number(from.slice(5, 7))
}
