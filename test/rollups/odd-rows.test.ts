// Rows that no healthy desk has: times beyond every calendar, values beyond every number. One of them must not stop the
// rolling of the others, a backfill, or a report.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { many, one, run } from '../../src/db.ts'
import { tinyDesk } from '../../src/demo/desk.ts'
import { generateDesk } from '../../src/demo/generate.ts'
import { reading } from '../../src/reports/reading.ts'
import { requestBackfill } from '../../src/rollups/backfill/backfill.ts'
import { dirtyAccounts, rollDirty } from '../../src/rollups/rolling/roll-dirty.ts'
import { preferIndexes } from '../../src/rollups/rolling/roll.ts'
import { runBackfill } from '../../src/rollups/backfill/run-backfill.ts'
import { sourceStatement } from '../../src/rollups/rolling/statements.ts'
import { rollupStatus } from '../../src/rollups/freshness/status.ts'
import { verifyRollups } from '../../src/rollups/verify/verify.ts'
import { get, serve } from '../http/desk.ts'
import type { TestDatabase } from '../support/database.ts'
import { createStandalone } from '../support/standalone.ts'

const NOW = Date.UTC(2026, 4, 11) / 1000
let database: TestDatabase
let token: string

beforeAll(async () => {
  database = await createStandalone()
  const { accounts } = await generateDesk(database.pool, { seed: 5, accounts: tinyDesk(), now: NOW })
  token = accounts[1]!.tokens.administrator
  await run(database.pool, 'insert into tidemark.accounts (account_id) select id from accounts on conflict do nothing')
  await sweep()
})
afterAll(() => database.drop())

async function sweep(): Promise<void> {
  for (const id of await dirtyAccounts(database.pool)) await rollDirty(database.pool, id, undefined, NOW)
}

async function backfillAll(state = 'completed'): Promise<void> {
  const { id } = await requestBackfill(database.pool, { accountId: 1, since: -Infinity, until: Infinity, reason: 'test' })
  expect((await runBackfill(database.pool, 1, id)).state).toBe(state)
}

const insertConversation = (at: string) =>
  run(
    database.pool,
    `insert into conversations (account_id, inbox_id, created_at, updated_at, last_activity_at)
     values (1, (select min(id) from inboxes where account_id = 1), $1::timestamp, now(), now())`,
    [at],
  )

/** Conversations until well after now, by report and by hand. */
async function counted(): Promise<{ report: number | null; raw: number }> {
  const until = NOW + 400 * 86400
  const report = await reading(database.pool, 1, async (read) => {
    const [row] = await read.totals({ dimension: 'account', since: 0, until, metrics: ['conversations_count'] })
    return row?.figures.conversations_count.value ?? null
  })
  const { raw } = await one<{ raw: number }>(
    database.pool,
    `select count(*) as raw from conversations where account_id = 1 and created_at >= '1970-01-01' and created_at < $1::timestamp`,
    [new Date(until * 1000).toISOString()],
  )
  return { report, raw }
}

test('rows at no time, before history and far beyond it are no obstacle to a backfill, a sweep, status or verify', async () => {
  const odd = ['infinity', '-infinity', '280000-01-01', '9999-12-31 23:00', '0001-01-01', '1969-07-20']
  for (const at of odd) await insertConversation(at)
  await backfillAll()
  for (const at of odd) await insertConversation(at)
  await insertConversation('2026-04-20 10:00')
  await sweep()
  const { report, raw } = await counted()
  expect(report).toBe(raw)
  const [status] = await rollupStatus(database.pool, NOW, 1)
  expect(status?.wideMarks).toBe(0)
  expect((await verifyRollups(database.pool, 1, { from: -Infinity, until: Infinity })).differing).toBe(0)
})

test('a day whose sums leave the range of numbers is left to the dirty log, and the rest of a backfill goes on', async () => {
  await run(
    database.pool,
    `insert into reporting_events (name, value, account_id, created_at, updated_at)
     select 'first_response', 1e308, 1, '2026-04-21 10:30', now() from generate_series(1, 4)`,
  )
  await sweep()
  await backfillAll('completed_with_errors')
  const waiting = await many<{ day: string }>(
    database.pool,
    `select distinct (hour at time zone 'Asia/Kolkata')::date as day from tidemark.dirty_hours
     where account_id = 1 and hour > '2026-01-01' and hour < '2027-01-01'`,
  )
  expect(waiting.map((row) => row.day)).toEqual(['2026-04-21'])
  const { report, raw } = await counted()
  expect(report).toBe(raw)
  await run(database.pool, 'delete from reporting_events where value = 1e308')
  await run(database.pool, 'update tidemark.dirty_hours set retry_at = null')
  await sweep()
  expect((await verifyRollups(database.pool, 1, { from: Date.UTC(2026, 3, 1) / 1000, until: NOW })).differing).toBe(0)
})

const TWO_TO_53 = 2 ** 53

/** Times of events of the second account by the day in January on which they happen, what stands for each, and of how many. */
const days: { seconds: (number | null)[]; value: number | null; n: number }[] = [
  // Each is more than whole numbers are exact to, and their sum is, too; multiples of 8 are exact up to 2^56.
  { seconds: [1, 2, 3, 6].map((eights) => TWO_TO_53 + 8 * eights), value: TWO_TO_53 + 24, n: 4 },
  { seconds: [-60, 30.5], value: -14.75, n: 2 },
  { seconds: [0, 0, 0], value: 0, n: 3 },
  // Mean of those that have a time; how many there were is something else.
  { seconds: [null, 10, null], value: 10, n: 3 },
  { seconds: [null], value: null, n: 1 },
  { seconds: [], value: null, n: 0 },
  // It cancels out, and is no reason to say nothing.
  { seconds: [-5, 5], value: 0, n: 2 },
]

test('sums beyond 2^53, negative times, 0 seconds and no time at all are exact in rollups, from raw rows and in answers', async () => {
  const { pool } = database
  const first = Date.UTC(2026, 0, 5, 5) / 1000
  const at = (day: number) => new Date((first + day * 86400) * 1000).toISOString()
  for (const [day, { seconds }] of days.entries()) {
    await run(
      pool,
      `insert into reporting_events (name, value, value_in_business_hours, account_id, created_at, updated_at)
       select 'reply_time', value, value, 2, $1::timestamp + hour * interval '5 hours', now()
       from unnest($2::float8[]) with ordinality as v (value, hour)`,
      [at(day), seconds],
    )
  }
  const bounds = [...days.keys(), days.length].map((day) => first + day * 86400)
  const range = { since: first, until: bounds.at(-1)! }
  const { id } = await requestBackfill(pool, { accountId: 2, ...range, reason: 'test' })
  expect((await runBackfill(pool, 2, id)).state).toBe('completed')
  await sweep()
  const read = () =>
    reading(pool, 2, async (read) => {
      const asked = { dimension: 'account', ...range, bounds, metrics: ['reply_time'] } as const
      const [plain, business] = [await read.series(asked), await read.series({ ...asked, businessHours: true })]
      return { source: read.source, plain: byDay(plain), business: byDay(business) }
    })
  const byDay = (rows: { piece: number; figures: { reply_time: object } }[]) =>
    days.map((_, day) => rows.find(({ piece }) => piece === day)?.figures.reply_time ?? { value: null, n: 0 })
  const expected = days.map(({ value, n }) => ({ value, n }))
  expect(await read()).toEqual({ source: 'rollup', plain: expected, business: expected })

  // The same over HTTP: numbers in JSON are read back as they were written, whichever size they have.
  const app = serve(pool, { clock: () => NOW })
  const query = { since: range.since, until: range.until, metrics: ['reply_time'], group_by: 'day' }
  const answer = await get(app, '/api/v1/accounts/2/reports/timeseries', query, { api_access_token: token })
  await app.close()
  expect([answer.statusCode, answer.headers['x-report-source'], answer.body.slice(0, 200)]).toEqual([
    200,
    'rollup',
    expect.anything(),
  ])
  expect(answer.json<{ points: { reply_time: object[] } }>().points.reply_time).toMatchObject(expected)
  expect(answer.body).toContain(`"value":${TWO_TO_53 + 24},`)

  await run(
    pool,
    `insert into tidemark.dirty_hours (account_id, hour) select 2, generate_series(to_timestamp($1), to_timestamp($2), interval '15 minutes')`,
    [range.since, range.until],
  )
  expect(await read()).toEqual({ source: 'raw', plain: expected, business: expected })
  await sweep()
  expect((await verifyRollups(pool, 2, { from: range.since, until: range.until })).differing).toBe(0)
})

interface PlanNode {
  'Relation Name'?: string
  'Actual Rows': number
  'Actual Loops': number
  Plans?: PlanNode[]
}

/** Rows of events that a plan has read, however often each. */
const eventsRead = (node: PlanNode): number =>
  (node['Relation Name']?.startsWith('reporting_events') ? node['Actual Rows'] * node['Actual Loops'] : 0) +
  (node.Plans ?? []).reduce((sum, plan) => sum + eventsRead(plan), 0)

test('a conversation whose status changes without end costs as many reads as it has events, not their square', async () => {
  const { pool } = database
  const start = Date.UTC(2026, 1, 3, 5) / 1000
  const { id } = await one<{ id: number }>(
    pool,
    `insert into conversations (account_id, inbox_id, created_at, updated_at, last_activity_at)
     values (2, 1, to_timestamp($1) at time zone 'UTC', now(), now()) returning id`,
    [start],
  )
  const counted = async (changes: number) => {
    await run(
      pool,
      `insert into reporting_events (name, account_id, conversation_id, created_at, updated_at)
       select case n % 2 when 0 then 'conversation_resolved' else 'conversation_opened' end, 2, $1,
         to_timestamp($2::float8 + n) at time zone 'UTC', now()
       from generate_series(1, $3::int) as n`,
      [id, start, changes],
    )
    const values = [2, [start], [start + 3600], [0], null]
    const [row] = await many<{ closings: number; reopenings: number }>(pool, sourceStatement('status'), values)
    const client = await pool.connect()
    try {
      await client.query('begin')
      await preferIndexes(client)
      const explain = `explain (analyze, format json) ${sourceStatement('status')}`
      const told = await one<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(client, explain, values)
      return { ...row, read: eventsRead(told['QUERY PLAN'][0].Plan) }
    } finally {
      await client.query('rollback')
      client.release()
    }
  }
  // Resolved, opened again, …; the first opening changes nothing.
  const few = await counted(200)
  expect(few).toMatchObject({ closings: 100, reopenings: 99 })
  await run(pool, 'delete from reporting_events where conversation_id = $1 and account_id = 2', [id])
  const countless = await counted(800)
  expect(countless).toMatchObject({ closings: 400, reopenings: 399 })
  expect(few.read).toBeGreaterThanOrEqual(200)
  expect(countless.read).toBeLessThan(8 * few.read)
})
