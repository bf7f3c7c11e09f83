import type { Instant } from '../../clock.ts'
import { unitStart, type CalendarUnit, type Grouping } from '../../time/calendar.ts'
import { DAY, HOUR, hourStart, instantOf, localAt, nextHourStart, type LocalTime, type Zone } from '../../time/zone.ts'
import type { Range } from '../values.ts'

/**
 * What the bucket of a series that starts at `bucket` holds of a range; undefined when that is nothing. A moment at which
 * no bucket starts begins a stretch of the same length by the zone's clock. Weeks start on Sunday.
 */
export function bucketInterval(zone: Zone, grouping: Grouping, bucket: Instant, range: Range): Range | undefined {
  const since = Math.max(bucket, range.since)
  const until = Math.min(bucketEnd(zone, grouping, bucket), range.until)
  return since < until ? { since, until } : undefined
}

function bucketEnd(zone: Zone, grouping: Grouping, bucket: Instant): Instant {
  if (grouping === 'hour') return hourStart(zone, bucket) === bucket ? nextHourStart(zone, bucket) : bucket + HOUR
  // A day may start at one in the morning, where midnight does not exist; it still ends at midnight.
  if (unitStart(zone, bucket, grouping, 0, 0) === bucket) return unitStart(zone, bucket, grouping, 1, 0)
  return instantOf(zone, later(localAt(zone, bucket), grouping))
}

/** The same time of day a unit later; the last day of a month that is too short for the date. */
function later(local: LocalTime, unit: CalendarUnit): LocalTime {
  if (unit === 'day') return local + DAY
  if (unit === 'week') return local + 7 * DAY
  const date = new Date(Math.floor(local / DAY) * DAY * 1000)
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + (unit === 'month' ? 1 : 12)]
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
  return Date.UTC(year, month, Math.min(date.getUTCDate(), lastDay)) / 1000 + (local - Math.floor(local / DAY) * DAY)
}
