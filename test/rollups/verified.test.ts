// What is said to be verified must have been found right the last time that anybody looked, whoever that was.
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { many, run } from '../../src/db.ts'
import { requestBackfill } from '../../src/rollups/backfill/backfill.ts'
import { runBackfill } from '../../src/rollups/backfill/run-backfill.ts'
import { ledgerOf } from '../../src/rollups/freshness/ledger.ts'
import * as reconciling from '../../src/rollups/verify/reconcile.ts'
import { verifiedDays, verifiedShareOf } from '../../src/rollups/verify/verified-days.ts'
import { verifyRollups } from '../../src/rollups/verify/verify.ts'
import { unitStart } from '../../src/time/calendar.ts'
import { zoneNamed } from '../../src/time/zones.ts'
import type { TestDatabase } from '../support/database.ts'
import { createDeskDatabase, openDesk, withoutMarks, writeHistory } from '../support/desk.ts'
import { drain } from '../support/recompute.ts'
import { backfillAll } from '../support/rolled-rows.ts'
import { randomOf } from '../support/seed.ts'

const DAY = 86_400
const NOW = Date.parse('2026-03-09T20:00:00Z') / 1000
const BEGAN = Date.parse('2026-01-28T00:00:00Z') / 1000
const ALL = { from: -Infinity, until: Infinity }
const ZONE = 'America/New_York'

let db: TestDatabase
let accountId: number
let day: number
let before: number
beforeAll(async () => {
  db = await createDeskDatabase()
  const zone = await zoneNamed(db.pool, ZONE)
  day = unitStart(zone, NOW, 'day', -12)
  before = unitStart(zone, NOW, 'month', -1)
})
afterAll(() => db.drop())
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 })
  const desk = await openDesk(db.pool, ZONE)
  accountId = desk.accountId
  await withoutMarks(db.pool, accountId, (tx) => writeHistory(tx, desk, 40, BEGAN, NOW - 3600))
  await backfillAll(db.pool, accountId)
  await drain(db.pool, NOW)
  expect((await verifyRollups(db.pool, accountId, ALL, { now: NOW })).differing).toBe(0)
  return () => vi.useRealTimers()
})

const falsify = (table: string, bucket: number, until: number) =>
  run(
    db.pool,
    `update tidemark.${table} set conversations = conversations + 1
     where account_id = $1 and dimension = 0 and bucket >= to_timestamp($2) and bucket < to_timestamp($3)`,
    [accountId, bucket, until],
  )

/** The days, by their starts, that the grid says are no more verified of those that were. */
async function lost(known: ReadonlyMap<number, number>): Promise<number[]> {
  const { days } = await ledgerOf(db.pool, { accountId, since: BEGAN - DAY, until: NOW }, NOW)
  const verified = await verifiedDays(db.pool, accountId)
  expect(days.filter(({ state }) => state === 'verified').map(({ from }) => from)).toEqual(
    days.map(({ from }) => from).filter((from) => verified.has(from)),
  )
  return [...known.keys()].filter((from) => !verified.has(from)).sort((a, b) => a - b)
}

test('a day that is found wrong and left so is verified no more, in the grid and in the share, until it is mended', async () => {
  const known = await verifiedDays(db.pool, accountId)
  await reconciling.dueReconciliations(db.pool, NOW)
  await reconciling.reconcileAccount(db.pool, accountId, NOW, { cycleDays: 30 })
  const [share] = await verifiedShareOf(db.pool, [accountId])
  expect(await falsify('rollup_daily', day, day + 1)).toBe(1)
  const found = await verifyRollups(db.pool, accountId, { from: day, until: day + DAY }, { now: NOW + 60 })
  expect(found).toMatchObject({ differing: 1, repaired: false })
  expect(await lost(known)).toEqual([day])
  expect((await verifiedShareOf(db.pool, [accountId]))[0]!.verifiedDays).toBe(share!.verifiedDays - 1)
  await verifyRollups(db.pool, accountId, { from: day, until: day + DAY }, { now: NOW + 120, repair: true })
  expect(await lost(known)).toEqual([])
})

test('a month that is wrong takes the verification of all its days', async () => {
  const known = await verifiedDays(db.pool, accountId)
  expect(await falsify('rollup_monthly', before, before + 1)).toBe(1)
  const found = await verifyRollups(db.pool, accountId, { from: day, until: day + DAY }, { now: NOW + 60 })
  expect(found.differences).toMatchObject([{ table: 'rollup_monthly', bucket: before }])
  const gone = await lost(known)
  expect(gone).toHaveLength(28)
  expect([gone[0], gone.at(-1)]).toEqual([before, before + 27 * DAY])
})

test('so does what a backfill finds that verifies at its end; the days beside it keep theirs', { timeout: 60_000 }, async () => {
  const asked = { accountId, since: day - DAY, until: day + 2 * DAY, reason: 'test', verify: true }
  const { id } = await requestBackfill(db.pool, asked)
  const stop = new AbortController()
  const onProgress = ({ rolled }: { rolled: boolean }) => (rolled ? stop.abort() : undefined)
  const rolled = await runBackfill(db.pool, accountId, id, { signal: stop.signal, onProgress })
  expect(rolled.toVerify).toEqual([{ from: day - DAY, until: day + 2 * DAY }])
  await verifyRollups(db.pool, accountId, ALL, { now: NOW })
  const known = await verifiedDays(db.pool, accountId)
  await falsify('rollup_hourly', day, day + DAY)
  const ended = await runBackfill(db.pool, accountId, id)
  expect(ended.state).toBe('completed_with_errors')
  expect(await lost(known)).toEqual([day])
})

test('a sample is a share of the days by lot, at least one, and another each time', async () => {
  const random = randomOf('sample')
  const looked = async (sample: number) => {
    await run(db.pool, 'delete from tidemark.verified_days where account_id = $1', [accountId])
    const found = await verifyRollups(db.pool, accountId, ALL, { now: NOW, sample, random: () => random.between(0, 1) })
    expect(found).toMatchObject({ differing: 0, days: found.daysTotal })
    const days = await many<{ day: string }>(
      db.pool,
      'select day::text from tidemark.verified_days where account_id = $1 order by 1',
      [accountId],
    )
    expect(days).toHaveLength(found.days)
    return days.map((row) => row.day)
  }
  const all = await looked(1)
  const [some, others] = [await looked(0.25), await looked(0.25)]
  expect([some.length, others.length, (await looked(0.0001)).length]).toEqual([
    Math.round(all.length / 4),
    Math.round(all.length / 4),
    1,
  ])
  expect(all).toEqual(expect.arrayContaining(some))
  expect(some).not.toEqual(others)
})
