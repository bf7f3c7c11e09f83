import type { Instant } from '../../clock.ts'
import { invalid } from '../../errors.ts'
import { dayOf, type DayNumber, type Weekday } from '../../time/date.ts'
import { DAY, instantOf, localAt, type Zone } from '../../time/zone.ts'
import { dueDates, type Cadence, type DueDates } from './cadence.ts'
import { LONGEST_WINDOW, periodOfDates, reportedDates, type Period, type Window } from './window.ts'

/** When a digest is due and what it reports then. All of it is read in the digest's zone. */
export interface Schedule {
  cadence: Cadence
  window: Window
  /** The weekday on which the reported weeks begin. */
  firstWeekday: Weekday
  /** The first and the last local date (YYYY-MM-DD) on which it is due; null: no such bound. */
  startsOn: string | null
  endsOn: string | null
}

/** One due instant and the period that is reported then. */
export interface Slot {
  due: Instant
  period: Period
}

/** Days that are searched for a slot. Those of 29 February are the rarest: 8 years apart around 2100, else 4. */
const FARTHEST_SLOT = 8 * 366

/**
 * The slots that are due in (after, until], in order: at most one for each local date. A time that the clocks skip is due at
 * the first instant after the gap, one that they show twice is due the first time; what is reported is counted from the date
 * alone, so it is the same in either case.
 */
export function slotsBetween(schedule: Schedule, zone: Zone, after: Instant, until: Instant): Slot[] {
  const dates = dueDates(schedule.cadence)
  const [from, to] = boundsOf(schedule)
  // Two days more at either end: a slot inside a gap is due on a later date, and a fold may show yesterday's date again.
  const [first, last] = [dayAt(zone, after) - 2, dayAt(zone, until) + 2]
  const slots: Slot[] = []
  for (let day = Math.max(first, from); day <= Math.min(last, to); day++) {
    const slot = slotOn(schedule, dates, zone, day)
    if (slot && slot.due > after && slot.due <= until) slots.push(slot)
  }
  return slots
}

/** The next `count` slots after `at`, for editors that show when a digest will be sent; fewer when it ends before. */
export function nextSlots(schedule: Schedule, zone: Zone, at: Instant, count: number): Slot[] {
  const dates = dueDates(schedule.cadence)
  const [from, to] = boundsOf(schedule)
  const slots: Slot[] = []
  let day = Math.max(dayAt(zone, at) - 2, from)
  for (let end = day + FARTHEST_SLOT; slots.length < count && day <= Math.min(end, to); day++) {
    const slot = slotOn(schedule, dates, zone, day)
    if (!slot || slot.due <= at) continue
    slots.push(slot)
    end = day + FARTHEST_SLOT
  }
  return slots
}

/** The last slot that is due at `at` or before; undefined when the digest had none yet. */
export function latestSlot(schedule: Schedule, zone: Zone, at: Instant): Slot | undefined {
  const dates = dueDates(schedule.cadence)
  const [from, to] = boundsOf(schedule)
  const last = Math.min(dayAt(zone, at) + 2, to)
  for (let day = last; day >= Math.max(last - FARTHEST_SLOT, from); day--) {
    const slot = slotOn(schedule, dates, zone, day)
    if (slot && slot.due <= at) return slot
  }
  return undefined
}

/** The last slot that is due at `at` or before. @throws Refusal (422) when the digest had none yet */
export function dueSlot(schedule: Schedule, zone: Zone, at: Instant): Slot {
  const slot = latestSlot(schedule, zone, at)
  if (slot) return slot
  throw invalid(`The digest is not due before ${schedule.startsOn}: name a period, or let it start earlier.`)
}

/** The first slot that reports a local date; undefined when none does within the longest window after it. */
export function slotReporting(schedule: Schedule, zone: Zone, date: string): Slot | undefined {
  const from = instantOf(zone, dayOf(date) * DAY)
  const slots = slotsBetween({ ...schedule, startsOn: null, endsOn: null }, zone, from, from + (2 * LONGEST_WINDOW + 2) * DAY)
  return slots.find(({ period }) => period.firstDate <= date && date <= period.lastDate)
}

/** The date before `day` on which a cadence falls; the longest window before it when none is nearer. */
export function dateBefore(dates: DueDates, day: DayNumber): DayNumber {
  for (let before = day - 1; before > day - LONGEST_WINDOW; before--) if (dates.fallsOn(before)) return before
  return day - LONGEST_WINDOW
}

/** The slot of a date; none when the cadence does not fall on it, or when there would be no day to report. */
function slotOn({ window, firstWeekday }: Schedule, dates: DueDates, zone: Zone, day: DayNumber): Slot | undefined {
  if (!dates.fallsOn(day)) return undefined
  const period = periodOfDates(
    zone,
    reportedDates(window, firstWeekday, day, () => dateBefore(dates, day)),
  )
  return period && { due: instantOf(zone, day * DAY + dates.time), period }
}

const dayAt = (zone: Zone, at: Instant) => Math.floor(localAt(zone, at) / DAY)

const boundsOf = ({ startsOn, endsOn }: Schedule) =>
  [startsOn === null ? -Infinity : dayOf(startsOn), endsOn === null ? Infinity : dayOf(endsOn)] as const
