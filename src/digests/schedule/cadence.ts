import { monthDayOf, weekdayOf, type DayNumber, type Weekday } from '../../time/date.ts'
import { readCron } from './cron.ts'

/** Which day of a month: its date (the last day of a month that is shorter), its last day, or a weekday. */
export type MonthDay = number | 'last' | { nth: 'first' | 'last'; weekday: Weekday | 'working' }

/** How often a digest is due, by local date and a wall-clock time HH:MM; a cron expression has five fields. */
export type Cadence =
  | { every: 'day'; time: string }
  | { every: 'week'; weekdays: Weekday[]; time: string }
  | { every: 'month'; on: MonthDay; time: string }
  | { every: 'cron'; expression: string }

/** A cadence taken apart: at most one due time on a date, so that all of it is a question about dates. */
export interface DueDates {
  /** Seconds of the wall clock after midnight. */
  time: number
  fallsOn(day: DayNumber): boolean
}

/**
 * The dates and the time of a cadence.
 * @throws Refusal (422) for a cron expression that cannot be read or is due more than once on a date
 */
export function dueDates(cadence: Cadence): DueDates {
  if (cadence.every === 'cron') return readCron(cadence.expression)
  return { time: secondsOf(cadence.time), fallsOn: datesOf(cadence) }
}

function datesOf(cadence: Exclude<Cadence, { every: 'cron' }>): DueDates['fallsOn'] {
  if (cadence.every === 'day') return () => true
  if (cadence.every === 'week') return (day) => cadence.weekdays.includes(weekdayOf(day))
  return (day) => isMonthDay(day, cadence.on)
}

function secondsOf(time: string): number {
  const [hours, minutes] = time.split(':').map(Number) as [number, number]
  return hours * 3600 + minutes * 60
}

function isMonthDay(day: DayNumber, on: MonthDay): boolean {
  const { date, last } = monthDayOf(day)
  if (on === 'last') return date === last
  if (typeof on === 'number') return date === Math.min(on, last)
  const before = on.nth === 'first' ? date - 1 : last - date
  if (on.weekday !== 'working') return before < 7 && weekdayOf(day) === on.weekday
  const towards = on.nth === 'first' ? -1 : 1
  // No weekday from Monday to Friday lies between this one and the edge of the month.
  return isWorking(day) && !Array.from({ length: Math.min(before, 6) }, (_, i) => day + towards * (i + 1)).some(isWorking)
}

const isWorking = (day: DayNumber) => weekdayOf(day) >= 1 && weekdayOf(day) <= 5
