// What a plan says is what the backfill does: which days, and to the last figure what they hold afterwards. And it writes nothing.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { planText } from '../../src/cli/backfill-plan-text.ts'
import { many, run, transaction, type Pool } from '../../src/db.ts'
import { requestBackfill } from '../../src/rollups/backfill/backfill.ts'
import { comparedMetrics } from '../../src/rollups/backfill/diff-figures.ts'
import { figureOf, type Sums } from '../../src/rollups/metrics.ts'
import { planBackfill } from '../../src/rollups/backfill/plan-backfill.ts'
import { planJson } from '../../src/rollups/backfill/plan-json.ts'
import { diffDays, spread } from '../../src/rollups/backfill/plan-diff.ts'
import { planIsCurrent, readPlan, requireCurrentPlan, type Planned } from '../../src/rollups/backfill/plan-text.ts'
import { parts } from '../../src/rollups/parts.ts'
import { rollDirty, spreadMarks } from '../../src/rollups/rolling/roll-dirty.ts'
import { runBackfill } from '../../src/rollups/backfill/run-backfill.ts'
import { optionsOf } from '../../src/rollups/backfill/start-backfill.ts'
import { zoneNamed } from '../../src/time/zones.ts'
import type { TestDatabase } from '../support/database.ts'
import { CLOSED, createDeskDatabase, OPENED, openDesk, withoutMarks, writeHistory, type Desk } from '../support/desk.ts'
import { intercept } from '../support/intercept.ts'

let database: TestDatabase
let pool: Pool
/** By zone. */
const desks: Record<string, Desk> = {}
const zones = ['Asia/Kolkata', 'America/New_York', 'Europe/Berlin', 'Asia/Kathmandu']

beforeAll(async () => {
  database = await createDeskDatabase()
  pool = database.pool
  for (const zone of zones) {
    const desk = await openDesk(pool, zone)
    await withoutMarks(pool, desk.accountId, (tx) => writeHistory(tx, desk, 40))
    desks[zone] = desk
  }
})
afterAll(() => database.drop())

const asked = (accountId: number, more: Partial<Planned> = {}): Planned => ({
  accountId,
  since: OPENED,
  until: CLOSED,
  ...optionsOf({}),
  ...more,
})

async function backfill(accountId: number, since = OPENED, until = CLOSED): Promise<void> {
  const { id } = await requestBackfill(pool, { accountId, since, until, reason: 'test' })
  await runBackfill(pool, accountId, id)
}

async function sweep(accountId: number): Promise<void> {
  await spreadMarks(pool)
  await rollDirty(pool, accountId, undefined, CLOSED)
}

/** Everything that the schemas of ours and of the raw rows hold, the place of each row included: a row rewritten in place counts. */
async function everything(): Promise<string[]> {
  const tables = await many<{ name: string }>(
    pool,
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and n.nspname in ('tidemark', 'public', 'bullmq') order by 1`,
  )
  const sums: string[] = []
  for (const { name } of tables) {
    const [row] = await many<{ sum: string }>(
      pool,
      `select count(*) || ' ' || coalesce(sum(hashtextextended(ctid::text || xmin::text || t::text, 0)), 0) as sum from ${name} t`,
    )
    sums.push(`${name} ${row!.sum}`)
  }
  return sums
}

/** The account's figures over some stretch as its rows by the hour hold them, added up here. */
async function storedFigures(accountId: number, since = OPENED - 86400, until = CLOSED + 86400) {
  const [sums] = await many<Sums & Record<string, unknown>>(
    pool,
    `select ${parts.map((part) => `sum(${part})::float8 as ${part}`).join(', ')} from tidemark.rollup_hourly
     where account_id = $1 and dimension = 0 and bucket >= to_timestamp($2) and bucket < to_timestamp($3)`,
    [accountId, since, until],
  )
  return Object.fromEntries(comparedMetrics.map((name) => [name, figureOf(name, sums!).value]))
}

/** Rows by the hour and by the day. */
async function storedRowCount(accountId: number): Promise<number> {
  const tables = ['rollup_hourly', 'rollup_daily', 'histogram_daily', 'tagged_daily']
  const counts = tables.map((table) => `(select count(*) from tidemark.${table} where account_id = $1)`)
  return (await many<{ rows: number }>(pool, `select (${counts.join(' + ')})::int as rows`, [accountId]))[0]!.rows
}

const by = <T extends { metric: string }>(metrics: readonly T[], value: (one: T) => number | null) =>
  Object.fromEntries(metrics.map((one) => [one.metric, value(one)]))

function expectClose(told: Record<string, number | null>, stored: Record<string, number | null>): void {
  expect(Object.keys(told)).toEqual(Object.keys(stored))
  for (const [name, value] of Object.entries(stored)) {
    if (value === null || told[name] === null) expect(told[name], name).toBe(value)
    else expect(Math.abs(told[name]! - value), name).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(value)))
  }
}

test('a first backfill: all is missing, every figure is new, and running it yields exactly those', async () => {
  const { accountId } = desks['Asia/Kolkata']!
  const before = await everything()
  const plan = await planBackfill(pool, asked(accountId), CLOSED, { diff: 'all' })
  expect(await everything()).toEqual(before)
  // 00:00 UTC is 05:30 in Kolkata: the last day that is touched is the 10th.
  expect(plan.days).toMatchObject({ missing: 15, ok: 0, dirty: 0 })
  expect(plan.hours.missing).toBe(15 * 24)
  expect(plan.roll).toMatchObject({ days: 15, hours: 360, isMore: false })
  const [rows] = await many(
    pool,
    `select (select count(*) from conversations where account_id = $1) as conversations, (select count(*) from messages where account_id = $1) as messages,
       (select count(*) from reporting_events where account_id = $1) as "reportingEvents",
       (select count(*) from csat_survey_responses where account_id = $1) as "surveyResponses"`,
    [accountId],
  )
  expect(plan.rawRows).toEqual(rows)
  expect(plan.diff).toMatchObject({ compared: 15, sampled: 15, of: 15, failing: [] })
  const { metrics } = plan.diff!
  expect(metrics.every(({ days, before: old, after }) => days.new === 15 && old === null && after === null)).toBe(true)
  await backfill(accountId)
  const stored = await storedRowCount(accountId)
  expect(plan.writes.by).toBe('recomputed days')
  expect(Math.abs(plan.writes.rows! / stored - 1)).toBeLessThan(0.02)
  expect((await planBackfill(pool, asked(accountId), CLOSED)).writes).toEqual({ rows: stored, by: 'stored rows' })
  expectClose(
    by(metrics, ({ added }) => added),
    await storedFigures(accountId),
  )
  expect(by(metrics, ({ added }) => added)['conversations_count']).toBe(40)
})

test('what has changed is told by metric with before and after; a run leaves exactly that, and a second plan finds nothing', async () => {
  const desk = desks['America/New_York']!
  const { accountId } = desk
  await backfill(accountId)
  await sweep(accountId)
  const clean = await planBackfill(pool, asked(accountId), CLOSED, { diff: 4 })
  expect(clean.diff!.metrics.flatMap(({ days, rows }) => [days.changed, rows.changed])).not.toContain(1)
  expect(clean.diff!.tables.every(({ changed, added, removed }) => changed + added + removed === 0)).toBe(true)

  // Rows that are wrong without a mark, as an older definition leaves them, and a change that waits in the log.
  const spoil = (table: string) =>
    run(pool, `update tidemark.${table} set first_response_value_sum = first_response_value_sum * 2 where account_id = $1`, [
      accountId,
    ])
  await spoil('rollup_hourly')
  await spoil('rollup_daily')
  await run(pool, `delete from tidemark.histogram_daily where account_id = $1 and dimension = 1`, [accountId])
  await run(
    pool,
    `insert into conversations (account_id, inbox_id, created_at, updated_at, last_activity_at) values ($1, $2, '2026-03-03 12:10', now(), now())`,
    [accountId, desk.inboxes[0]],
  )
  const [stored, before] = [await storedFigures(accountId), await everything()]
  const plan = await planBackfill(pool, asked(accountId), CLOSED, { diff: 'all' })
  expect(await everything()).toEqual(before)
  const diff = plan.diff!
  expectClose(
    by(diff.metrics, (one) => one.before),
    stored,
  )
  const first = diff.metrics.find(({ metric }) => metric === 'avg_first_response_time')!
  expect(first.before).toBeCloseTo(2 * first.after!, 6)
  expect(first.days.changed).toBeGreaterThan(3)
  expect(first.largest[0]!.before).toBeCloseTo(2 * first.largest[0]!.after!, 6)
  const created = diff.metrics.find(({ metric }) => metric === 'conversations_count')!
  expect(created).toMatchObject({ before: 40, after: 41, days: { changed: 1, new: 0 } })
  // The account and the inbox, and those of no agent and no team.
  expect(created.largest.map(({ dimension, before: old, after }) => [dimension, after! - old!])).toEqual(
    expect.arrayContaining([
      ['account', 1],
      ['inbox', 1],
    ]),
  )
  expect(diff.tables.find(({ table }) => table === 'histogram_daily')!.added).toBeGreaterThan(0)
  expect(diff.metrics.find(({ metric }) => metric === 'reply_time')).toMatchObject({ days: { changed: 0 } })
  const text = planText(planJson(plan))
  expect(text).toContain('    conversations_count: changes on 1 day, 40 → 41')
  expect(text).toContain('(15 of 15 days)')
  expect(text).not.toContain('reply_time')

  await backfill(accountId)
  expectClose(
    by(diff.metrics, (one) => one.after),
    await storedFigures(accountId),
  )
  const again = await planBackfill(pool, asked(accountId), CLOSED, { diff: 'all' })
  expect(again.diff!.metrics.map(({ days }) => days.changed)).toEqual(comparedMetrics.map(() => 0))
  expect(again.diff!.tables.map(({ changed, added, removed }) => changed + added + removed)).toEqual(
    again.diff!.tables.map(() => 0),
  )
  expect(by(again.diff!.metrics, (one) => one.before)).toEqual(by(again.diff!.metrics, (one) => one.after))
})

test('the comparison is not blind: a recompute that is kept, and a row that is left out, are noticed', async () => {
  const { accountId } = desks['America/New_York']!
  await run(pool, `update tidemark.rollup_hourly set conversations = conversations + 1 where account_id = $1 and dimension = 2`, [
    accountId,
  ])
  const before = await everything()
  const keeping = intercept(pool, { before: (text) => (text.startsWith('rollback to savepoint') ? 'skip' : undefined) })
  await planBackfill(keeping, asked(accountId), CLOSED, { diff: 2 })
  expect(await everything()).not.toEqual(before)
  await backfill(accountId)
})

test('modes roll what they say, and the counts of states say the same', async () => {
  const { accountId } = desks['Europe/Berlin']!
  await backfill(accountId, OPENED + 4 * 86400, CLOSED - 4 * 86400)
  await sweep(accountId)
  await run(pool, `insert into tidemark.dirty_hours (account_id, hour) values ($1, '2026-03-03 10:15Z')`, [accountId])
  const all = await planBackfill(pool, asked(accountId), CLOSED)
  const missing = await planBackfill(pool, asked(accountId, { mode: 'missing' }), CLOSED)
  const incomplete = await planBackfill(pool, asked(accountId, { mode: 'incomplete' }), CLOSED)
  expect(all.days.missing).toBeGreaterThan(0)
  expect(all.days.dirty).toBe(1)
  expect([all.roll.days, missing.roll.days, incomplete.roll.days]).toEqual([15, all.days.missing, all.days.missing + 1])
  expect(missing.roll.spans).toHaveLength(2)
  // None of these days is rolled: days that were tell.
  expect(missing.writes).toMatchObject({ by: 'stored rows' })
  expect(missing.writes.rows).toBeGreaterThan(missing.roll.days * 24)
  expect(Object.values(all.days).reduce((a, b) => a + b)).toBe(15)
  // It has told how fast it is; what is limited takes as long as the limit lets it.
  expect(all.estimate).toMatchObject({ by: 'recent backfills' })
  const slow = await planBackfill(pool, asked(accountId, { maxHoursPerMinute: 60 }), CLOSED)
  expect(slow.estimate.seconds!.from).toBeCloseTo(all.roll.hours)
})

test('without a backfill to go by, some days are recomputed to measure; without any rows to roll, nothing takes no time', async () => {
  const { accountId } = desks['Asia/Kathmandu']!
  const plan = await planBackfill(pool, asked(accountId), CLOSED)
  expect(plan).toMatchObject({ diff: null, estimate: { by: 'recomputed days' } })
  const { from, until } = plan.estimate.seconds!
  expect([from > 0, until > from]).toEqual([true, true])
  const empty = await openDesk(pool, 'Pacific/Chatham')
  const nothing = await planBackfill(
    pool,
    asked(empty.accountId, { since: CLOSED, until: CLOSED + 86400, mode: 'missing' }),
    CLOSED,
  )
  expect(nothing).toMatchObject({
    roll: { days: 0, hours: 0 },
    rawRows: { messages: 0 },
    estimate: { seconds: { from: 0, until: 0 } },
  })
  await expect(planBackfill(pool, asked(999_999), CLOSED)).rejects.toMatchObject({ status: 404 })
  await expect(planBackfill(pool, asked(accountId, { until: OPENED }), CLOSED)).rejects.toMatchObject({ status: 422 })
  await expect(planBackfill(pool, asked(accountId, { since: -4e9 }), CLOSED)).rejects.toThrow('40 years')
})

test('backfills of a few hours tell no speed: some days are recomputed as if there had been none', async () => {
  const { accountId } = await openDesk(pool, 'UTC')
  const { id } = await requestBackfill(pool, { accountId, since: OPENED, until: OPENED + 86400, reason: 'a day' })
  await runBackfill(pool, accountId, id)
  await run(pool, 'update tidemark.backfills set hours_done = 23 where id = $1', [id])
  const { estimate } = await planBackfill(pool, asked(accountId), CLOSED)
  expect(estimate.by).toBe('recomputed days')
  expect(estimate.seconds!.until).toBeGreaterThan(0)
})

test('an hour that cannot be rolled is told of, and the others are compared', async () => {
  const { accountId } = desks['Asia/Kathmandu']!
  await run(
    pool,
    `insert into reporting_events (name, value, account_id, created_at, updated_at)
     select 'first_response', 1e308, $1, '2026-03-03 10:30', now() from generate_series(1, 4)`,
    [accountId],
  )
  const { diff } = await planBackfill(pool, asked(accountId), CLOSED, { diff: 'all' })
  expect(diff).toMatchObject({ compared: 14, sampled: 15, failing: [{ day: Date.UTC(2026, 2, 2, 18, 15) / 1000 }] })
  await run(pool, 'delete from reporting_events where value = 1e308')
})

test('where raw rows were purged nothing is rolled, unless it may erase', async () => {
  const { accountId } = desks['Asia/Kolkata']!
  await backfill(accountId)
  await run(pool, `update tidemark.accounts set raw_since = '2026-02-28 18:30Z' where account_id = $1`, [accountId])
  // A named start means that day: what would be left of the range is shown, and why it cannot be started.
  const named = await planBackfill(pool, asked(accountId), CLOSED)
  expect(named).toMatchObject({ purged: { days: 5, erased: false }, roll: { days: 10, hours: 240 }, digests: { total: 0 } })
  expect(named.purged!.refusal).toContain('kept from 2026-03-01 on')
  expect(planText(planJson(named))).toContain('it cannot be started like this. Raw rows of account')
  await expect(requestBackfill(pool, { ...asked(accountId), reason: 'test' })).rejects.toThrow(named.purged!.refusal!)
  // An open start means what there is: what was rolled there stays as it is.
  const plan = await planBackfill(pool, asked(accountId, { since: -Infinity }), CLOSED)
  expect(plan.purged).toMatchObject({
    days: 5,
    erased: false,
    refusal: null,
    span: { until: Date.UTC(2026, 1, 28, 18, 30) / 1000 },
  })
  expect(plan.roll.days).toBe(10)
  const erasing = await planBackfill(pool, asked(accountId, { allowErase: true }), CLOSED)
  expect(erasing).toMatchObject({ purged: { days: 5, erased: true, refusal: null }, roll: { days: 15 } })
  // What was purged was rolled, so none of it is missing.
  const missing = await planBackfill(pool, asked(accountId, { allowErase: true, mode: 'missing' }), CLOSED)
  expect(missing).toMatchObject({ purged: { days: 5, erased: false, refusal: null }, roll: { days: 0 } })
  await run(pool, 'update tidemark.accounts set raw_since = null where account_id = $1', [accountId])
})

test('a backfill under way is named; another account’s is not', async () => {
  const [one, other] = [desks['Europe/Berlin']!, desks['Asia/Kathmandu']!]
  const { id } = await requestBackfill(pool, { accountId: one.accountId, since: OPENED, until: CLOSED, reason: 'held' })
  expect((await planBackfill(pool, asked(one.accountId), CLOSED)).underWay).toMatchObject({ id, state: 'queued' })
  expect((await planBackfill(pool, asked(other.accountId), CLOSED)).underWay).toBeNull()
  await runBackfill(pool, one.accountId, id)
})

test('a plan can be handed back for what it was made for, for a day, while what is rolled stays as it was', async () => {
  const { accountId } = desks['Europe/Berlin']!
  await backfill(accountId, OPENED + 86400, OPENED + 2 * 86400)
  const zone = await zoneNamed(pool, 'Europe/Berlin')
  const request = asked(accountId, {
    since: -Infinity,
    mode: 'incomplete',
    oldestFirst: true,
    maxHoursPerMinute: 600,
    window: { from: '22:00', until: '06:30' },
    verify: true,
  })
  const { plan } = await planBackfill(pool, request, CLOSED)
  expect(plan.length).toBeLessThan(300)
  const read = readPlan(plan)
  // The end is the midnight after the last hour that was asked for.
  expect(read.planned).toEqual({ ...request, until: CLOSED + 23 * 3600 })
  const check = (text: string, given = request, now = CLOSED + 3600) =>
    transaction(pool, (tx) => requireCurrentPlan(tx, text, given, zone, now))
  await check(plan)
  // The same day, asked for otherwise; another day.
  await check(plan, { ...request, until: CLOSED - 7 })
  await expect(check(plan, { ...request, until: CLOSED - 7200 })).rejects.toMatchObject({ status: 422 })
  await expect(check(plan, { ...request, verify: false })).rejects.toMatchObject({ status: 422 })
  await expect(check(plan.replace(/^\d+/, '1'))).rejects.toMatchObject({ status: 422 })
  await expect(check('unsubscribe.1.2')).rejects.toMatchObject({ status: 422 })
  await expect(check(plan, request, CLOSED + 86401)).rejects.toMatchObject({ status: 409 })
  expect(await planIsCurrent(pool, read, CLOSED + 3600)).toBe(true)
  // Live rolls leave it current; a backfill does not.
  await run(pool, `insert into tidemark.dirty_hours (account_id, hour) values ($1, '2026-03-02 10:15Z')`, [accountId])
  await sweep(accountId)
  await check(plan)
  await backfill(accountId, OPENED - 5 * 86400, OPENED)
  await expect(check(plan)).rejects.toMatchObject({ status: 409 })
})

test('samples are spread evenly', () => {
  expect(spread([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 3)).toEqual([2, 6, 9])
  expect(spread([1, 2, 3], 5)).toEqual([1, 2, 3])
  expect(spread([1, 2, 3], 'all')).toEqual([1, 2, 3])
})

test('each day is recomputed in a transaction of its own, and none once the time is over', async () => {
  const { accountId } = desks['America/New_York']!
  const locks: string[] = []
  const counting = intercept(pool, {
    before: (text) => {
      if (text.includes('pg_advisory_xact_lock') || text === 'commit') locks.push(text === 'commit' ? 'let go' : 'lock')
    },
  })
  const { diff } = await planBackfill(counting, asked(accountId), CLOSED, { diff: 3 })
  expect(diff).toMatchObject({ compared: 3, sampled: 3, of: 15 })
  expect(locks).toEqual(['let go', 'lock', 'let go', 'lock', 'let go', 'lock', 'let go'])
  const days = [{ from: OPENED, until: OPENED + 86400 }]
  const hasty = await diffDays(pool, { accountId, days, rolled: [], sample: 'all', patience: 0 }, CLOSED)
  expect(hasty).toMatchObject({ compared: 0, sampled: 1, hours: 0 })
})
