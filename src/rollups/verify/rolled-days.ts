import type { Instant } from '../../clock.ts'
import { many, sql, type Queryable } from '../../db.ts'
import { unitsHolding, unitStart } from '../../time/calendar.ts'
import { FARTHEST } from '../../time/zone.ts'
import { daysOf, firstWholeDay } from '../backfill/backfill-days.ts'
import type { Coverage, Span } from '../coverage.ts'
import { rawSince } from '../kept.ts'
import { rawExtentOf } from '../raw-extent.ts'
import { bucketTables, fill } from '../rolling/statements.ts'

const rolledOutside = (table: string) =>
  `(select r.bucket from tidemark.${table} r where r.account_id = $1 and r.bucket >= o.low and r.bucket < o.high
   ${table.startsWith('tagged') ? '' : `and r.dimension = any ('{0,1,2,3,4}')`} limit 400)`
const rawOutside = (table: string) =>
  `(select r.created_at at time zone 'UTC' from ${table} r where r.account_id = $1
   and r.created_at >= o.low at time zone 'UTC' and r.created_at < o.high at time zone 'UTC' limit 400)`
const strayBuckets = fill(sql(import.meta.url, './stray-buckets.sql'), {
  rolled: bucketTables.map(rolledOutside).join('\n  union all\n  '),
  raw: ['conversations', 'messages', 'reporting_events', 'csat_survey_responses'].map(rawOutside).join('\n  union all\n  '),
})

/**
 * The local days of an account that may hold rolled rows or should: from a day before the first raw row to a day after the
 * last, and those beyond with any row. Only such as are rolled, at least in part, and whose raw rows are all kept: what cannot be
 * recomputed is final. Ascending, one span a day.
 */
export async function rolledDays(db: Queryable, accountId: number, { zone, covered }: Coverage, now: Instant): Promise<Span[]> {
  const raw = await rawExtentOf(db, accountId, now)
  const first = raw.first === null ? now : unitStart(zone, raw.first, 'day', -1)
  const end = raw.last === null ? now : unitStart(zone, raw.last, 'day', 2)
  const inside = first < end ? daysOf(zone, { from: first, until: end }) : []
  const strays = await many<{ bucket: number }>(db, strayBuckets, [accountId, first, end, -FARTHEST, FARTHEST])
  const outside = unitsHolding(
    zone,
    strays.map(({ bucket }) => bucket).sort((a, b) => a - b),
    'day',
  )
  const kept = await keptSince(db, accountId, zone)
  const days = new Map([...outside, ...inside].map((day) => [day.from, day]))
  return [...days.values()]
    .filter((day) => day.from >= kept && covered.some((span) => span.from < day.until && day.from < span.until))
    .sort((a, b) => a.from - b.from)
}

/** The first local day of which all raw rows are kept, so that it can be recomputed; -Infinity where none were purged. */
export async function keptSince(db: Queryable, accountId: number, zone: Coverage['zone']): Promise<Instant> {
  return firstWholeDay(zone, await rawSince(db, accountId))
}
