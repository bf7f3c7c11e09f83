import { DAY } from './zone.ts'

/** A local date as the number of days since 1970-01-01. Of a date alone: it belongs to no zone and has no length. */
export type DayNumber = number

/** Day of the week as 0 (Sunday) to 6. */
export type Weekday = 0 | 1 | 2 | 3 | 4 | 5 | 6

/** The number of a date YYYY-MM-DD; NaN for a text of another form and for a date that the calendar does not have. */
export function dayOf(date: string): DayNumber {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(date) ? Date.parse(`${date}T00:00:00Z`) / 1000 / DAY : NaN
  // 30 February is read as 2 March.
  return Number.isNaN(day) || dateOf(day) !== date ? NaN : day
}

/** The date of a day as YYYY-MM-DD. */
export function dateOf(day: DayNumber): string {
  return new Date(day * DAY * 1000).toISOString().slice(0, 10)
}

/** Day of the week: 1970-01-01 was a Thursday. */
export function weekdayOf(day: DayNumber): Weekday {
  return ((((day + 4) % 7) + 7) % 7) as Weekday
}

/** The month (1 to 12) that a day lies in, its date in it (1 to 31) and the number of the month's last date. */
export function monthDayOf(day: DayNumber): { month: number; date: number; last: number } {
  const at = new Date(day * DAY * 1000)
  const month = at.getUTCMonth()
  return { month: month + 1, date: at.getUTCDate(), last: new Date(Date.UTC(at.getUTCFullYear(), month + 1, 0)).getUTCDate() }
}

/** The first day of the month that a day lies in, `months` further on (negative: before). */
export function monthStart(day: DayNumber, months = 0): DayNumber {
  const at = new Date(day * DAY * 1000)
  return Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + months) / 1000 / DAY
}

/** The first day of the week that a day lies in. */
export function weekStart(day: DayNumber, firstWeekday: Weekday): DayNumber {
  return day - ((weekdayOf(day) - firstWeekday + 7) % 7)
}
