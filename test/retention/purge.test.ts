// What a purge promises, one promise a test: it deletes nothing that is not rolled, changes no answer and nobody else's rows, takes
// back its own marks and nobody else's, and what it took is not rolled again from what is left.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { many, one, run, transaction, type Pool } from '../../src/db.ts'
import { dropEmptyMonths } from '../../src/retention/empty-months.ts'
import { planPurge } from '../../src/retention/plan.ts'
import { purge } from '../../src/retention/purge.ts'
import { activeBackfills, followZone } from '../../src/rollups/backfill/backfill.ts'
import { lateHours } from '../../src/rollups/rolling/late-hours.ts'
import { runBackfill } from '../../src/rollups/backfill/run-backfill.ts'
import { verifyRollups } from '../../src/rollups/verify/verify.ts'
import type { TestDatabase } from '../support/database.ts'
import { rollAll } from '../support/rolled-rows.ts'
import {
  addMessage,
  answers,
  asked,
  boundary,
  changedAnswers,
  DAY,
  keep,
  midnight,
  NOW,
  rawHash,
  REFUSED,
  rolledDesk,
  rollupHash,
} from './desk.ts'

let database: TestDatabase
let pool: Pool

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 })
  database = await rolledDesk()
  pool = database.pool
})
afterEach(async () => {
  vi.useRealTimers()
  await database?.drop()
})

const marks = () =>
  many(pool, 'select account_id, hour from tidemark.dirty_hours union all select account_id, at from tidemark.dirty_scopes')

test('raw rows go by whole local days, and each answer is that of before or refused', { timeout: 180_000 }, async () => {
  const before = await answers(pool, 1)
  await keep(pool, 1, { raw: 30 })
  const gone = await purge(pool, 1, { reason: 'test' })
  expect(await boundary(pool, 'raw_since')).toBe(midnight(30))
  expect(gone).toMatchObject({ messages: expect.any(Number), conversations: expect.any(Number) })
  expect(gone.messages).toBeGreaterThan(500)
  expect(gone.conversations).toBeGreaterThan(20)
  const left = await one<{ n: number }>(
    pool,
    `select count(*)::int as n from messages where account_id = 1 and created_at < to_timestamp($1) at time zone 'UTC'`,
    [midnight(30)],
  )
  expect(left.n).toBe(0)
  const after = await answers(pool, 1)
  expect(changedAnswers(before, after, true)).toEqual([])
  const refused = [...after].filter(([, text]) => text === REFUSED).map(([name]) => name)
  // New York's and UTC's days begin on half hours of Kolkata's clock.
  expect(refused).toContain('America/New_York day account')
  expect(refused.filter((name) => name.startsWith('Asia/Kolkata'))).toEqual([])
  expect(await marks()).toEqual([])
  expect((await verifyRollups(pool, 1, { from: -Infinity, until: Infinity })).differing).toBe(0)
})

test('one account’s purge touches no row of another', async () => {
  const before = [await rawHash(pool, 2), await rollupHash(pool, 2)]
  await keep(pool, 1, { raw: 10, hourly: 20, daily: 40 })
  await purge(pool, 1, { reason: 'test' })
  expect([await rawHash(pool, 2), await rollupHash(pool, 2)]).toEqual(before)
  expect(await boundary(pool, 'raw_since', 2)).toBeNull()
})

test('a row that comes late for a purged hour changes nothing, and is seen', async () => {
  await keep(pool, 1, { raw: 30 })
  await purge(pool, 1, { reason: 'test' })
  const [before, told] = [await rollupHash(pool, 1), await answers(pool, 1)]
  const late = midnight(40) + 3 * 3600 + 60
  await addMessage(pool, late)
  expect(changedAnswers(told, await answers(pool, 1))).toEqual([])
  await rollAll(pool)
  expect(changedAnswers(told, await answers(pool, 1))).toEqual([])
  expect(await rollupHash(pool, 1)).toBe(before)
  expect(await lateHours(pool, 1)).toMatchObject([{ hour: midnight(40) + 3 * 3600, times: 1 }])
  // The next purge takes it away.
  vi.setSystemTime((NOW + DAY) * 1000)
  await addMessage(pool, NOW + DAY)
  await rollAll(pool)
  expect((await purge(pool, 1, { reason: 'test' })).messages).toBeGreaterThan(0)
  const left = await one<{ n: number }>(
    pool,
    `select count(*)::int as n from messages where account_id = 1 and created_at < to_timestamp($1) at time zone 'UTC'`,
    [midnight(29)],
  )
  expect(left.n).toBe(0)
})

test('marks of others that commit around a purge stay', async () => {
  await keep(pool, 1, { raw: 30 })
  await transaction(pool, async (early) => {
    await addMessage(early, midnight(40) + 60)
    await transaction(pool, async (recent) => {
      await addMessage(recent, midnight(3) + 60)
      await purge(pool, 1, { reason: 'test' })
    })
    expect(await marks()).toHaveLength(1)
  })
  expect(await marks()).toHaveLength(2)
  const told = await answers(pool, 1, { names: ['incoming_messages_count'] })
  await rollAll(pool)
  expect(changedAnswers(told, await answers(pool, 1, { names: ['incoming_messages_count'] }))).toEqual([])
  expect((await verifyRollups(pool, 1, { from: -Infinity, until: Infinity })).differing).toBe(0)
  expect(await lateHours(pool, 1)).toHaveLength(1)
})

test('a plan says what a purge then does, and changes nothing', async () => {
  await keep(pool, 1, { raw: 20, hourly: 30, daily: 40 })
  const before = [await rawHash(pool, 1), await rollupHash(pool, 1)]
  const plan = await planPurge(pool, 1, NOW)
  expect([await rawHash(pool, 1), await rollupHash(pool, 1)]).toEqual(before)
  const gone = await purge(pool, 1, { reason: 'test' })
  const rows = Object.assign({}, ...plan.map((one) => one.rows)) as Record<string, number>
  expect(gone).toMatchObject({
    messages: rows.messages,
    reporting_events: rows.reporting_events,
    rollup_hourly: rows.rollup_hourly,
  })
  expect(plan.map(({ thing, until }) => [thing, until]).slice(0, 3)).toEqual([
    ['raw', await boundary(pool, 'raw_since')],
    ['hourly', await boundary(pool, 'hourly_since')],
    ['daily', await boundary(pool, 'daily_since')],
  ])
  expect((await planPurge(pool, 1, NOW)).every(({ rows }) => Object.values(rows).every((n) => n === 0))).toBe(true)
})

test('each step is an act in the audit log, which nothing else can take rows from', async () => {
  await keep(pool, 1, { raw: 30, logs: 30 })
  await run(
    pool,
    `insert into tidemark.audit_log (account_id, at, actor_kind, action) values (1, '2025-01-01', 'system', 'settings.update'), (2, '2025-01-01', 'system', 'settings.update')`,
  )
  const gone = await purge(pool, 1, { reason: 'a year is enough', actor: { kind: 'user', id: 7 } })
  expect(gone.audit_log).toBe(1)
  const acts = await many<{ after: { rows: Record<string, number> } }>(
    pool,
    `select after from tidemark.audit_log where account_id = 1 and action = 'retention.purge' and reason = 'a year is enough' and actor_id = 7`,
  )
  const messages = acts.reduce((sum, { after }) => sum + (after.rows.messages ?? 0), 0)
  expect(messages).toBe(gone.messages)
  expect(await many(pool, `select 1 from tidemark.audit_log where account_id = 2 and action = 'settings.update'`)).toHaveLength(1)
  await expect(run(pool, 'delete from tidemark.audit_log')).rejects.toMatchObject({ code: '42501' })
})

test('an account that moves to another zone keeps what was rolled of its purged days', async () => {
  await keep(pool, 1, { raw: 30 })
  await purge(pool, 1, { reason: 'test' })
  const [before, told] = [await rollupHash(pool, 1), await answers(pool, 1)]
  await run(pool, `update accounts set settings = '{"reporting_timezone": "Europe/Berlin"}' where id = 1`)
  expect(await followZone(pool, 1)).toBe(false)
  expect(await rollupHash(pool, 1)).toBe(before)
  expect(changedAnswers(told, await answers(pool, 1))).toEqual([])
})

test('other rules of the zone later on leave purged days as they are', async () => {
  await keep(pool, 1, { raw: 30 })
  await purge(pool, 1, { reason: 'test' })
  const [before, told] = [await rollupHash(pool, 1, midnight(30)), await answers(pool, 1)]
  await run(pool, `update tidemark.accounts set rolled_rules = 'of an older tz database' where account_id = 1`)
  expect(changedAnswers(told, await answers(pool, 1))).toEqual([])
  expect(await followZone(pool, 1)).toBe(true)
  expect(await rollupHash(pool, 1, midnight(30))).toBe(before)
  for (const { id } of await activeBackfills(pool, 1)) await runBackfill(pool, 1, id)
  expect(await activeBackfills(pool, 1)).toEqual([])
  expect(changedAnswers(told, await answers(pool, 1))).toEqual([])
})

test('lists and drill-down of purged days are refused with when they begin', async () => {
  await keep(pool, 1, { raw: 30 })
  await purge(pool, 1, { reason: 'test' })
  expect(await asked(pool, 1, async (read) => read.requireRaw(midnight(31)))).toBe(REFUSED)
  expect(await asked(pool, 1, async (read) => read.requireRaw(midnight(30)))).not.toBe(REFUSED)
})

test('months that purges have emptied are dropped, once no account keeps a row in them', async () => {
  const months = async () =>
    (
      await many<{ name: string }>(
        pool,
        `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'messages'::regclass`,
      )
    ).map(({ name }) => name)
  expect(await months()).toContain('messages_2026_03')
  await keep(pool, 1, { raw: 10 })
  await purge(pool, 1, { reason: 'test' })
  await dropEmptyMonths(pool)
  expect(await months()).toContain('messages_2026_03')
  await keep(pool, 2, { raw: 10 })
  await purge(pool, 2, { reason: 'test' })
  expect(await dropEmptyMonths(pool)).toBeGreaterThan(0)
  expect(await months()).not.toContain('messages_2026_03')
  expect(await months()).toEqual(expect.arrayContaining(['messages_2026_05', 'messages_default']))
  expect(await marks()).toEqual([])
})
