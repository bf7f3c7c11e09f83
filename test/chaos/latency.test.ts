import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { quantile } from '../../bench/measure.ts'
import { BOUND, measureLatency } from '../../bench/measure-latency.ts'
import { run } from '../../src/db.ts'
import { dirtyAccounts, rollDirty } from '../../src/rollups/rolling/roll-dirty.ts'
import { startCrew, type Crew } from '../support/crew.ts'
import type { TestDatabase } from '../support/database.ts'
import { createDeskDatabase, openDesk, writeHistory, type Desk } from '../support/desk.ts'
import { startTidemark } from '../support/processes.ts'
import { requireProgram } from '../support/programs.ts'
import { backlog, deadlocks, differencesFromFacts, drain } from '../support/recompute.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'
import { randomOf, scaled } from '../support/seed.ts'

/*
 * The story: events come in at two hundred a second, and of two workers one is killed every minute. What it was rolling is
 * given to the other once the queue notices, 25 seconds later at most; all other accounts must not wait for that, and none may
 * be passed over for one that always has something to roll.
 */

const SECONDS = scaled('TIDEMARK_LATENCY_SECONDS', 6)
/** One kill at least. */
const EVERY = Math.min(60, SECONDS)
const RATE = 200
const zones = ['Asia/Kolkata', 'America/New_York', 'UTC', 'Europe/Berlin']
/** Of each account; many where there are many events, as no conversation has thousands. */
const CONVERSATIONS = SECONDS < 60 ? 12 : 200

let database: TestDatabase
let crew: Crew | undefined
let redis: TestRedis | undefined
const desks: Desk[] = []
beforeAll(async () => {
  database = await createDeskDatabase()
  for (let n = 0; n < 8; n++) {
    desks.push(await openDesk(database.pool, zones[n % zones.length]!))
    await writeHistory(database.pool, desks[n]!, CONVERSATIONS)
  }
  await drain(database.pool)
})
afterEach(async () => {
  await crew?.end()
  await redis?.stop()
  crew = redis = undefined
})
afterAll(() => database.drop())

const accounts = () => desks.map(({ accountId }) => accountId)
const load = () => ({ pool: database.pool, url: database.url, accounts: accounts(), rate: RATE })
const figures = (seconds: readonly number[]) =>
  [0.5, 0.95, 0.99, 1].map((share) => quantile(seconds, share).toFixed(1)).join(' / ')

const stores =
  SECONDS >= 60 && (await requireProgram('redis-server')) ? (['PostgreSQL', 'Redis'] as const) : (['PostgreSQL'] as const)

test.each(stores)(
  `with the queue on %s, ${RATE} events a second are rolled in time while one of two workers is killed every ${EVERY} s`,
  { timeout: 120_000 + SECONDS * 2000 },
  async (store) => {
    if (store === 'Redis') redis = await startRedis()
    const start = () => startTidemark(database.url, ['worker'], { SWEEP_SECONDS: '3', REDIS_URL: redis?.url ?? '' })
    crew = startCrew(2, start)
    const { latencies, perSecond, kills } = await measureLatency(
      { ...load(), random: randomOf('latency'), seconds: SECONDS, patience: BOUND.p99 },
      crew,
      EVERY,
    )
    const third = Math.ceil(latencies.length / 3)
    const parts = [0, 1, 2].map((part) => figures(latencies.slice(part * third, (part + 1) * third)))
    console.info(
      `${store}: ${latencies.length} events, ${perSecond.toFixed(0)} a second, ${kills} kills; rolled after ${figures(latencies)} s (half, 95 %, 99 %, all); by thirds ${parts.join('; ')}`,
    )
    expect(kills).toBeGreaterThan(0)
    expect(quantile(latencies, 0.95)).toBeLessThanOrEqual(BOUND.p95)
    expect(quantile(latencies, 0.99)).toBeLessThanOrEqual(BOUND.p99)
    // None of them was taken for rolled too early, and none is missing.
    await crew.end()
    await drain(database.pool)
    expect(await backlog(database.pool)).toBe(0)
    await run(database.pool, 'analyze')
    expect(await differencesFromFacts(database.pool, accounts())).toEqual([])
    expect(await deadlocks(database.pool)).toBe(0)
  },
)

test('rolls that stand still, or never come to one account, would be noticed', async () => {
  const { pool } = database
  const brief = { ...load(), random: randomOf('standstill'), seconds: 0.5, patience: 1 }
  await expect(measureLatency(brief)).rejects.toThrow(/^\d\d+ events are not rolled 1 s after the last$/)
  const [passedOver] = accounts()
  let over = false
  const roller = (async () => {
    while (!over) {
      for (const account of await dirtyAccounts(pool)) if (account !== passedOver) await rollDirty(pool, account)
      await sleep(20)
    }
  })()
  try {
    await expect(measureLatency(brief)).rejects.toThrow(/^\d+ events are not rolled 1 s after the last$/)
  } finally {
    over = true
    await roller
  }
  await drain(pool)
  expect(await backlog(pool)).toBe(0)
})
