// The jobs as a worker runs them, on both queues: what is written is rolled within seconds, a backfill that nobody works on is
// taken up, an account that moves to another zone is rolled anew. Nothing but rows and heartbeats makes it happen.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { jobs } from '../../jobs/list.ts'
import { maybeOne, one, openPool, run, type Pool } from '../../src/db.ts'
import { tinyDesk } from '../../src/demo/desk.ts'
import { generateDesk } from '../../src/demo/generate.ts'
import { migrate } from '../../src/migrate.ts'
import { reading } from '../../src/reports/reading.ts'
import { requestBackfill } from '../../src/rollups/backfill/backfill.ts'
import { startWorker, type RunningWorker } from '../../src/worker.ts'
import { describeOnEach } from '../queue/backends.ts'
import { createDatabase, templateDatabase, type TestDatabase } from '../support/database.ts'
import { startRedis } from '../support/redis.ts'

const NOW = Math.floor(Date.now() / 1000)
/** On an hour of Kolkata's clock, so that no sliver is left to raw rows. */
const END = Math.ceil(NOW / 3600) * 3600 + 1800
/** Zones are looked at once a minute; tests do not wait that long. */
const impatient = jobs.map((job) => (job.name === 'follow-zones' ? { ...job, everySeconds: 1 } : job))

async function until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  for (let i = 0; i < 300; i++) {
    const seen = await look()
    if (seen) return seen
    await sleep(100)
  }
  throw new Error(`not within 30 s: ${what}`)
}

const completed = (pool: Pool, accountId: number) => () =>
  maybeOne(pool, `select 1 as done from tidemark.backfills where account_id = $1 and state = 'completed' order by id limit 1`, [
    accountId,
  ])

const conversations = (pool: Pool, accountId: number) =>
  reading(pool, accountId, async (read) => {
    const [row] = await read.totals({ dimension: 'account', since: 1800, until: END, metrics: ['conversations_count'] })
    return { value: row?.figures.conversations_count.value, source: read.source }
  })

describeOnEach('on %s', (kind) => {
  let database: TestDatabase | undefined
  let worker: RunningWorker | undefined
  let redis: Awaited<ReturnType<typeof startRedis>>

  afterEach(async () => {
    await worker?.close()
    await database?.drop()
    await redis?.stop()
    worker = database = redis = undefined
  })

  async function start(): Promise<Pool> {
    const template = await templateDatabase('tiny_desk', async (url) => {
      await migrate(url)
      const own = openPool(url)
      await generateDesk(own, { seed: 3, accounts: tinyDesk(), now: NOW })
      await run(own, 'truncate tidemark.dirty_hours, tidemark.dirty_scopes')
      await run(own, 'insert into tidemark.accounts (account_id) select id from accounts')
      await own.end()
    })
    database = await createDatabase({ template })
    redis = kind === 'Redis' ? await startRedis() : undefined
    worker = await startWorker({ pool: database.pool, url: database.url, redisUrl: redis?.url, jobs: impatient })
    return database.pool
  }

  test('a backfill that was asked for is worked on, and later rows are rolled without being asked for', async () => {
    const pool = await start()
    const before = await conversations(pool, 1)
    expect(before.source).toBe('raw')
    await requestBackfill(pool, { accountId: 1, since: -Infinity, until: Infinity, reason: 'test' })
    await until('the backfill', completed(pool, 1))
    expect(await conversations(pool, 1)).toEqual({ value: before.value, source: 'rollup' })

    await run(
      pool,
      `insert into conversations (account_id, inbox_id, created_at, updated_at, last_activity_at)
       select 1, (select min(id) from inboxes where account_id = 1), now() - n * interval '3 days', now(), now() from generate_series(0, 9) as n`,
    )
    expect(await conversations(pool, 1)).toEqual({ value: before.value! + 10, source: 'mixed' })
    await until('the roll', async () => (await conversations(pool, 1)).source === 'rollup')
    expect(await conversations(pool, 1)).toEqual({ value: before.value! + 10, source: 'rollup' })
  })

  test('an account that moves to another zone is rolled anew in it', async () => {
    const pool = await start()
    await requestBackfill(pool, { accountId: 2, since: -Infinity, until: Infinity, reason: 'test' })
    await until('the first backfill', completed(pool, 2))
    await run(pool, `update accounts set settings = '{"reporting_timezone": "Asia/Kathmandu"}' where id = 2`)
    await run(pool, `delete from tidemark.backfills where account_id = 2`)
    await until('the second backfill', completed(pool, 2))
    const { zone } = await one<{ zone: string }>(pool, 'select rolled_zone as zone from tidemark.accounts where account_id = 2')
    expect(zone).toBe('Asia/Kathmandu')
    expect((await conversations(pool, 2)).source).not.toBe('raw')
  })
})
