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

export interface Asked extends Subject {
  since: Instant
  until: Instant
}

/** Ranges by the name that a report is listed with; all but the last three are whole local days. */
export type RangeName = '30 days' | '180 days' | '365 days' | '365 days to the second' | 'a day' | 'now'

/** The range of that name which ends with the last local day before `now`. */
export function rangeNamed(name: RangeName, zone: Zone, now: Instant): { since: Instant; until: Instant } {
  const midnight = unitStart(zone, now, 'day')
  const back = (days: number) => unitStart(zone, midnight, 'day', -days)
  switch (name) {
    case '30 days':
      return { since: back(30), until: midnight }
    case '180 days':
      return { since: back(180), until: midnight }
    case '365 days':
      return { since: back(365), until: midnight }
    case '365 days to the second':
      return { since: back(365) + 1234, until: midnight - 4321 }
    case 'a day': {
      // The Tuesday of the last whole week, whatever day the bench is run on.
      const monday = unitStart(zone, midnight, 'week', -1)
      return { since: unitStart(zone, monday, 'day', 1), until: unitStart(zone, monday, 'day', 2) }
    }
    case 'now':
      return { since: midnight, until: now }
  }
}
