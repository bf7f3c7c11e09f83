import { expect } from 'vitest'
import { one, openPool, run, type Pool, type Queryable } from '../../src/db.ts'
import { tinyDesk } from '../../src/demo/desk.ts'
import { generateDesk } from '../../src/demo/generate.ts'
import { Refusal } from '../../src/errors.ts'
import { migrate } from '../../src/migrate.ts'
import { reading } from '../../src/reports/reading.ts'
import type { Reading } from '../../src/reports/report.ts'
import type { MetricName } from '../../src/rollups/metrics.ts'
import { dimensionNames } from '../../src/rollups/parts.ts'
import { bucketTables } from '../../src/rollups/rolling/statements.ts'
import { dueReconciliations, reconcileAccount } from '../../src/rollups/verify/reconcile.ts'
import { bucketBounds } from '../../src/time/calendar.ts'
import { zoneNamed } from '../../src/time/zones.ts'
import { createDatabase, templateDatabase, type TestDatabase } from '../support/database.ts'
import { backfillAll, rollAll } from '../support/rolled-rows.ts'

/** Monday noon: two months of history lie behind. */
export const NOW = Date.UTC(2026, 4, 11, 12) / 1000
export const DAY = 86_400

/** Two accounts, in Kolkata and New York, with two months of history, all of it rolled. The clock must be at NOW. */
export async function rolledDesk(): Promise<TestDatabase> {
  const template = await templateDatabase('retained_desk', async (url) => {
    await migrate(url)
    const pool = openPool(url)
    await generateDesk(pool, { seed: 11, accounts: tinyDesk(), now: NOW })
    await run(pool, 'truncate tidemark.dirty_hours, tidemark.dirty_scopes')
    await run(pool, 'insert into tidemark.accounts (account_id) select id from accounts on conflict do nothing')
    for (const account of [1, 2]) await backfillAll(pool, account)
    await rollAll(pool)
    await pool.end()
  })
  return createDatabase({ template })
}

export async function keep(pool: Pool, accountId: number, retention: Record<string, number>): Promise<void> {
  await run(
    pool,
    `insert into tidemark.settings (account_id, retention, updated_at) values ($1, $2, now())
     on conflict (account_id) do update set retention = excluded.retention`,
    [accountId, retention],
  )
}

/** A hash of rows, which statements give as text each; `$1` is the account. */
async function hashOf(pool: Pool, statements: string[], values: unknown[]): Promise<string> {
  const { hash } = await one<{ hash: string }>(
    pool,
    `select encode(sha256(convert_to(coalesce(string_agg(r.row, e'\\n' order by r.row), ''), 'UTF8')), 'hex') as hash
     from (${statements.join(' union all ')}) as r`,
    values,
  )
  return hash
}

/** A hash of an account's rollup rows from before an instant. */
export function rollupHash(pool: Pool, accountId: number, until = Infinity): Promise<string> {
  const tables = [...bucketTables.map((table) => ({ table, at: 'bucket' })), { table: 'bot_events', at: 'at' }]
  const rows = tables.map(
    ({ table, at }) =>
      `select '${table} ' || t::text as row from tidemark.${table} t where account_id = $1 and ${at} < to_timestamp($2::float8)`,
  )
  return hashOf(pool, rows, [accountId, until])
}

/** A hash of an account's raw rows. */
export function rawHash(pool: Pool, accountId: number): Promise<string> {
  const tables = ['conversations', 'messages', 'reporting_events', 'csat_survey_responses']
  const rows = tables.map((table) => `select '${table} ' || t::text as row from ${table} t where account_id = $1`)
  const taggings = `select 'taggings ' || g::text from taggings g join conversations c on c.id = g.taggable_id where c.account_id = $1`
  return hashOf(pool, [...rows, taggings], [accountId])
}

const metrics = [
  'conversations_count',
  'incoming_messages_count',
  'resolutions_count',
  'avg_first_response_time',
  'bot_handoffs_count',
  'bot_resolutions_count',
  'csat_score',
  'open_conversations_count',
] as const satisfies readonly string[]

export const REFUSED = 'refused'

/** An answer as text; `refused` with 422. */
export async function asked(pool: Pool, accountId: number, work: (read: Reading) => Promise<unknown>): Promise<string> {
  try {
    return JSON.stringify(await reading(pool, accountId, work, NOW), (_, value: unknown) =>
      typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(12)) : value,
    )
  } catch (error) {
    if (error instanceof Refusal && error.status === 422) return REFUSED
    throw error
  }
}

/** The names of the questions that are answered otherwise than before; with `refusable` but for those that are refused now. */
export const changedAnswers = (before: Map<string, string>, after: Map<string, string>, refusable = false) =>
  [...before]
    .filter(([name, text]) => after.get(name) !== text && !(refusable && after.get(name) === REFUSED))
    .map(([name]) => name)

interface Asked {
  names?: readonly string[]
  groupings?: readonly ('hour' | 'day' | 'week' | 'month')[]
}

/** What an account is told in many ways: by dimension and day, by week in another zone, by hour, filtered. */
export async function answers(
  pool: Pool,
  accountId: number,
  { names = metrics, groupings = ['hour', 'day', 'week', 'month'] }: Asked = {},
): Promise<Map<string, string>> {
  const told = new Map<string, string>()
  const zones = ['Asia/Kolkata', 'America/New_York']
  const [since, until] = [NOW - 70 * DAY, NOW + DAY]
  for (const name of zones) {
    const zone = await zoneNamed(pool, name)
    for (const grouping of groupings) {
      for (const dimension of ['account', ...dimensionNames] as const) {
        // All of it in the account's own zone; in another by day, which is as much as its hours tell, or less.
        if (dimension !== 'account' && (grouping !== 'day' || name !== zones[0])) continue
        const bounds = bucketBounds(zone, since, until, grouping)
        const question = { dimension, since: bounds[0]!, until: bounds.at(-1)!, bounds, metrics: names as MetricName[] }
        // An id of which nothing is counted may have a row or not.
        const rows = async (read: Reading) =>
          (await read.series(question))
            .filter(({ figures }) => Object.values(figures).some(({ n }) => n !== 0))
            .map((row) => JSON.stringify([row.piece, row.id, row.figures]))
            .sort()
        told.set(`${name} ${grouping} ${dimension}`, await asked(pool, accountId, rows))
      }
    }
    const week = { dimension: 'account', since: NOW - 7 * DAY, until: NOW, metrics: names as MetricName[] } as const
    told.set(
      `${name} filtered week`,
      await asked(pool, accountId, (read) => read.totals({ ...week, filter: { agent: [1, 2], inbox: [1, 2] } })),
    )
  }
  return told
}

/** Where an account's boundary is; null: nothing was purged. */
export const boundary = async (pool: Pool, column: 'raw_since' | 'hourly_since' | 'daily_since', account = 1) =>
  (
    await one<{ at: number | null }>(
      pool,
      `select extract(epoch from ${column})::float8 as at from tidemark.accounts where account_id = $1`,
      [account],
    )
  ).at

const rawTables = ['conversations', 'messages', 'reporting_events', 'csat_survey_responses', 'taggings'] as const

/** Puts a copy of all raw rows by; the function that it returns puts back what has gone since. */
export async function backUp(pool: Pool): Promise<() => Promise<void>> {
  for (const table of rawTables) await run(pool, `create table public.backup_${table} as table public.${table}`)
  return async () => {
    for (const table of rawTables) {
      const gone = `select * from public.backup_${table} b where not exists (select from public.${table} t where t.id = b.id)`
      expect(await run(pool, `insert into public.${table} ${gone}`), table).toBeGreaterThan(0)
    }
  }
}

/** Recomputes every day of account 1 that can be, repairing what differs, as a turn does that takes them all. Returns what differed. */
export async function reconcileAll(pool: Pool, now = NOW): Promise<number> {
  await dueReconciliations(pool, now)
  await run(pool, 'update tidemark.reconciliations set due_at = to_timestamp($1), recent_at = null', [now])
  const done = await reconcileAccount(pool, 1, now, { cycleDays: 60 / 86_400 })
  expect(done!.days).toBeGreaterThan(30)
  return done!.mismatches
}

/** A message that comes in at an instant. */
export const addMessage = (db: Queryable, at: number) =>
  run(
    db,
    `insert into messages (account_id, inbox_id, conversation_id, message_type, created_at, updated_at)
     select 1, min(i.id), 0, 0, to_timestamp($1) at time zone 'UTC', now() from inboxes i where i.account_id = 1`,
    [at],
  )

/** Kolkata's midnight, `days` days before NOW's day. */
export const midnight = (days: number) => Date.UTC(2026, 4, 11) / 1000 - 5.5 * 3600 - days * DAY
