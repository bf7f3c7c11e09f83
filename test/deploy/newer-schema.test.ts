// The promise: while a release replaces another, and when one is put back, the older one works on tables that the newer one has
// changed; side by side they lose nothing and roll nothing wrong. Here this release is the older one.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { connectionsOf } from '../../src/connections.ts'
import { many, one, run } from '../../src/db.ts'
import { runDigest } from '../../src/digests/composing/run-digest.ts'
import { migrate } from '../../src/migrate.ts'
import { reading } from '../../src/reports/reading.ts'
import { requestBackfill } from '../../src/rollups/backfill/backfill.ts'
import { runBackfill } from '../../src/rollups/backfill/run-backfill.ts'
import type * as rolling from '../../src/rollups/rolling/roll-dirty.ts'
import { verifyRollups } from '../../src/rollups/verify/verify.ts'
import { berlinDigest, DUE, openBerlin } from '../digests/desk.ts'
import { changedSources } from '../support/changed-sources.ts'
import type { TestDatabase } from '../support/database.ts'
import { CLOSED, createDeskDatabase, OPENED, openDesk, withoutMarks, writeHistory, type Desk } from '../support/desk.ts'
import { changeAsLater, FUTURE } from '../support/newer.ts'
import { startTidemark, type Running } from '../support/processes.ts'
import { backlog, deadlocks, differences, drain } from '../support/recompute.ts'
import { randomOf, scaled } from '../support/seed.ts'
import { startWriters } from '../support/writers.ts'

let db: TestDatabase
beforeAll(async () => void (db = await createDeskDatabase()))
afterAll(() => db.drop())

describe('on tables of a later release', () => {
  let desk: Desk
  beforeAll(async () => {
    await changeAsLater(db.pool)
    desk = await openBerlin(db.pool, 0)
  })

  test('every table of ours has columns that this release does not know', async () => {
    const without = await many(
      db.pool,
      `select relname from pg_class where relnamespace = 'tidemark'::regnamespace and relkind in ('r', 'p') and not relispartition
         and relname <> 'later' and not exists (select from pg_attribute where attrelid = pg_class.oid and attname = 'from_later')`,
    )
    expect(without).toEqual([])
    expect(await migrate(db.url)).toEqual([])
  })

  test('history is backfilled, what is written later is rolled, and both are right', async () => {
    await withoutMarks(db.pool, desk.accountId, (tx) => writeHistory(tx, desk, 40))
    const { id } = await requestBackfill(db.pool, {
      accountId: desk.accountId,
      since: -Infinity,
      until: Infinity,
      reason: 'first',
    })
    await runBackfill(db.pool, desk.accountId, id)
    await writeHistory(db.pool, desk, 20)
    await drain(db.pool, DUE)
    expect(await differences(db.pool, [desk.accountId])).toEqual([])
    expect(await verifyRollups(db.pool, desk.accountId, { from: -Infinity, until: Infinity })).toMatchObject({ differing: 0 })
    const report = await reading(db.pool, desk.accountId, async (read) => {
      const [row] = await read.totals({ dimension: 'account', since: OPENED, until: CLOSED, metrics: ['conversations_count'] })
      return row?.figures.conversations_count.value
    })
    expect(report).toBe(desk.conversations.length)
  })

  test('a digest is made, composed and delivered', async () => {
    const digest = await berlinDigest(db.pool, desk)
    const { state, sent } = await runDigest(db.pool, digest, DUE)
    expect({ state, written: sent?.written }).toEqual({ state: 'done', written: 1 })
  })

  test('a change that asks something of this release is found', async () => {
    await run(db.pool, `alter table tidemark.digests add column asks text not null default 'later'`)
    await run(db.pool, 'alter table tidemark.digests alter column asks drop default')
    await expect(berlinDigest(db.pool, desk, { name: 'Another' })).rejects.toMatchObject({ code: '23502' })
    await run(db.pool, 'alter table tidemark.digests drop column asks')
  })
})

describe('two releases side by side', () => {
  const restarts = scaled('TIDEMARK_RESTARTS', 2)

  test(
    `that are restarted in turn, ${restarts} times, beside writers, lose nothing and roll nothing wrong`,
    { timeout: 300_000 + restarts * 60_000 },
    async () => {
      const random = randomOf('side by side')
      const desks: Desk[] = []
      for (const zone of ['Asia/Kolkata', 'America/New_York', 'UTC', 'Australia/Lord_Howe']) {
        desks.push(await openDesk(db.pool, zone))
        await writeHistory(db.pool, desks.at(-1)!, 10)
      }
      expect(await one(db.pool, 'select count(*)::int as n from tidemark.migrations where name = $1', [FUTURE])).toEqual({ n: 1 })
      const start = () => startTidemark(db.url, ['worker'], { SWEEP_SECONDS: '0.3', PROBE_PORT: '0' })
      const workers: Running[] = [start(), start()]
      const writers = startWriters({ url: db.url, desks, random, writers: 2, rest: 0.5 })
      const codes: (number | string)[] = []
      let most = 0
      for (let turn = 0; turn < restarts; turn++) {
        const leaving = workers[turn % 2]!
        await atWork(leaving)
        await sleep(random.between(1000, 3000))
        most = Math.max(most, ...(await connectionsByProcess(workers)))
        leaving.terminate()
        codes.push(await leaving.ended)
        workers[turn % 2] = start()
      }
      await writers.stop()
      const waited = performance.now()
      while ((await backlog(db.pool)) > 0 && performance.now() - waited < 150_000) await sleep(100)
      expect([await backlog(db.pool), ...workers.map((worker) => worker.output())]).toEqual([0, '', ''])
      await Promise.all(workers.map((worker) => worker.kill()))
      console.info(`${writers.committed} transactions, ${codes.length} restarts, at most ${most} connections a worker`)
      expect(new Set(codes)).toEqual(new Set([0]))
      expect(
        await differences(
          db.pool,
          desks.map((each) => each.accountId),
        ),
      ).toEqual([])
      expect(await deadlocks(db.pool)).toBe(0)
      // What is compared with the server's limit at the start is what a busy worker really opens, at most.
      expect(most).toBeGreaterThan(5)
      expect(most).toBeLessThanOrEqual(connectionsOf('worker', true))
    },
  )

  test('a release that counts otherwise and does not say so is found, and one that loses marks', async () => {
    const release = changedSources([
      {
        path: 'src/rollups/rolling/source-parts/messages.sql',
        from: 'filter (where m.message_type = 1)',
        to: 'filter (where m.message_type = 2)',
      },
    ])
    const { rollDirty } = await release.load<typeof rolling>('src/rollups/rolling/roll-dirty.ts')
    release.remove()
    const [first, second] = [await openDesk(db.pool, 'Asia/Kolkata'), await openDesk(db.pool, 'UTC')]
    for (const desk of [first, second]) await writeHistory(db.pool, desk, 5)
    await drain(db.pool, DUE)
    const wrong = () => Promise.all([first, second].map((desk) => differences(db.pool, [desk.accountId])))
    expect(await wrong()).toEqual([[], []])
    for (const desk of [first, second]) await writeHistory(db.pool, desk, 5)
    await rollDirty(db.pool, first.accountId, undefined, DUE)
    for (const log of ['dirty_hours', 'dirty_scopes'])
      await run(db.pool, `delete from tidemark.${log} where account_id = $1`, [second.accountId])
    await drain(db.pool, DUE)
    expect((await wrong()).map((found) => found.length > 0)).toEqual([true, true])
  })

  /** Waits until a worker has opened its queues: before, nobody hears its SIGTERM. */
  const atWork = (worker: Running) =>
    vi.waitFor(async () => expect((await connectionsByProcess([worker]))[0] ?? worker.output()).toBeGreaterThan(8), {
      timeout: 150_000,
      interval: 200,
    })

  /** How many connections each of some processes has open. */
  async function connectionsByProcess(workers: readonly Running[]): Promise<number[]> {
    const rows = await many<{ n: number }>(
      db.pool,
      `select count(*)::int as n from pg_stat_activity where application_name = any ($1) group by application_name`,
      [workers.map(({ name }) => name)],
    )
    return rows.map(({ n }) => n)
  }
})
