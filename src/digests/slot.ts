import { DateTime } from 'luxon'
import type { Instant } from '../clock.ts'
import { dateAt, startOfDate, startOfLocal, type Weekday } from '../time/calendar.ts'
import type { Definition } from './definition.ts'
import { DAY, instantOf, localAt, type LocalTime, type Zone } from '../time/zone.ts'

/** When a digest is due and which days it reports then. */
export type Schedule = Pick<Definition, 'cadence' | 'window' | 'firstWeekday' | 'startsOn' | 'endsOn'>

interface Weekly {
  weekday: Weekday
  time: string
  firstWeekday: Weekday
}

function weekly({ cadence, firstWeekday }: Schedule): Weekly {
  if (cadence.every !== 'week') throw new Error('not yet')
  return { weekday: cadence.weekdays[0]!, time: cadence.time, firstWeekday }
}

/** A whole local week: [since, until), whose first and last dates are YYYY-MM-DD. It is known by its first date. */
export interface Period {
  since: Instant
  until: Instant
  firstDate: string
  lastDate: string
}

/** One due instant and the week that is reported then. */
export interface Slot {
  due: Instant
  period: Period
}

/** The slots that are due in (after, until], in order. */
export function slotsBetween(definition: Schedule, zone: Zone, after: Instant, until: Instant): Slot[] {
  const schedule = weekly(definition)
  const slots: Slot[] = []
  const from = localAt(zone, after)
  // The week before is tried too: a slot inside a gap is due later than its wall time.
  for (let week = -1; ; week++) {
    const slot = slotAt(schedule, zone, startOfLocal(from, 'week', week, schedule.weekday))
    if (slot.due > until) return slots
    if (slot.due > after) slots.push(slot)
  }
}

/** The last slot that is due at `at` or before. */
export function latestSlot(schedule: Schedule, zone: Zone, at: Instant): Slot {
  // Three weeks hold at least one slot even when the calendar loses a day.
  return slotsBetween(schedule, zone, at - 21 * DAY, at).at(-1)!
}

/** The next `count` slots after `at`, for editors that show when a digest will be sent. */
export function nextSlots(schedule: Schedule, zone: Zone, at: Instant, count: number): Slot[] {
  return slotsBetween(schedule, zone, at, at + (count + 2) * 7 * DAY).slice(0, count)
}

/** The week that begins on a local date (YYYY-MM-DD). */
export function weekFrom(zone: Zone, firstDate: string): Period {
  return weekAt(zone, DateTime.fromISO(firstDate, { zone: 'utc' }).toSeconds())
}

/** The local days from a first to a last date. */
export function periodBetween(zone: Zone, firstDate: string, lastDate: string): Period {
  return { since: startOfDate(zone, firstDate), until: startOfDate(zone, nextDate(lastDate)), firstDate, lastDate }
}

const nextDate = (date: string) => DateTime.fromISO(date, { zone: 'utc' }).plus({ days: 1 }).toISODate()!

/** The calendar week before: seven local dates, so 167 or 169 hours where the clocks change. */
export function previousWeek(zone: Zone, period: Period): Period {
  return weekAt(zone, DateTime.fromISO(period.firstDate, { zone: 'utc' }).minus({ days: 7 }).toSeconds())
}

/**
 * The slot on a local day. A time that the clocks skip is due at the first instant after the gap, one that they show
 * twice is due the first time; the reported week is counted from the date alone, so it is the same in either case.
 */
function slotAt(schedule: Weekly, zone: Zone, day: LocalTime): Slot {
  const [hours, minutes] = schedule.time.split(':').map(Number) as [number, number]
  const due = instantOf(zone, day + hours * 3600 + minutes * 60)
  return { due, period: weekAt(zone, startOfLocal(day, 'week', -1, schedule.firstWeekday)) }
}

function weekAt(zone: Zone, first: LocalTime): Period {
  const until = instantOf(zone, first + 7 * DAY)
  return {
    since: instantOf(zone, first),
    until,
    firstDate: DateTime.fromSeconds(first, { zone: 'utc' }).toISODate() as string,
    lastDate: dateAt(zone, until - 1),
  }
}
