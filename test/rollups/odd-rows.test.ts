// Rows that no healthy desk has: times beyond every calendar, values beyond every number. One of them must not stop the
// rolling of the others, a backfill, or a report.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { many, one, run } from '../../src/db.ts'
import { tinyDesk } from '../../src/demo/desk.ts'
import { generateDesk } from '../../src/demo/generate.ts'
import { migrate } from '../../src/migrate.ts'
import { reading } from '../../src/reports/reading.ts'
import { requestBackfill } from '../../src/rollups/backfill/backfill.ts'
import { dirtyAccounts, rollDirty } from '../../src/rollups/rolling/roll-dirty.ts'
import { runBackfill } from '../../src/rollups/backfill/run-backfill.ts'
import { rollupStatus } from '../../src/rollups/freshness/status.ts'
import { verifyRollups } from '../../src/rollups/verify/verify.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'

const NOW = Date.UTC(2026, 4, 11) / 1000
let database: TestDatabase

beforeAll(async () => {
  database = await createDatabase()
  await migrate(database.url)
  await generateDesk(database.pool, { seed: 5, accounts: tinyDesk(), now: NOW })
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
