import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Instant } from '../../src/clock.ts'
import { many, type Queryable } from '../../src/db.ts'
import type { Figure, MetricName } from '../../src/rollups/metrics.ts'
import type { Dimension } from '../../src/rollups/parts.ts'
import { bucketBounds, type Grouping, type Weekday } from '../../src/time/calendar.ts'
import { zoneNamed } from '../../src/time/zones.ts'

/** Only what counts for these, none of them standing for all; an id of 0 is nobody. */
export type Chosen = Partial<Record<Exclude<Dimension, 'account'>, readonly number[]>>

/** A question as the oracle takes it: all ids and all metrics at once, periods named by PostgreSQL. */
export interface Periods {
  dimension: Dimension
  since: Instant
  until: Instant
  zone: string
  grouping: Grouping | 'none'
  firstWeekday: Weekday
  filter?: Chosen | undefined
}

/** The columns of the oracle's statements by `<id> <period>`; what is not there did not happen. */
export type Truth = Map<string, Record<string, number | null>>

const read = (file: string) => readFileSync(join(import.meta.dirname, 'oracle', file), 'utf8')
const definitions = read('definitions.sql')
const filter = read('filter.sql').replaceAll(/^--.*\n/gm, '')
const filtered = (file: string) => read(file).replaceAll('/*filter*/', () => filter)
const statements = ['conversations', 'messages', 'satisfaction', 'events', 'bots', 'status'].map((name) =>
  filtered(`${name}.sql`),
)
const open = filtered('open.sql')
const spread = filtered('spread.sql')
const labelSummary = read('label-summary.sql')

/** Compares the bins of stored histograms with those of the raw events; see the file. */
export const histograms = read('histograms.sql')

/**
 * Makes the oracle's views in a test's database; they live in a schema of their own.
 * @param still the raw rows stay as they are, so that what takes long is computed once
 */
export async function installOracle(db: Queryable, { still = false } = {}): Promise<void> {
  await db.query(definitions.replaceAll('create /*kept*/', still ? 'create materialized' : 'create'))
  if (still) await db.query('analyze')
}

/** Every metric of every id of a dimension, counted from the raw rows that the database has now; the label summary's without filter. */
export async function truth(db: Queryable, accountId: number, asked: Periods): Promise<Truth> {
  const values = parameters(accountId, asked)
  const all: Truth = new Map()
  const add = async (statement: string, values: unknown[]) => {
    for (const { id, bucket, ...columns } of await many<{ id: number; bucket: string }>(db, statement, values)) {
      const key = `${id} ${bucket}`
      all.set(key, { ...all.get(key), ...(columns as Record<string, number | null>) })
    }
  }
  for (const statement of statements) await add(byDimension(statement, asked), values)
  if (asked.dimension === 'label' && !asked.filter) await add(labelSummary, values.slice(0, 7))
  const { starts, ends } = await periods(db, asked)
  await add(byDimension(open, asked), [accountId, asked.dimension, starts, ends, ...values.slice(4)])
  return all
}

/** The bins of the times of events by `<id> <period> <bin>`; edges are those of the bins, ascending. */
export async function trueSpread(
  db: Queryable,
  accountId: number,
  asked: Periods,
  { event, businessHours, edges }: { event: string; businessHours: boolean; edges: readonly number[] },
): Promise<Map<string, number>> {
  const values = [...parameters(accountId, asked), edges, event, businessHours]
  const rows = await many<{ id: number; bucket: string; bin: number; n: number }>(db, byDimension(spread, asked), values)
  return new Map(rows.map(({ id, bucket, bin, n }) => [`${id} ${bucket} ${bin}`, n]))
}

/** A statement on the facts of the dimension that is asked about. */
const byDimension = (statement: string, { dimension }: Periods) => statement.replaceAll('/*dimension*/', dimension)

function parameters(accountId: number, asked: Periods): unknown[] {
  const { dimension, since, until, zone, grouping, firstWeekday, filter: { inbox, agent, team, label } = {} } = asked
  return [accountId, dimension, since, until, zone, grouping, firstWeekday, inbox, agent, team, label]
}

/** When each period of a range starts and ends, the last perhaps early. */
async function periods(db: Queryable, asked: Periods): Promise<{ starts: Instant[]; ends: Instant[] }> {
  const { since, until, zone, grouping, firstWeekday } = asked
  if (since >= until) return { starts: [], ends: [] }
  if (grouping === 'none') return { starts: [since], ends: [until] }
  const bounds = bucketBounds(await zoneNamed(db, zone), since, until, grouping, firstWeekday)
  return { starts: bounds.slice(0, -1), ends: bounds.slice(1).map((bound) => Math.min(bound, until)) }
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
