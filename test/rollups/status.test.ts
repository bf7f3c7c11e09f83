// How fresh rollups are: the status of many accounts at once must be what each account's own reports would say of it, and
// what a slow count of the log gives.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { many, one, run } from '../../src/db.ts'
import { currentState } from '../../src/reports/rolled-state.ts'
import { requestBackfill } from '../../src/rollups/backfill/backfill.ts'
import { bucketsTouched } from '../../src/rollups/rolling/dirty.ts'
import { dirtyHours } from '../../src/rollups/freshness/dirty-list.ts'
import { rollDirty, spreadMarks } from '../../src/rollups/rolling/roll-dirty.ts'
import { runBackfill } from '../../src/rollups/backfill/run-backfill.ts'
import { rollupStatus, type RollupStatus } from '../../src/rollups/freshness/status.ts'
import { unitsHolding } from '../../src/time/calendar.ts'
import { FARTHEST } from '../../src/time/zone.ts'
import { zoneNamed } from '../../src/time/zones.ts'
import type { TestDatabase } from '../support/database.ts'
import {
  CLOSED,
  createDeskDatabase,
  instantIn,
  OPENED,
  openDesk,
  withoutMarks,
  writeHistory,
  type Desk,
} from '../support/desk.ts'
import { randomOf } from '../support/seed.ts'

const zones = ['Asia/Kolkata', 'Australia/Lord_Howe', 'America/New_York', 'Asia/Kathmandu', 'America/Asuncion']
let database: TestDatabase
const desks: Desk[] = []

beforeAll(async () => {
  database = await createDeskDatabase()
  for (const zone of zones) {
    const desk = await openDesk(database.pool, zone)
    await withoutMarks(database.pool, desk.accountId, (tx) => writeHistory(tx, desk, 40))
    desks.push(desk)
  }
})
afterAll(() => database.drop())

async function backfill({ accountId }: Desk, since: number, until: number): Promise<void> {
  const { id } = await requestBackfill(database.pool, { accountId, since, until, reason: 'test' })
  await runBackfill(database.pool, accountId, id)
}

async function sweep(): Promise<void> {
  await spreadMarks(database.pool)
  for (const { accountId } of desks) await rollDirty(database.pool, accountId, undefined, CLOSED)
}

/** Buckets with marks, counted the slow way: by the clock on the wall, with its offset, where a zone shows an hour twice. */
const counted = ({ accountId }: Desk, zone: string) =>
  one<{ hours: number; days: number; months: number }>(
    database.pool,
    `select count(distinct (date_trunc('hour', hour at time zone $2), hour at time zone 'UTC' - hour at time zone $2))::int as hours,
       count(distinct (hour at time zone $2)::date)::int as days,
       count(distinct date_trunc('month', hour at time zone $2))::int as months
     from tidemark.dirty_hours where account_id = $1`,
    [accountId, zone],
  )

async function compareAll(statuses: RollupStatus[]): Promise<void> {
  for (const [i, desk] of desks.entries()) {
    const status = statuses.find((one) => one.accountId === desk.accountId)!
    const state = await currentState(database.pool, desk.accountId)
    expect(status.grains.hour.completeThrough, zones[i]).toBe(state.completeThrough(CLOSED) ?? null)
    expect({
      hours: status.grains.hour.dirty,
      days: status.grains.day.dirty,
      months: status.grains.month.dirty,
    }).toEqual(await counted(desk, zones[i]!))
  }
}

test('nothing is rolled: no zone, nothing complete, nothing waits', async () => {
  const [status] = await rollupStatus(database.pool, CLOSED, desks[0]!.accountId)
  const nothing = { covered: [], completeThrough: null, lag: null, dirty: 0, failed: 0, firstFailed: null }
  const none = { ...nothing, oldestDirty: null, rolledAt: null, nextRollBy: null }
  expect(status).toMatchObject({ zone: null, wideMarks: 0, oldestDirty: null, rolledAt: null, nextRollBy: null })
  expect(status?.grains).toEqual({ hour: none, day: none, month: none })
})

test('many accounts at once are told what each one’s reports say, through changes of every kind', async () => {
  const random = randomOf('status')
  for (const desk of desks.slice(1)) await backfill(desk, OPENED, CLOSED)
  // As a backfill of everything leaves it, without the months until today.
  await run(database.pool, `update tidemark.accounts set covered = '{[-infinity, infinity)}'`)
  // One with a gap: what counts is the latest stretch.
  await run(database.pool, `update tidemark.accounts set covered = '{}' where account_id = $1`, [desks[0]!.accountId])
  await backfill(desks[0]!, OPENED, OPENED + 3 * 86400)
  await backfill(desks[0]!, OPENED + 6 * 86400, CLOSED - 2 * 86400)
  for (let round = 0; round < 4; round++) {
    for (const desk of desks) {
      if (random.chance(0.3)) continue
      const [conversation, at] = [random.pick(desk.conversations), new Date(instantIn(random) * 1000).toISOString()]
      const values = [desk.accountId, conversation]
      const changes = [
        () =>
          run(database.pool, 'update conversations set team_id = $3 where account_id = $1 and id = $2', [
            ...values,
            desk.teams[0],
          ]),
        () =>
          run(
            database.pool,
            `insert into reporting_events (name, value, account_id, conversation_id, created_at, updated_at)
             values ('conversation_resolved', 60, $1, $2, $3, now())`,
            [...values, at],
          ),
        () =>
          run(
            database.pool,
            `insert into messages (account_id, conversation_id, inbox_id, message_type, created_at, updated_at)
             values ($1, $2, $4, 0, $3, now())`,
            [...values, at, desk.inboxes[0]],
          ),
        () => run(database.pool, 'update tags set name = upper(name) where id = $1', [desk.labels[1]!.tagId]),
      ]
      await random.pick(changes)()
      if (random.chance(0.3)) await rollDirty(database.pool, desk.accountId, undefined, CLOSED)
    }
    await compareAll(await rollupStatus(database.pool, CLOSED))
  }
  await sweep()
  for (const { grains, ...status } of await rollupStatus(database.pool, CLOSED)) {
    expect({ ...status, dirty: grains.hour.dirty }).toMatchObject({ dirty: 0, dirtyQuarters: 0, wideMarks: 0, nextRollBy: null })
    expect(status.rolledAt).not.toBeNull()
  }
})

test('days and months are complete up to the start of the one that goes on, and lag is counted from there', async () => {
  const desk = desks[2]!
  const [fresh] = await rollupStatus(database.pool, CLOSED, desk.accountId)
  const { hour, day, month } = fresh!.grains
  expect(hour).toMatchObject({ completeThrough: CLOSED, lag: 0, covered: [{ from: -Infinity, until: Infinity }] })
  // 00:00 UTC is the evening before in New York: the 9th of March goes on.
  expect(new Date(day.completeThrough! * 1000).toISOString()).toBe('2026-03-09T04:00:00.000Z')
  expect(new Date(month.completeThrough! * 1000).toISOString()).toBe('2026-03-01T05:00:00.000Z')
  expect([day.lag, month.lag]).toEqual([0, 0])
  // A change in February leaves neither the days after it nor any month complete.
  await run(database.pool, `insert into tidemark.dirty_hours (account_id, hour) values ($1, '2026-02-27 15:15Z')`, [
    desk.accountId,
  ])
  const [behind] = await rollupStatus(database.pool, CLOSED, desk.accountId)
  expect(behind!.grains.hour).toMatchObject({ completeThrough: Date.UTC(2026, 1, 27, 15) / 1000, dirty: 1 })
  // Ten days: one of them, of the change of clocks, has 23 hours.
  expect(behind!.grains.day).toMatchObject({ completeThrough: Date.UTC(2026, 1, 27, 5) / 1000, lag: 10 * 86400 - 3600, dirty: 1 })
  expect(behind!.grains.month).toMatchObject({ completeThrough: Date.UTC(2026, 1, 1, 5) / 1000, dirty: 1 })
  expect(behind!.nextRollBy).toBeGreaterThan(CLOSED)
  await sweep()
})

test('an hour that cannot be rolled is told with its next try; others are not held up by it', async () => {
  const desk = desks[3]!
  await run(
    database.pool,
    `insert into reporting_events (name, value, account_id, created_at, updated_at)
     select 'first_response', 1e308, $1, '2026-03-03 10:30', now() from generate_series(1, 4)`,
    [desk.accountId],
  )
  await sweep()
  const statuses = await rollupStatus(database.pool, CLOSED)
  const failing = statuses.find((one) => one.accountId === desk.accountId)!
  // Kathmandu is 5:45 ahead: its hours start at a quarter past.
  const from = Date.UTC(2026, 2, 3, 10, 15) / 1000
  expect(failing.grains.hour).toMatchObject({ failed: 1, firstFailed: { from, until: from + 3600, failures: 1 } })
  expect(failing.grains.day).toMatchObject({ failed: 1, firstFailed: { from: Date.UTC(2026, 2, 2, 18, 15) / 1000 } })
  const { now } = await one<{ now: number }>(database.pool, 'select extract(epoch from now())::float8 as now')
  expect(failing.grains.hour.firstFailed!.nextTry).toBeGreaterThan(now)
  expect(statuses.filter(({ grains }) => grains.hour.failed > 0)).toHaveLength(1)
  const { hours } = await dirtyHours(database.pool, [desk.accountId], 10)
  expect(hours).toMatchObject([{ from, failures: 1, labelsOnly: false }])
  expect(hours[0]!.nextTry).toBe(failing.grains.hour.firstFailed!.nextTry)
  await run(database.pool, 'delete from reporting_events where value = 1e308')
  await run(database.pool, 'update tidemark.dirty_hours set retry_at = null')
  await sweep()
})

test('the list of dirty hours is bounded, newest first, and names only the accounts asked for', async () => {
  const [one1, other] = [desks[0]!, desks[1]!]
  await run(
    database.pool,
    `insert into tidemark.dirty_hours (account_id, hour)
     select account, generate_series('2026-03-01 00:00Z'::timestamptz, '2026-03-02 23:45Z', '15 minutes') from unnest($1::int[]) as account`,
    [[one1.accountId, other.accountId]],
  )
  const list = await dirtyHours(database.pool, [one1.accountId], 7)
  expect(list.isMore).toBe(true)
  const last = Date.UTC(2026, 2, 2, 23, 30) / 1000
  expect(list.hours.map(({ accountId, from, until }) => ({ accountId, from, until }))).toEqual(
    [0, 1, 2, 3, 4, 5, 6].map((back) => ({
      accountId: one1.accountId,
      from: last - back * 3600,
      until: last - back * 3600 + 3600,
    })),
  )
  const all = await dirtyHours(database.pool, [one1.accountId], 1000)
  expect([all.isMore, all.hours.length]).toEqual([false, (await counted(one1, zones[0]!)).hours])
  await sweep()
})

// Clocks that change over midnight (St. John's went back at 00:01), by half an hour, at no quarter (Monrovia, 44:30 until 1972),
// and a day that never was (Apia).
const odd = ['America/St_Johns', 'Australia/Lord_Howe', 'Africa/Monrovia', 'Pacific/Apia', 'America/Asuncion', 'Asia/Gaza', 'UTC']

test('all buckets are counted, of one account or of many, however many wait, as the calendar tells them apart', async () => {
  const random = randomOf('counts')
  const accounts: { id: number; zone: string }[] = []
  for (const zone of odd) {
    const { accountId } = await openDesk(database.pool, zone)
    accounts.push({ id: accountId, zone })
    await rollDirty(database.pool, accountId, undefined, CLOSED)
    const { starts } = await zoneNamed(database.pool, zone)
    // Around every change of the clock, some weeks without a gap, and anywhere.
    const around = starts.filter(Number.isFinite).flatMap((at) => Array.from({ length: 10 }, (_, i) => at + (i - 5) * 900))
    const anywhere = Array.from({ length: 200 }, () => random.between(-FARTHEST, FARTHEST))
    await run(
      database.pool,
      `insert into tidemark.dirty_hours (account_id, hour, failures, retry_at)
       select $1::bigint, tidemark.quarter(to_timestamp(at) at time zone 'UTC'), case when n % 7 = 0 then 2 else 0 end,
         case when n % 7 = 0 then '2100-01-01'::timestamptz end
       from (select at, row_number() over () as n from unnest($2::float8[]) as at) as marks
       union all
       select $1::bigint, hour, 0, null from generate_series('2011-12-20 00:00Z'::timestamptz, '2012-01-10 00:00Z', '15 minutes') as hour`,
      [accountId, [...around, ...anywhere]],
    )
  }
  const ids = accounts.map(({ id }) => id)
  const together = await rollupStatus(database.pool, CLOSED, ids)
  for (const { id, zone: name } of accounts) {
    const zone = await zoneNamed(database.pool, name)
    const marks = await many<{ quarter: number; failed: boolean }>(
      database.pool,
      `select extract(epoch from hour)::float8 as quarter, bool_or(failures > 0) as failed
       from tidemark.dirty_hours where account_id = $1 group by 1`,
      [id],
    )
    expect(marks.length).toBeGreaterThan(2000)
    const buckets = (quarters: number[]) => {
      const hours = bucketsTouched(zone, quarters).map(({ from }) => from)
      return [hours.length, unitsHolding(zone, hours, 'day').length, unitsHolding(zone, hours, 'month').length]
    }
    const expected = {
      name,
      dirty: buckets(marks.map(({ quarter }) => quarter)),
      failed: buckets(marks.flatMap(({ quarter, failed }) => (failed ? [quarter] : []))),
    }
    expect(expected.dirty[0]).toBeGreaterThan(700)
    for (const status of [
      together.find(({ accountId }) => accountId === id)!,
      ...(await rollupStatus(database.pool, CLOSED, id)),
    ]) {
      const { hour, day, month } = status.grains
      const told = { dirty: [hour.dirty, day.dirty, month.dirty], failed: [hour.failed, day.failed, month.failed] }
      expect({ name, ...told }).toEqual(expected)
    }
  }
  await run(database.pool, 'delete from tidemark.dirty_hours where account_id = any ($1)', [ids])
  await run(database.pool, 'delete from tidemark.accounts where account_id = any ($1)', [ids])
})

test('the status of a thousand accounts takes a few statements', async () => {
  await run(
    database.pool,
    `insert into tidemark.accounts (account_id, rolled_zone, rolled_rules, covered, merged_through)
     select 100000 + n, rolled_zone, rolled_rules, covered, merged_through from tidemark.accounts, generate_series(1, 1000) as n
     where account_id = $1`,
    [desks[2]!.accountId],
  )
  await run(
    database.pool,
    `insert into tidemark.dirty_hours (account_id, hour)
     select 100000 + n, '2026-03-08 00:00Z'::timestamptz + q * interval '15 minutes' from generate_series(1, 1000) as n, generate_series(1, 20) as q`,
  )
  const timed = async () => {
    const started = performance.now()
    const statuses = await rollupStatus(database.pool, CLOSED)
    return { statuses, ms: performance.now() - started }
  }
  await timed()
  const { statuses, ms } = await timed()
  expect(statuses.filter(({ grains }) => grains.hour.dirty === 5 || grains.hour.dirty === 6)).toHaveLength(1000)
  await run(
    database.pool,
    `insert into tidemark.dirty_scopes (account_id, scope, id) select 100000 + n, 'conversation', n from generate_series(1, 1000) as n`,
  )
  const { ms: wide } = await timed()
  console.info(`status of ${statuses.length} accounts: ${Math.round(ms)} ms, ${Math.round(wide)} ms with a wide mark each`)
  expect(Math.max(ms, wide)).toBeLessThan(5000)
})
