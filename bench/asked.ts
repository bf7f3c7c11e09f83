import type { Instant } from '../src/clock.ts'
import { unitStart } from '../src/time/calendar.ts'
import type { Zone } from '../src/time/zone.ts'

/** What a question is put to: one account, its clock, and the agent and inbox that a cross filter names. */
export interface Subject {
  accountId: number
  zone: Zone
  agentId: number
  inboxId: number
}

export interface Asked extends Subject, Range {}

/** The range of a name; whole local days end with the last one before `now`. */
const ranges = {
  '30 days': (zone, now) => wholeDays(zone, now, 30),
  '180 days': (zone, now) => wholeDays(zone, now, 180),
  '365 days': (zone, now) => wholeDays(zone, now, 365),
  '365 days to the second': (zone, now) => {
    const { since, until } = wholeDays(zone, now, 365)
    return { since: since + 1234, until: until - 4321 }
  },
  // The Tuesday of the last whole week, whatever day the bench is run on.
  'a day': (zone, now) => {
    const monday = unitStart(zone, now, 'week', -1)
    return { since: unitStart(zone, monday, 'day', 1), until: unitStart(zone, monday, 'day', 2) }
  },
  now: (zone, now) => ({ since: unitStart(zone, now, 'day'), until: now }),
} satisfies Record<string, (zone: Zone, now: Instant) => Range>

interface Range {
  since: Instant
  until: Instant
}

export type RangeName = keyof typeof ranges

export const rangeNamed = (name: RangeName, zone: Zone, now: Instant): Range => ranges[name](zone, now)

function wholeDays(zone: Zone, now: Instant, days: number): Range {
  const midnight = unitStart(zone, now, 'day')
  return { since: unitStart(zone, midnight, 'day', -days), until: midnight }
}
