import { localText } from '../time/local-text.ts'
import type { Zone } from '../time/zone.ts'
import type { Understood } from './understand.ts'
import type { Range } from './values.ts'

/** The period, the clock and the comparison of a report. */
export function aboutOf({ zone, range, compareWith, businessHours }: Understood) {
  return {
    timezone: zone.name,
    period: periodOf(zone, range),
    ...(compareWith && { previous_period: periodOf(zone, compareWith) }),
    business_hours: businessHours,
  }
}

const periodOf = (zone: Zone, { since, until }: Range) => ({
  since,
  until,
  start: localText(zone, since),
  end: localText(zone, until),
})
