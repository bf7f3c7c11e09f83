import type { Instant } from '../../clock.ts'
import { isoOf, localText } from '../../time/local-text.ts'
import type { Zone } from '../../time/zone.ts'
import { nextSlots, type Schedule } from './schedule.ts'

/** So many due times are shown with every digest. */
const SHOWN = 5
/** How many more are looked at, because their periods may have been reported already: a slot that was due before an edit. */
const SPARE = 2

/** A time at which a digest is due, and the whole local days that it reports then. */
export interface NextDue {
  due_at: string
  /** The same on the wall clock of its zone, with the offset of that day. */
  local: string
  period: { first_date: string; last_date: string }
}

/**
 * The next five times at which a schedule is due after an instant; fewer when it ends before.
 * @param reported periods that have a slot already (`2026-05-04/2026-05-10`): they are not sent a second time
 */
export function nextDue(schedule: Schedule, zone: Zone, at: Instant, reported: readonly string[] = []): NextDue[] {
  return nextSlots(schedule, zone, at, SHOWN + SPARE)
    .filter(({ period }) => !reported.includes(`${period.firstDate}/${period.lastDate}`))
    .slice(0, SHOWN)
    .map(({ due, period }) => ({
      due_at: isoOf(due),
      local: localText(zone, due),
      period: { first_date: period.firstDate, last_date: period.lastDate },
    }))
}
