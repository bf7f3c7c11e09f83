import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Instant } from '../../src/clock.ts'
import { many, type Queryable } from '../../src/db.ts'
import type { Figure, MetricName } from '../../src/rollups/metrics.ts'
import type { Dimension } from '../../src/rollups/parts.ts'
import { bucketBounds, type Grouping, type Weekday } from '../../src/time/calendar.ts'
import { zoneNamed } from '../../src/time/zones.ts'

/** A question as the oracle takes it: all ids and all metrics at once, periods named by PostgreSQL. */
export interface Periods {
  dimension: Dimension
  since: Instant
  until: Instant
  zone: string
  grouping: Grouping | 'none'
  firstWeekday: Weekday
}

/** The columns of the oracle's statements by `<id> <period>`; what is not there did not happen. */
export type Truth = Map<string, Record<string, number | null>>

const read = (file: string) => readFileSync(join(import.meta.dirname, 'oracle', file), 'utf8')
const definitions = read('definitions.sql')
const statements = ['conversations', 'messages', 'satisfaction', 'events', 'bots', 'status'].map((name) => read(`${name}.sql`))
const open = read('open.sql')
const labelStatements = [...statements, read('label-summary.sql')]

/** Compares the bins of stored histograms with those of the raw events; see the file. */
export const histograms = read('histograms.sql')

/** Makes the oracle's views in a test's database; they live in a schema of their own. */
export async function installOracle(db: Queryable): Promise<void> {
  await db.query(definitions)
}

/** Every metric of every id of a dimension, counted from the raw rows that the database has now. */
export async function truth(db: Queryable, accountId: number, asked: Periods): Promise<Truth> {
  const { dimension, since, until, zone, grouping, firstWeekday } = asked
  const values = [accountId, dimension, since, until, zone, grouping, firstWeekday]
  const all: Truth = new Map()
  const add = ({ id, bucket, ...columns }: { id: number; bucket: string }) => {
    const key = `${id} ${bucket}`
    all.set(key, { ...all.get(key), ...(columns as Record<string, number | null>) })
  }
  for (const statement of dimension === 'label' ? labelStatements : statements) {
    for (const row of await many<{ id: number; bucket: string }>(db, statement, values)) add(row)
  }
  const ends = await periodEnds(db, asked)
  const openValues = [accountId, dimension, ends.map((end) => end.at), ends.map((end) => end.name)]
  for (const row of await many<{ id: number; bucket: string }>(db, open, openValues)) add(row)
  return all
}

/** When each period of a range ends, the last perhaps early, and what the oracle calls it. */
async function periodEnds(db: Queryable, asked: Periods): Promise<{ at: Instant; name: string }[]> {
  const { since, until, zone, grouping, firstWeekday } = asked
  if (since >= until) return []
  if (grouping === 'none') return [{ at: until, name: '' }]
  const bounds = bucketBounds(await zoneNamed(db, zone), since, until, grouping, firstWeekday)
  const names = await periodNames(db, bounds, asked)
  return bounds.slice(1).map((bound, i) => ({ at: Math.min(bound, until), name: names[i]! }))
}

/** How the oracle calls the periods that hold some instants. */
export async function periodNames(db: Queryable, instants: readonly Instant[], asked: Periods): Promise<string[]> {
  const rows = await many<{ bucket: string }>(
    db,
    `select oracle.bucket(to_timestamp(at) at time zone 'UTC', $2, $3, $4) as bucket
     from unnest($1::float8[]) with ordinality as asked (at, place) order by place`,
    [instants, asked.zone, asked.grouping, asked.firstWeekday],
  )
  return rows.map((row) => row.bucket)
}

/** What each metric is made from, in things counted; metrics not named here are counts of themselves. */
const countedBy: Partial<Record<MetricName, MetricName>> = {
  csat_score: 'csat_responses_count',
  csat_rating: 'csat_responses_count',
  csat_response_rate: 'csat_surveys_count',
}
const withBusinessHours = /^(avg_|reply_time|created_|first_contact_resolution)/

/** A metric's figure by the oracle's columns: counts of nothing are 0, means of nothing null. */
export function trueFigure(columns: Record<string, number | null> = {}, name: MetricName, businessHours: boolean): Figure {
  if (name.endsWith('_count')) return { value: columns[name] ?? 0, n: columns[name] ?? 0 }
  const counted = countedBy[name]
  if (counted) return { value: columns[name] ?? null, n: columns[counted] ?? 0 }
  if (!withBusinessHours.test(name)) throw new Error(`the oracle does not know ${name}`)
  const clock = businessHours && name !== 'first_contact_resolution' ? '_business' : ''
  const n = columns[name.startsWith('created_') ? `${name}${clock}_n` : `${name}_n`]
  return { value: columns[`${name}${clock}`] ?? null, n: n ?? 0 }
}

/** Equal: counts to the last one, means to 1e-9 of themselves, nothing only to nothing. */
export function sameFigure(a: Figure, b: Figure): boolean {
  if (a.n !== b.n) return false
  if (a.value === null || b.value === null) return a.value === b.value
  return Math.abs(a.value - b.value) <= 1e-9 * Math.max(Math.abs(a.value), Math.abs(b.value))
}
