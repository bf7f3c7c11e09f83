import { isDeepStrictEqual } from 'node:util'
import type { Instant } from '../../clock.ts'
import { maybeOne, type Queryable } from '../../db.ts'
import { dateAt } from '../../time/calendar.ts'
import { dateOf, dayOf, monthStart, weekStart } from '../../time/date.ts'
import type { Zone } from '../../time/zone.ts'
import { zoneNamed } from '../../time/zones.ts'
import { planDigest, planSlot, type Planned } from '../composing/plan.ts'
import { latestSlot, nextSlots, type Schedule, type Slot } from '../schedule/schedule.ts'

/** A schedule in the zone that it is read in. */
type Timed = Schedule & { zone: string }

/**
 * Passes a digest from one schedule to another at an instant, so that neither an edited hour nor an edited zone or weekday
 * sends twice or not at all: what the old schedule owes by then is planned; where the new one has already passed the slot
 * that the old one was about to reach, that is planned now; and where the new one would reach in the same day, week or month
 * a slot that was planned before, that is left out. The caller's transaction has locked the digest.
 * @returns until when the digest is settled from now on
 */
export async function reschedule(
  tx: Queryable,
  before: Planned & { paused: boolean; activeSince: Instant },
  after: Timed,
  at: Instant,
): Promise<Instant> {
  if (before.paused) return at
  if (isDeepStrictEqual(timing(before), timing(after))) return before.plannedUntil
  await planDigest(tx, before, at)
  const [oldZone, zone] = [await zoneNamed(tx, before.zone), await zoneNamed(tx, after.zone)]
  const passed = latestSlot(after, zone, at)
  const [owed] = nextSlots(before, oldZone, Math.max(at, before.plannedUntil), 1)
  if (
    passed &&
    owed &&
    passed.due > before.activeSince &&
    isSame(passed, turnOf(after, zone, passed.due), owed, turnOf(before, oldZone, owed.due))
  ) {
    await planSlot(tx, { ...before, zone: after.zone }, { ...passed, due: at }, at)
    return at
  }
  const [next] = nextSlots(after, zone, at, 1)
  return next && (await lastTurn(tx, before)) === turnOf(after, zone, next.due) ? next.due : at
}

const timing = ({ zone, cadence, window, firstWeekday, startsOn, endsOn }: Timed) => ({
  zone,
  cadence,
  window,
  firstWeekday,
  startsOn,
  endsOn,
})

const isSame = (one: Slot, turn: string, other: Slot, otherTurn: string) =>
  turn === otherTurn || (one.period.firstDate === other.period.firstDate && one.period.lastDate === other.period.lastDate)

/** The turn, by the old cadence, of the last slot that is or was sent; undefined when there is none. */
async function lastTurn(tx: Queryable, before: Planned): Promise<string | undefined> {
  const last = await maybeOne<{ due: Instant; zone: string }>(
    tx,
    `select extract(epoch from due_at)::float8 as due, zone from tidemark.digest_slots
     where account_id = $1 and digest_id = $2 and state <> 'missed' order by due_at desc limit 1`,
    [before.accountId, before.id],
  )
  return last && turnOf(before, await zoneNamed(tx, last.zone), last.due)
}

/** The stretch of the local calendar in which a cadence is due once: its month, its week, else the date itself. */
function turnOf({ cadence, firstWeekday }: Schedule, zone: Zone, due: Instant): string {
  const day = dayOf(dateAt(zone, due))
  if (cadence.every === 'month') return `month of ${dateOf(monthStart(day))}`
  const isWeekly = cadence.every === 'week' && new Set(cadence.weekdays).size === 1
  return isWeekly ? `week of ${dateOf(weekStart(day, firstWeekday))}` : dateOf(day)
}
