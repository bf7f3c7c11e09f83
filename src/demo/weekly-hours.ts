import type { Instant } from '../clock.ts'
import { DAY, instantOf, localAt, type LocalTime, type Zone } from '../time/zone.ts'

/** When a day is open, in minutes since local midnight. */
export interface OpenDay {
  readonly open: number
  readonly close: number
}

/** The same week over and over, by a zone's wall clock: at most one open stretch a day, none on a closed one. */
export interface WeeklyHours {
  /** Seven days from Sunday; null is closed. */
  readonly days: readonly (OpenDay | null)[]
  /** Open seconds of the week before each of the seven days, then of the whole week. */
  readonly before: readonly number[]
}

export function weeklyHours(days: readonly (OpenDay | null)[]): WeeklyHours {
  const before = [0]
  for (const day of days) before.push(before.at(-1)! + (day ? (day.close - day.open) * 60 : 0))
  return { days, before }
}

// 1970-01-01 was a Thursday; weeks here start on Sunday.
const daysBeforeEpoch = 4

/** Open seconds from a fixed Sunday long ago to `local`. The difference of two is the open time between them. */
function elapsed({ days, before }: WeeklyHours, local: LocalTime): number {
  const dayNumber = Math.floor(local / DAY) + daysBeforeEpoch
  const weekday = ((dayNumber % 7) + 7) % 7
  const day = days[weekday]
  const today = day
    ? Math.min(Math.max(local - Math.floor(local / DAY) * DAY - day.open * 60, 0), (day.close - day.open) * 60)
    : 0
  return Math.floor(dayNumber / 7) * before[7]! + before[weekday]! + today
}

/**
 * Seconds of [start, end) in which the week is open, by the wall clock: a day covered whole counts its length on the
 * clock, whether or not DST changes in it. 0 when no day is open.
 */
export function openSeconds(hours: WeeklyHours, zone: Zone, start: Instant, end: Instant): number {
  return Math.max(0, Math.round(elapsed(hours, localAt(zone, end)) - elapsed(hours, localAt(zone, start))))
}

/** The instant at which `seconds` of open time have passed since `start`; never before `start`. Some day must be open. */
export function afterOpenSeconds({ days, before }: WeeklyHours, zone: Zone, start: Instant, seconds: number): Instant {
  const week = before[7]!
  const target = elapsed({ days, before }, localAt(zone, start)) + seconds
  const weeks = Math.floor(target / week)
  const rest = target - weeks * week
  const weekday = before.findIndex((_, day) => rest < before[day + 1]!)
  const sinceMidnight = days[weekday]!.open * 60 + rest - before[weekday]!
  return Math.max(start, instantOf(zone, (weeks * 7 + weekday - daysBeforeEpoch) * DAY + sinceMidnight))
}
