// When hours, days and months of an account were last rolled, and by when they are next: what is told holds against what rolls,
// sweeps and daily checks then do.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { config } from '../../src/config.ts'
import { run } from '../../src/db.ts'
import { requestBackfill } from '../../src/rollups/backfill/backfill.ts'
import { runBackfill } from '../../src/rollups/backfill/run-backfill.ts'
import { grains, type Grain } from '../../src/rollups/freshness/grains.ts'
import { rollupStatus, type RollupStatus } from '../../src/rollups/freshness/status.ts'
import { dirtyAccounts, rollDirty } from '../../src/rollups/rolling/roll-dirty.ts'
import { dueReconciliations, reconcileAccount } from '../../src/rollups/verify/reconcile.ts'
import { LOOK_SECONDS } from '../../src/rollups/verify/turn-times.ts'
import type { TestDatabase } from '../support/database.ts'
import { CLOSED, createDeskDatabase, OPENED, openDesk, withoutMarks, writeHistory, type Desk } from '../support/desk.ts'
import { randomOf } from '../support/seed.ts'

const DAY = 86_400
const HOUR = 3600
/** New York's 9th of March, on which the clock of these tests stands at first: it is 20:00 there. */
const TODAY = Date.parse('2026-03-09T04:00:00Z') / 1000
const MIDNIGHT = TODAY + DAY
let db: TestDatabase
let desk: Desk

beforeAll(async () => {
  db = await createDeskDatabase()
  desk = await openDesk(db.pool, 'America/New_York')
  await withoutMarks(db.pool, desk.accountId, (tx) => writeHistory(tx, desk, 20))
})
afterAll(() => db.drop())

const status = async (now = CLOSED): Promise<RollupStatus> => (await rollupStatus(db.pool, now, desk.accountId))[0]!
const each = <T>(of: (grain: Grain) => T) => Object.fromEntries(grains.map((grain) => [grain, of(grain)])) as Record<Grain, T>
const rolled = async () => {
  const { grains: widths, rolledAt } = await status()
  expect(rolledAt).toBe(Math.max(...grains.map((grain) => widths[grain].rolledAt ?? -Infinity)))
  return each((grain) => widths[grain].rolledAt)
}
const next = async (now = CLOSED) => {
  const { grains: widths, nextRollBy } = await status(now)
  expect(widths.hour.nextRollBy).toBe(nextRollBy)
  return each((grain) => widths[grain].nextRollBy)
}
const mark = (at: number, labelsOnly = false) =>
  run(db.pool, 'insert into tidemark.dirty_hours (account_id, hour, labels_only) values ($1, to_timestamp($2), $3)', [
    desk.accountId,
    at,
    labelsOnly,
  ])
const roll = (now = CLOSED) => rollDirty(db.pool, desk.accountId, undefined, now)
/** Says that the recent days were recomputed then, so that the account has a turn by the clock of its own. */
const checkedAt = (at: number) =>
  run(
    db.pool,
    `insert into tidemark.reconciliations (account_id, due_at, recent_at) values ($1, to_timestamp($2::float8 + 72000), to_timestamp($2))
     on conflict (account_id) do update set due_at = excluded.due_at, recent_at = excluded.recent_at`,
    [desk.accountId, at],
  )

test('a backfill makes hours and days, and a month where it rolls all of it', async () => {
  const backfill = async (since: number, until: number) => {
    const { id } = await requestBackfill(db.pool, { accountId: desk.accountId, since, until, reason: 'test' })
    await runBackfill(db.pool, desk.accountId, id)
  }
  await backfill(OPENED + DAY, OPENED + 3 * DAY)
  const first = await rolled()
  expect([first.hour, first.day, first.month]).toEqual([expect.any(Number), expect.any(Number), null])
  // Only the latest stretch is rolled until it is complete: nothing is dirty, and it ends before any day that will end.
  expect(await next()).toEqual({ hour: null, day: null, month: null })
  await backfill(-Infinity, Infinity)
  const second = await rolled()
  expect(second.day).toBeGreaterThan(first.day!)
  expect(second.month).toBeGreaterThan(first.day!)
  // By the clock of these tests the 9th of March goes on.
  await run(db.pool, 'update tidemark.accounts set merged_through = to_timestamp($1)', [TODAY])
})

test('a change makes what has ended anew, and of that which goes on its hour alone', async () => {
  await roll()
  const changed = async (at: number, labelsOnly = false) => {
    const before = await rolled()
    await mark(at, labelsOnly)
    await roll()
    const after = await rolled()
    return grains.filter((grain) => after[grain]! > before[grain]!)
  }
  expect(await changed(CLOSED - 2 * HOUR)).toEqual(['hour'])
  expect(await changed(TODAY - HOUR)).toEqual(['hour', 'day'])
  expect(await changed(Date.parse('2026-02-27T12:00:00Z') / 1000)).toEqual(['hour', 'day', 'month'])
  expect(await changed(TODAY - HOUR, true)).toEqual(['hour', 'day'])
})

test('what is dirty is rolled with the next sweep, days and months of it that have ended, and waits as long in all widths', async () => {
  await checkedAt(CLOSED - 4 * HOUR)
  const sweep = CLOSED + config.sweepSeconds
  const idle = await next()
  // The daily check after the day, and that after the month: 20 hours after the last one, or as often as it takes.
  const check = CLOSED + 16 * HOUR + LOOK_SECONDS
  expect(idle.hour).toBeNull()
  expect(idle.day).toBe(check)
  const april = Date.parse('2026-04-01T04:00:00Z') / 1000
  expect(idle.month).toBe(april + 20 * HOUR + LOOK_SECONDS)
  const withMark = async (at: number) => {
    await mark(at)
    const told = await next()
    const { oldestDirty, grains: widths } = await status()
    expect(oldestDirty).toBeGreaterThan(0)
    for (const grain of grains) expect(widths[grain].oldestDirty).toBe(widths[grain].dirty > 0 ? widths.hour.oldestDirty : null)
    await roll()
    return told
  }
  expect(await withMark(CLOSED - 2 * HOUR)).toEqual({ ...idle, hour: sweep })
  expect(await withMark(TODAY - HOUR)).toEqual({ ...idle, hour: sweep, day: sweep })
  expect(await withMark(Date.parse('2026-02-27T12:00:00Z') / 1000)).toEqual({ hour: sweep, day: sweep, month: sweep })
  // A conversation that moves may have rows on any day: that is looked up when it is rolled.
  await run(db.pool, 'update conversations set team_id = $2 where account_id = $1 and id = $3', [
    desk.accountId,
    desk.teams[2],
    desk.conversations[0],
  ])
  expect(await next()).toEqual({ hour: sweep, day: sweep, month: sweep })
  await roll()
  expect(await next()).toEqual(idle)
  // What failed waits; something else of that day does not.
  await mark(TODAY - HOUR)
  await run(db.pool, `update tidemark.dirty_hours set failures = 1, retry_at = clock_timestamp() + interval '10 minutes'`)
  const { hour, day } = await next()
  expect([hour, day]).toEqual([expect.closeTo(sweep + 600, -1), hour])
  await mark(TODAY - 2 * HOUR)
  expect(await next()).toEqual({ ...idle, hour: sweep, day: sweep })
  await run(db.pool, 'delete from tidemark.dirty_hours')
})

test('after a day has ended the first roll makes it, whatever is rolled; no sweep sends for it', async () => {
  await checkedAt(MIDNIGHT - HOUR)
  const after = MIDNIGHT + HOUR
  expect(await dirtyAccounts(db.pool)).toEqual([])
  expect((await next(after)).day).toBe(MIDNIGHT + 19 * HOUR + LOOK_SECONDS)
  await mark(MIDNIGHT + HOUR / 2)
  expect(await next(after)).toMatchObject({ hour: after + config.sweepSeconds, day: after + config.sweepSeconds })
  const before = await rolled()
  await roll(after)
  const made = await rolled()
  expect(grains.filter((grain) => made[grain]! > before[grain]!)).toEqual(['hour', 'day'])
  expect((await next(after)).day).toBe(MIDNIGHT + 44 * HOUR + LOOK_SECONDS)
})

test('an account in which nothing happens has its days and months made by the daily check, no later than was told', async () => {
  const random = randomOf('daily checks')
  const april = Date.parse('2026-04-01T04:00:00Z') / 1000
  const made = { day: 0, month: 0, exactly: 0 }
  // Steps of an hour stand for those of a minute.
  const step = HOUR
  let now = april - 2 * DAY
  let before = await rolled()
  await checkedAt(now - random.between(1, 20) * HOUR)
  for (; now < april + 2 * DAY; now += step) {
    const told = await next(now)
    // Workers stand still at times: the check comes as soon as they go on.
    const standstill = random.chance(0.03) ? random.between(1, 8) * HOUR : 0
    now += standstill
    const due = await dueReconciliations(db.pool, now)
    for (const id of due) await reconcileAccount(db.pool, id, now, { cycleDays: 3650 })
    const after = due.length > 0 ? await rolled() : before
    for (const unit of ['day', 'month'] as const) {
      const by = told[unit]!
      const late = { unit, now, by, late: now - by - standstill }
      if (after[unit] === before[unit]) {
        expect(late.late, JSON.stringify(late)).toBeLessThanOrEqual(LOOK_SECONDS)
        continue
      }
      made[unit]++
      if (Math.abs(now - by) <= step + LOOK_SECONDS) made.exactly++
      expect(late.late, JSON.stringify(late)).toBeLessThanOrEqual(step + LOOK_SECONDS)
    }
    before = after
  }
  expect(made.month).toBe(1)
  expect(made.day).toBeGreaterThanOrEqual(3)
  expect(made.exactly).toBeGreaterThanOrEqual(1)
})
