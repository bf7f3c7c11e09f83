import type { Instant } from '../clock.ts'
import { invalid } from '../errors.ts'
import { startOfDate } from './calendar.ts'
import type { Zone } from './zone.ts'

/**
 * An instant from what a person types: a local date (`2026-03-01`, its start in the zone), an ISO time with an offset, Unix
 * seconds, or days back from now (`-7d`).
 * @throws Refusal (422, exit 2)
 */
export function instantFrom(text: string, zone: Zone, now: Instant): Instant {
  const daysBack = /^-(\d{1,5})d$/.exec(text)
  if (daysBack) return now - Number(daysBack[1]) * 86400
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return checked(startOfDate(zone, text))
  if (/^\d{1,11}$/.test(text)) return Number(text)
  if (/^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:?\d{2})$/.test(text)) return checked(Math.floor(Date.parse(text) / 1000))
  throw invalid('Give a date (2026-03-01), an ISO time with an offset, Unix seconds, or days back (-7d).')
}

function checked(instant: number): Instant {
  if (Number.isFinite(instant)) return instant
  throw invalid('There is no such date.')
}
