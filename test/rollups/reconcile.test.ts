// Wrong rows of every kind are planted among rolled ones, in recent and old days: one cycle of reconciliation finds each, says
// what it was, and makes it what a recompute gives. Where nothing is wrong nothing is found, whatever goes on meanwhile.
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { one, run } from '../../src/db.ts'
import { mismatchesOf } from '../../src/rollups/verify/mismatches.ts'
import * as reconciling from '../../src/rollups/verify/reconcile.ts'
import { verifiedShareOf } from '../../src/rollups/verify/verified-days.ts'
import { verifyRollups } from '../../src/rollups/verify/verify.ts'
import { bucketBounds, unitStart } from '../../src/time/calendar.ts'
import { zoneNamed } from '../../src/time/zones.ts'
import { changedSources } from '../support/changed-sources.ts'
import { corruptions, type Planted } from '../support/corruptions.ts'
import type { TestDatabase } from '../support/database.ts'
import { createDeskDatabase, openDesk, withoutMarks, writeHistory, type Desk } from '../support/desk.ts'
import { differences, drain } from '../support/recompute.ts'
import { backfillAll, rolledRows } from '../support/rolled-rows.ts'
import { randomOf } from '../support/seed.ts'

const DAY = 86_400
const NOW = Date.parse('2026-03-09T20:00:00Z') / 1000
const BEGAN = Date.parse('2026-01-28T00:00:00Z') / 1000
/** A cycle of a quarter of an hour: a turn each minute, some days in each. */
const CYCLE = { cycleDays: 0.01 }

let db: TestDatabase
beforeAll(async () => {
  db = await createDeskDatabase()
})
afterAll(() => db.drop())
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 })
  return () => vi.useRealTimers()
})

/** A desk whose history is rolled, and its days of the past, those with the most first. */
async function rolledDesk(zone: string, conversations: number): Promise<{ desk: Desk; days: { from: number; until: number }[] }> {
  const desk = await openDesk(db.pool, zone)
  await withoutMarks(db.pool, desk.accountId, (tx) => writeHistory(tx, desk, conversations, BEGAN, NOW - 3600))
  await backfillAll(db.pool, desk.accountId)
  await drain(db.pool, NOW)
  const bounds = bucketBounds(await zoneNamed(db.pool, zone), BEGAN + DAY, NOW - DAY, 'day')
  return { desk, days: bounds.slice(0, -1).map((from, i) => ({ from, until: bounds[i + 1]! })) }
}

function shuffled<T>(items: T[]): T[] {
  const random = randomOf('days')
  return items
    .map((item) => ({ item, lot: random.between(0, 1) }))
    .sort((a, b) => a.lot - b.lot)
    .map(({ item }) => item)
}

/** Plants corruptions, each in a day of its own, every third in the recent days. */
async function plant({ accountId }: Desk, days: { from: number; until: number }[], kinds: string[]): Promise<Planted[]> {
  const { zone } = await one<{ zone: string }>(
    db.pool,
    'select rolled_zone as zone from tidemark.accounts where account_id = $1',
    [accountId],
  )
  const clock = await zoneNamed(db.pool, zone)
  const month = unitStart(clock, NOW, 'month')
  const times = { today: unitStart(clock, NOW, 'day'), month, monthBefore: unitStart(clock, NOW, 'month', -1) }
  const order = [days.at(-1)!, ...shuffled(days.slice(0, -1))]
  const planted: Planted[] = []
  for (const kind of kinds) {
    // Not every day has rows of every kind.
    let rows: Omit<Planted, 'kind'>[] = []
    for (let i = 0; rows.length === 0 && i < order.length; i++) {
      rows = await corruptions[kind]!(db.pool, { accountId, day: order[i]!, ...times })
      if (rows.length > 0) order.splice(i, 1)
    }
    expect({ kind, rows: rows.length }).not.toEqual({ kind, rows: 0 })
    planted.push(...rows.map((row) => ({ ...row, kind })))
  }
  return planted
}

/** Turns until every day has come by, or it has taken half again as long as it should; returns the share of a cycle it took. */
async function cycle({ accountId }: Desk, { reconcileAccount } = reconciling): Promise<number> {
  const random = randomOf('turns')
  await reconciling.dueReconciliations(db.pool, NOW)
  const started = await one<{ at: number }>(
    db.pool,
    'update tidemark.reconciliations set due_at = to_timestamp($2) where account_id = $1 returning extract(epoch from due_at)::float8 as at',
    [accountId, NOW],
  )
  const seconds = CYCLE.cycleDays * DAY
  let at = started.at
  while (at < NOW + 1.5 * seconds) {
    await reconcileAccount(db.pool, accountId, at, { ...CYCLE, random: () => random.between(0, 1) })
    const [share] = await verifiedShareOf(db.pool, [accountId])
    if (share?.ratio === 1) break
    at += 60
  }
  return (at - NOW) / seconds
}

/** The kinds of which no mismatch tells, where the row was planted. */
async function untold({ accountId }: Desk, planted: Planted[]): Promise<string[]> {
  const told = await mismatchesOf(db.pool, [accountId], { before: undefined, limit: 10_000 })
  const found = (p: Planted) =>
    told.some(
      (m) => m.table === p.table && m.bucket === p.bucket && m.dimension === p.dimension && m.dimensionId === p.dimensionId,
    )
  return [...new Set(planted.filter((p) => !found(p)).map((p) => p.kind))]
}

const rowsOf = async ({ accountId }: Desk) =>
  (await rolledRows(db.pool)).filter((line) => new RegExp(`"account_id":${accountId}[,}]`).test(line))

test(
  `${Object.keys(corruptions).length} kinds of wrong rows are found, told and mended in one cycle`,
  { timeout: 240_000 },
  async () => {
    const { desk, days } = await rolledDesk('America/New_York', 160)
    const { accountId } = desk
    const right = await rowsOf(desk)
    expect(await differences(db.pool, [accountId])).toEqual([])
    const kinds = Object.keys(corruptions)
    const planted = await plant(desk, days, kinds)
    // And a claim: that days have rows which have not ended.
    await run(db.pool, `update tidemark.accounts set merged_through = merged_through + interval '3 days' where account_id = $1`, [
      accountId,
    ])
    const took = await cycle(desk)
    expect(took).toBeLessThan(1.5)
    expect(await untold(desk, planted)).toEqual([])
    expect((await mismatchesOf(db.pool, [accountId], { before: undefined, limit: 10_000 })).map((m) => m.table)).toContain(
      'accounts',
    )
    expect(await rowsOf(desk)).toEqual(right)
    expect(await differences(db.pool, [accountId])).toEqual([])
    const [share] = await verifiedShareOf(db.pool, [accountId])
    expect(share?.mismatches).toBeGreaterThanOrEqual(kinds.length)
    // What the metric of the release before reads.
    const said = await one<{ days: number }>(
      db.pool,
      'select days_verified as days from tidemark.reconciliations where account_id = $1',
      [accountId],
    )
    expect(said.days).toBe(share?.verifiedDays)

    // Nothing more is wrong, and what is rolled again is verified no more.
    expect(await verifyRollups(db.pool, accountId, { from: -Infinity, until: Infinity }, { now: NOW })).toMatchObject({
      differing: 0,
      dirtyHours: 0,
      // Each once, those of months too, which are looked at with every week of theirs.
      rows: right.length,
    })
    await run(db.pool, 'insert into tidemark.dirty_hours (account_id, hour) values ($1, to_timestamp($2))', [
      accountId,
      NOW - 20 * DAY,
    ])
    await drain(db.pool, NOW)
    const [after] = await verifiedShareOf(db.pool, [accountId])
    expect(after!.verifiedDays).toBe(share!.verifiedDays - 1)
  },
)

test('one that passes over the rows of days misses what is wrong there', { timeout: 240_000 }, async () => {
  const broken = changedSources([
    {
      path: 'src/rollups/verify/stored-rows.ts',
      from: 'export async function storedRows(',
      to: `statements.splice(0, Infinity, ...statements.filter(({ unit }) => unit !== 'day'))\nexport async function storedRows(`,
    },
  ])
  try {
    const { desk, days } = await rolledDesk('Asia/Kolkata', 40)
    const kinds = ['a day’s histogram', 'an hour’s count', 'a day’s count alone', 'a day’s tag gone']
    const planted = await plant(desk, days, kinds)
    await cycle(desk, await broken.load<typeof reconciling>('src/rollups/verify/reconcile.ts'))
    expect(await untold(desk, planted)).toEqual(['a day’s histogram', 'a day’s count alone', 'a day’s tag gone'])
  } finally {
    broken.remove()
  }
})

test('a turn that is stopped or killed goes on with the next: what was verified is kept', { timeout: 120_000 }, async () => {
  const { desk } = await rolledDesk('Asia/Kathmandu', 20)
  const { accountId } = desk
  await writeHistory(db.pool, desk, 6, NOW - 30 * 3600, NOW - 3600)
  await drain(db.pool, NOW)
  await reconciling.dueReconciliations(db.pool, NOW)
  const stop = new AbortController()
  await run(
    db.pool,
    'update tidemark.rollup_hourly set surveys = surveys + 1 where account_id = $1 and bucket >= to_timestamp($2)',
    [accountId, NOW - 2 * DAY],
  )
  const stopped = await reconciling.reconcileAccount(db.pool, accountId, NOW, {
    ...CYCLE,
    signal: stop.signal,
    onMismatch: () => stop.abort(),
  })
  expect(stopped!.mismatches).toBeGreaterThan(0)
  const due = async () =>
    (
      await one<{ at: number }>(
        db.pool,
        'select extract(epoch from due_at)::float8 as at from tidemark.reconciliations where account_id = $1',
        [accountId],
      )
    ).at
  expect(await due()).toBe(NOW)
  const [before] = await verifiedShareOf(db.pool, [accountId])
  expect(before).toMatchObject({ recentAt: null })
  expect(before!.verifiedDays).toBeGreaterThan(0)
  // Killed in the middle of a turn: it is claimed, and nobody ends it.
  await run(db.pool, 'update tidemark.reconciliations set due_at = to_timestamp($2) where account_id = $1', [
    accountId,
    NOW + 600,
  ])
  expect(await reconciling.reconcileAccount(db.pool, accountId, NOW, CYCLE)).toBeUndefined()
  expect(await reconciling.reconcileAccount(db.pool, accountId, NOW + 600, CYCLE)).toHaveProperty('mismatches')
  expect((await verifyRollups(db.pool, accountId, { from: NOW - 3 * DAY, until: NOW })).differing).toBe(0)
  const [after] = await verifiedShareOf(db.pool, [accountId])
  expect(after!.recentAt).toBe(NOW + 600)
  expect(after!.verifiedDays).toBeGreaterThan(before!.verifiedDays)
})

test(
  'rows where nothing is rolled are taken away, but for what a backfill is about to replace',
  { timeout: 120_000 },
  async () => {
    const { desk } = await rolledDesk('UTC', 40)
    const { accountId } = desk
    const left = async (before: string) =>
      (
        await one<{ rows: number }>(
          db.pool,
          `select count(*) as rows from tidemark.rollup_daily where account_id = $1 and bucket < $2::timestamptz`,
          [accountId, before],
        )
      ).rows
    let at = NOW
    const turn = async () => {
      await reconciling.dueReconciliations(db.pool, at)
      await reconciling.reconcileAccount(db.pool, accountId, at, { cycleDays: 30 })
      at += 1.5 * DAY
    }
    // Those that have ended stay on record, and hold nothing up.
    for (const [underWay, ended, uncovered] of [
      ['queued', 'completed_with_errors', '2026-02-06'],
      ['running', 'cancelled', '2026-02-15'],
      ['paused', 'failed', '2026-02-24'],
      ['queued', 'completed', '2026-03-05'],
    ] as const) {
      const covered = `covered - tstzmultirange(tstzrange(null, $2::timestamptz))`
      await run(db.pool, `update tidemark.accounts set covered = ${covered} where account_id = $1`, [accountId, uncovered])
      const { id } = await one<{ id: number }>(
        db.pool,
        `insert into tidemark.backfills (account_id, since, until, reason, state)
         values ($1, '-infinity', 'infinity', 'held', $2) returning id`,
        [accountId, underWay],
      )
      const before = await left(uncovered)
      expect(before, underWay).toBeGreaterThan(0)
      await turn()
      expect(await left(uncovered), underWay).toBe(before)
      await run(db.pool, `update tidemark.backfills set state = $3, finished_at = now() where account_id = $1 and id = $2`, [
        accountId,
        id,
        ended,
      ])
      await turn()
      expect(await left(uncovered), ended).toBe(0)
    }
  },
)
