import type { Instant } from '../../clock.ts'
import type { Pool } from '../../db.ts'
import { invalid } from '../../errors.ts'
import { startOfLocal } from '../../time/calendar.ts'
import { zoneOfStandardOffset } from '../../time/rails.ts'
import { DAY, HOUR, UTC } from '../../time/zone.ts'
import { zoneNamed } from '../../time/zones.ts'
import type { Answer } from '../answer.ts'
import { chatwootTable, utcDate, type Cell } from './chatwoot-csv.ts'
import { MAX_BUCKETS, metricSeries, type SeriesPoint } from '../series.ts'

/** Days that a traffic file may reach back: as many hours as a series may have points. */
export const TRAFFIC_LONGEST = Math.floor((MAX_BUCKETS * HOUR) / DAY)

/**
 * Conversations by hour of the day (rows) and date (columns) of the `days` UTC days before today, as a file. Rows are cut
 * into the hours of the first zone that has the standard offset `hours`, but date and hour are those of UTC, as in
 * Chatwoot's file: where hours start on the half hour, the first is 23:00 of the day before, and that day has no others.
 * @throws Refusal (422) for more days than TRAFFIC_LONGEST, either way.
 */
export async function trafficCsv(
  pool: Pool,
  accountId: number,
  { hours, days, now }: { hours: number; days: number; now: Instant },
): Promise<Answer<string>> {
  if (Math.abs(days) > TRAFFIC_LONGEST) throw invalid(`days_before must be a number of days up to ${TRAFFIC_LONGEST}.`)
  const today = startOfLocal(now, 'day')
  const picked = zoneOfStandardOffset(hours)
  const report = await metricSeries(pool, accountId, {
    metric: 'conversations_count',
    subject: { dimension: 'account' },
    range: { since: today - days * DAY, until: today },
    grouping: 'hour',
    zone: picked ? await zoneNamed(pool, picked.iana) : UTC,
    firstWeekday: 0,
    chatwootHours: true,
  })
  const name = picked ? `(GMT${clockOffset(picked.standardOffset)}) ${picked.name}` : '(GMT+00:00) UTC'
  return { ...report, data: tableOf(`Timezone,${name}`, report.data) }
}

function tableOf(title: string, points: readonly SeriesPoint[]): string {
  const dates = [...new Set(points.map(({ start }) => utcDate(start)))].sort()
  const byHour = new Map<string, Map<string, number>>()
  for (const { start, value } of points) {
    const hour = `${utcHour(start)}:00`
    const row = byHour.get(hour) ?? byHour.set(hour, new Map()).get(hour)!
    // Where a zone's clocks moved by half an hour, the first of two entries within one hour of UTC is shown.
    if (!row.has(utcDate(start))) row.set(utcDate(start), value ?? 0)
  }
  const rows = [...byHour].map(([hour, values]): Cell[] => [hour, ...dates.map((date) => values.get(date) ?? null)])
  return chatwootTable(title, ['Start of the hour', ...dates], rows)
}

const utcHour = (instant: Instant) => new Date(instant * 1000).toISOString().slice(11, 13)

/** Hours as `-03:30`. */
function clockOffset(hours: number): string {
  const minutes = Math.abs(hours) * 60
  const two = (number: number) => String(number).padStart(2, '0')
  return `${hours < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}
