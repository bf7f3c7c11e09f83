import type { Instant } from '../clock.ts'
import { many, one, run, sql, type Client, type Queryable } from '../db.ts'

const finishedConversations = sql(import.meta.url, './finished-conversations.sql')
const oldEvents = sql(import.meta.url, './old-events.sql')

/** How many rows of each table. */
export type RowCounts = Record<string, number>

/** Rows of a table that go, by a condition and its parameters. */
export interface Doomed {
  table: string
  condition: string
  values: unknown[]
}

/** The conversations that go as a whole with the raw rows from before `until`. */
export async function finishedBefore(db: Queryable, accountId: number, until: Instant, lock = ''): Promise<number[]> {
  return (await many<{ id: number }>(db, `${finishedConversations} ${lock}`, [accountId, until])).map(({ id }) => id)
}

/**
 * The raw rows of an account from before `until` that go, in the order in which they can be deleted.
 * @param finished conversations that go as a whole
 */
export function oldRawRows(accountId: number, until: Instant, finished: number[]): Doomed[] {
  const old = `account_id = $1 and created_at < to_timestamp($2::float8) at time zone 'UTC'`
  return [
    // Before their conversations, so that the marks they leave name the account.
    {
      table: 'taggings g',
      condition: `g.taggable_type = 'Conversation' and g.taggable_id = any ($1::int[])`,
      values: [finished],
    },
    { table: 'reporting_events e', condition: oldEvents, values: [accountId, until, finished] },
    { table: 'messages', condition: old, values: [accountId, until] },
    { table: 'csat_survey_responses', condition: old, values: [accountId, until] },
    { table: 'conversations', condition: 'account_id = $1 and id = any ($2::int[])', values: [accountId, finished] },
  ]
}

/** Deletes what goes and counts it by table. */
export async function remove(tx: Client, doomed: readonly Doomed[]): Promise<RowCounts> {
  const counts: RowCounts = {}
  for (const { table, condition, values } of doomed)
    counts[nameOf(table)] = await run(tx, `delete from ${table} where ${condition}`, values)
  return counts
}

/** Counts what would go by table. */
export async function count(db: Queryable, doomed: readonly Doomed[]): Promise<RowCounts> {
  const counts: RowCounts = {}
  for (const { table, condition, values } of doomed) {
    const { n } = await one<{ n: number }>(db, `select count(*)::int as n from ${table} where ${condition}`, values)
    counts[nameOf(table)] = n
  }
  return counts
}

const nameOf = (table: string) => table.replace(/^tidemark\./, '').split(' ')[0]!
