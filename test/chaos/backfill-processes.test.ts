// Backfills in processes that die or lose their queue: killed while it verifies, one goes on there; a worker takes several
// accounts at once, and a Redis that is emptied under running backfills costs some seconds.
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { many, maybeOne, one, run } from '../../src/db.ts'
import { requestBackfill } from '../../src/rollups/backfill/backfill.ts'
import { readBackfills, type Backfill } from '../../src/rollups/backfill/backfill-row.ts'
import { lockRolls } from '../../src/rollups/coverage.ts'
import type { TestDatabase } from '../support/database.ts'
import { CLOSED, createDeskDatabase, openDesk, OPENED, withoutMarks, writeHistory, type Desk } from '../support/desk.ts'
import { startTidemark } from '../support/processes.ts'
import { startRedis } from '../support/redis.ts'
import { reportDifferences } from '../support/report-differences.ts'

const DAY = 86_400
/** Fifteen chunks of verification. */
const BEGAN = CLOSED - 100 * DAY

let db: TestDatabase
beforeAll(async () => void (db = await createDeskDatabase()))
afterAll(() => db.drop())

async function deskSince(began: number): Promise<Desk> {
  const desk = await openDesk(db.pool, 'UTC')
  await withoutMarks(db.pool, desk.accountId, (tx) => writeHistory(tx, desk, 60, began, CLOSED))
  return desk
}

async function until<T>(what: string, look: () => Promise<T | undefined | false>, seconds = 40): Promise<T> {
  for (let waited = 0; waited < seconds; waited += 0.02) {
    const seen = await look()
    if (seen) return seen
    await sleep(20)
  }
  throw new Error(`not within ${seconds} s: ${what}`)
}

const waits = (name: string) =>
  maybeOne(db.pool, `select 1 as yes from pg_stat_activity where application_name = $1 and wait_event_type = 'Lock'`, [name])

test('killed while it verifies, it rolls nothing again and verifies what was left', { timeout: 120_000 }, async () => {
  const { accountId } = await deskSince(BEGAN)
  const clock = { TIDEMARK_CLOCK: new Date(CLOSED * 1000).toISOString() }
  const range = ['--since', String(BEGAN), '--until', String(CLOSED)]
  const start = () =>
    startTidemark(db.url, ['backfill', '--account', String(accountId), ...range, '--reason', 'killed', '--yes'], clock)
  const first = start()
  const text = `select id from tidemark.backfills where account_id = $1 and state = 'running' and verified is not null`
  const { id } = await until('some days are verified', () => maybeOne<{ id: number }>(db.pool, text, [accountId]))
  const holder = await db.pool.connect()
  await holder.query('begin')
  await run(holder, 'select from tidemark.backfills where account_id = $1 and id = $2 for update', [accountId, id])
  await until('it is about to note what it verified', () => waits(first.name))
  await first.kill()
  await holder.query('rollback')
  holder.release()
  const of = async () => (await readBackfills(db.pool, { accounts: [accountId], id }))[0]!
  const { toVerify, chunks } = await of()
  expect(toVerify.length).toBeGreaterThan(0)

  expect(await start().ended).toBe(0)
  const hours = await one<{ hours: number }>(
    db.pool,
    `select count(distinct bucket)::int as hours from tidemark.rollup_hourly where account_id = $1`,
    [accountId],
  )
  const done = await of()
  expect(done).toMatchObject({ state: 'completed', chunks, hoursDone: 2400, hoursNew: 2400, hoursChanged: 0 })
  expect(done.report!.verification).toMatchObject({ differing: 0, dirtyHours: 0 })
  // It looks where there is anything, each day once.
  expect(done.report!.verification!.hours).toBeGreaterThanOrEqual(hours.hours)
  expect(done.report!.verification!.hours).toBeLessThanOrEqual(2400)
})

test('one worker rolls two accounts at once; Redis is emptied while they run, and they go on', { timeout: 120_000 }, async () => {
  const redis = await startRedis()
  if (!redis) return
  const client = new Redis(redis.url)
  const desks = [await deskSince(OPENED), await deskSince(OPENED)]
  const accounts = desks.map(({ accountId }) => accountId)
  const holder = await db.pool.connect()
  const env = { REDIS_URL: redis.url, BACKFILL_CONCURRENCY: '2' }
  let worker: ReturnType<typeof startTidemark> | undefined
  try {
    await holder.query('begin')
    for (const accountId of accounts) {
      await lockRolls(holder, accountId)
      // A chunk of a week, then seven seconds of rest, in which nobody but the queue knows of it.
      await requestBackfill(db.pool, { accountId, since: OPENED, until: CLOSED, reason: 'at once', maxHoursPerMinute: 1440 })
    }
    worker = startTidemark(db.url, ['worker'], env)
    const waiting = `select count(distinct l.objid)::int as n from pg_locks l join pg_stat_activity a using (pid)
      where a.application_name = $1 and l.locktype = 'advisory' and not l.granted and l.objid = any ($2::oid[])`
    await until('both are begun', async () => (await one<{ n: number }>(db.pool, waiting, [worker!.name, accounts])).n === 2)
    await holder.query('rollback')
    const states = () =>
      many<Pick<Backfill, 'state'>>(db.pool, 'select state from tidemark.backfills where reason = $1', ['at once'])
    await until('both run', async () => (await states()).every(({ state }) => state === 'running'))
    await client.flushall()
    await until('both are through', async () => (await states()).every(({ state }) => state === 'completed'))
  } finally {
    await holder.query('rollback')
    holder.release()
    await worker?.kill()
    client.disconnect()
    await redis.stop()
  }
  const found = await readBackfills(db.pool, { accounts }, 10)
  expect(found.map(({ hoursDone, hoursNew, chunks }) => ({ hoursDone, hoursNew, more: chunks > 1 }))).toEqual(
    accounts.map(() => ({ hoursDone: 336, hoursNew: 336, more: true })),
  )
  for (const id of accounts) expect(await reportDifferences(db.pool, id, OPENED - DAY, CLOSED + DAY)).toEqual([])
})
