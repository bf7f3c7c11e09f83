import type { Instant } from '../clock.ts'
import { many, sql, type Client } from '../db.ts'
import type { Span } from './coverage.ts'
import { HOURLY, mergedGrains } from './statements.ts'

const rolledBotEvents = sql(import.meta.url, './rolled-bot-events.sql')

/** A row of a rollup, histogram, tag or bot event table: what it is filed under, and everything it holds. */
export interface StoredRow {
  table: string
  bucket: Instant
  dimension: number
  dimension_id: number
  parts: Record<string, unknown>
}

/** The rows of some buckets of each grain, under a key that is the same before and after they are rolled again. */
export async function storedRows(
  tx: Client,
  accountId: number,
  buckets: Record<'hour' | 'day' | 'month', Span[]>,
): Promise<Map<string, StoredRow>> {
  const rows: StoredRow[] = []
  const tables = [
    { unit: 'hour', table: HOURLY } as const,
    ...mergedGrains.flatMap(({ unit, rollup, histogram }) => [rollup, histogram].map((table) => ({ unit, table }))),
  ]
  for (const { unit, table } of tables) {
    rows.push(...named(table, await many(tx, rowsAt(table), [accountId, buckets[unit].map((bucket) => bucket.from)])))
  }
  for (const { unit, tagged } of mergedGrains) {
    rows.push(...named(tagged, await many(tx, tagsAt(tagged), [accountId, buckets[unit].map((bucket) => bucket.from)])))
  }
  const [starts, ends] = [buckets.hour.map((hour) => hour.from), buckets.hour.map((hour) => hour.until)]
  rows.push(...named('bot_events', await many(tx, rolledBotEvents, [accountId, starts, ends])))
  return new Map(rows.map((row) => [keyOf(row), row]))
}

const rowsAt = (table: string) =>
  `select extract(epoch from bucket)::float8 as bucket, dimension, dimension_id,
     to_jsonb(r) - '{account_id,bucket,dimension,dimension_id}'::text[] as parts
   from tidemark.${table} r
   where account_id = $1 and dimension = any ('{0,1,2,3,4}') and bucket = any (array(select to_timestamp(unnest($2::float8[]))))`

/** Filed under the inbox; the tag is one of the parts. */
const tagsAt = (table: string) =>
  `select extract(epoch from bucket)::float8 as bucket, 1 as dimension, inbox_id as dimension_id,
     to_jsonb(r) - '{account_id,bucket,inbox_id}'::text[] as parts
   from tidemark.${table} r
   where account_id = $1 and bucket = any (array(select to_timestamp(unnest($2::float8[]))))`

const named = (table: string, rows: Omit<StoredRow, 'table'>[]): StoredRow[] => rows.map((row) => ({ ...row, table }))

const keyOf = ({ table, bucket, dimension, dimension_id, parts }: StoredRow) =>
  JSON.stringify([table, bucket, dimension, dimension_id, parts.event_id, parts.tag_id])

/** Equal to the last count; sums of seconds, whose order of addition is free, to a billionth. */
export function isSame(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  return Object.keys({ ...a, ...b }).every((name) => {
    const [x, y] = [a[name] ?? null, b[name] ?? null]
    if (name.endsWith('_sum') && typeof x === 'number' && typeof y === 'number') {
      return Math.abs(x - y) <= 1e-9 * Math.max(1, Math.abs(x), Math.abs(y))
    }
    return inOrder(x) === inOrder(y)
  })
}

/** The order in which a histogram's list names bins says nothing. */
const inOrder = (value: unknown) => JSON.stringify(Array.isArray(value) ? [...(value as number[])].sort((a, b) => a - b) : value)
