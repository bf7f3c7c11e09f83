import type { Instant } from '../../clock.ts'
import { many, run, sql, type Client } from '../../db.ts'
import type { Span } from '../coverage.ts'
import { fill, HOURLY, mergedGrains } from '../rolling/statements.ts'

const storedIn = sql(import.meta.url, './stored-rows.sql')
const rolledBotEvents = sql(import.meta.url, './rolled-bot-events.sql')

/** A row of a rollup, histogram, tag or bot event table: what it is filed under, and everything it holds. */
export interface StoredRow {
  table: string
  bucket: Instant
  dimension: number
  dimension_id: number
  parts: Record<string, unknown>
}

/** The buckets of each grain that are looked at, and the conversations whose bot events are. */
export interface Looked {
  hour: Span[]
  day: Span[]
  month: Span[]
  /** None when left out. */
  conversations?: number[]
}

type Unit = 'hour' | 'day' | 'month'

/** Every table of buckets, with how wide its buckets are. Rows by tag are filed under the inbox, the tag is one of the parts. */
const tables: readonly { unit: Unit; table: string; tagged: boolean }[] = [
  { unit: 'hour', table: HOURLY, tagged: false },
  ...mergedGrains.flatMap(({ unit, rollup, histogram, tagged }) => [
    { unit, table: rollup, tagged: false },
    { unit, table: histogram, tagged: false },
    { unit, table: tagged, tagged: true },
  ]),
]

/** Without the dimensions named, an index that begins with them would be read from end to end. */
const EVERY_DIMENSION = `and r.dimension = any ('{0,1,2,3,4}')`

const statements = tables.map(({ unit, table, tagged }) => ({
  unit,
  table,
  read: fill(
    storedIn,
    tagged
      ? { table, dimension: '1', id: 'r.inbox_id', keyed: '' }
      : { table, dimension: 'r.dimension', id: 'r.dimension_id', keyed: EVERY_DIMENSION },
  ),
  clear: `delete from tidemark.${table} r using unnest($2::float8[], $3::float8[]) as i (starts, ends)
    where r.account_id = $1 and r.bucket >= to_timestamp(i.starts) and r.bucket < to_timestamp(i.ends)
    ${tagged ? '' : EVERY_DIMENSION}`,
}))

/** The rows of some buckets and conversations, under a key that is the same before and after they are rolled again. */
export async function storedRows(tx: Client, accountId: number, looked: Looked): Promise<Map<string, StoredRow>> {
  const rows: StoredRow[] = []
  for (const { unit, table, read } of statements) {
    rows.push(...named(table, await many(tx, read, [accountId, ...bounds(looked[unit])])))
  }
  rows.push(...named('bot_events', await many(tx, rolledBotEvents, [accountId, looked.conversations ?? []])))
  return new Map(rows.map((row) => [keyOf(row), row]))
}

/** Deletes the rows of some buckets, those as well that no roll would replace. */
export async function clearRows(tx: Client, accountId: number, looked: Looked): Promise<void> {
  for (const { unit, clear } of statements) await run(tx, clear, [accountId, ...bounds(looked[unit])])
}

/** Starts and ends of the spans, those that follow upon each other as one. */
function bounds(spans: readonly Span[]): [starts: Instant[], ends: Instant[]] {
  const starts = spans.filter((span, i) => spans[i - 1]?.until !== span.from)
  const ends = spans.filter((span, i) => spans[i + 1]?.from !== span.until)
  return [starts.map((span) => span.from), ends.map((span) => span.until)]
}

const named = (table: string, rows: Omit<StoredRow, 'table'>[]): StoredRow[] => rows.map((row) => ({ ...row, table }))

const keyOf = ({ table, bucket, dimension, dimension_id, parts }: StoredRow) =>
  JSON.stringify([table, bucket, dimension, dimension_id, parts.conversation_id, parts.event_id, parts.tag_id])

/** Equal to the last count; sums of seconds, whose order of addition is free, to a billionth. */
export function isSame(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  return Object.keys({ ...a, ...b }).every((name) => {
    const [x, y] = [a[name] ?? null, b[name] ?? null]
    // Nearly all are: it halves the time that comparing takes.
    if (x === y) return true
    if (name.endsWith('_sum') && typeof x === 'number' && typeof y === 'number') {
      return Math.abs(x - y) <= 1e-9 * Math.max(1, Math.abs(x), Math.abs(y))
    }
    return inOrder(x) === inOrder(y)
  })
}

/** The order in which a histogram's list names bins says nothing. */
const inOrder = (value: unknown) => JSON.stringify(Array.isArray(value) ? [...(value as number[])].sort((a, b) => a - b) : value)
