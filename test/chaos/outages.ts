// What the workers depend on goes away in one way or another, and comes back. For outage.test.ts.
import type { Queue } from 'bullmq'
import { Redis } from 'ioredis'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TestContext } from 'vitest'
import { jobs } from '../../jobs/list.ts'
import { run, type Pool } from '../../src/db.ts'
import { openQueues, preparePostgresQueue } from '../../src/queue.ts'
import { openBerlin } from '../digests/desk.ts'
import type { kinds } from '../queue/backends.ts'
import { addressOf, proxyOf, type Proxy } from '../queue/proxy.ts'
import { createDeskDatabase, type Desk } from '../support/desk.ts'
import { startTidemark, type Running } from '../support/processes.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'
import { scaled } from '../support/seed.ts'

export type Kind = (typeof kinds)[number]

/** Seconds for which something is away. */
export const AWAY = scaled('TIDEMARK_OUTAGE_SECONDS', 3)
/** Seconds from the return until everything works again. */
export const BOUND = 30

export interface Stage {
  kind: Kind
  /** Past the proxy. */
  pool: Pool
  url: string
  desk: Desk
  worker: Running
  toDatabase: Proxy
  toRedis: Proxy | undefined
  redis: TestRedis | undefined
}

/** A desk, a worker's process and what it depends on, each of its own. `broken`: the worker of outage-child.ts instead. */
export async function stage(kind: Kind, onTestFinished: TestContext['onTestFinished'], broken?: 'broken'): Promise<Stage> {
  const database = await createDeskDatabase()
  const redis = kind === 'Redis' ? await startRedis() : undefined
  if (!redis) await preparePostgresQueue(database.pool)
  const [db, queue] = [await proxyOf(database.url), redis && (await proxyOf(redis.url))]
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-outage-'))
  const desk = await openBerlin(database.pool, 10)
  const env = { REDIS_URL: queue?.url ?? '', SWEEP_SECONDS: '0.5', DATA_DIR: folder }
  const worker = startTidemark(db.url, ['worker'], env, broken && 'test/chaos/outage-child.ts')
  const { pool, url } = database
  const place = { kind, pool, url, desk, worker, toDatabase: db.proxy, toRedis: queue?.proxy, redis }
  onTestFinished(async () => {
    await worker.kill()
    await Promise.all([db.proxy.close(), queue?.proxy.close(), place.redis?.stop()])
    await database.drop()
    await rm(folder, { recursive: true, force: true })
  })
  return place
}

export async function onRedis<T>({ url }: TestRedis, ask: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, { retryStrategy: () => null }).on('error', () => {})
  return ask(redis).finally(() => redis.disconnect())
}

/** A second server that has all that the first has, and follows it. */
async function replicaOf(first: TestRedis): Promise<TestRedis> {
  const second = (await startRedis())!
  await onRedis(second, async (redis) => {
    await redis.replicaof('127.0.0.1', addressOf(first.url) as number)
    while (!/master_link_status:up/.test(await redis.info('replication'))) await sleep(20)
  })
  return second
}

async function promote(second: TestRedis, { toRedis }: Stage): Promise<void> {
  await onRedis(second, (redis) => redis.replicaof('NO', 'ONE'))
  toRedis!.leadTo(addressOf(second.url))
}

const killAt = async (redis: TestRedis) =>
  process.kill(Number(/process_id:(\d+)/.exec(await onRedis(redis, (client) => client.info('server')))?.[1]), 'SIGKILL')

const SLOW = jobs.filter(({ everySeconds = 0 }) => everySeconds >= 60).map(({ name }) => name)

/**
 * The heartbeats of a minute or more fall due now, and are late until they have beaten. Their ticks are tried, in vain, before this
 * returns: one that waits is put back to its own time when the worker asserts the heartbeats.
 */
async function ticksFail({ pool, url, redis }: Stage): Promise<void> {
  const queues = await openQueues({ pool, url, redisUrl: redis!.url })
  const delayed = await Promise.all((queues.shown as Queue[]).map((queue) => queue.getDelayed()))
  const ticks = delayed.flat().filter(({ name }) => SLOW.includes(name))
  await run(pool, `update tidemark.heartbeats set at = at - every_seconds * interval '1 second' where job = any ($1)`, [SLOW])
  for (const tick of ticks) await tick.promote()
  const waiting = async () =>
    (await Promise.all(ticks.map((tick) => tick.getState()))).some((state) => /waiting|active/.test(state))
  while (await waiting()) await sleep(50)
  await queues.close()
}

export type Outage =
  | 'PostgreSQL is away'
  | 'Redis is away'
  | 'Redis comes back empty'
  | 'Redis ends all connections'
  | 'the master dies and its replica takes its place'
  | 'the master and its replica change places'

/** What happens, by its name. Each returns when what was away is back. */
export const outages: Record<Outage, { lasts?: true; happen: (place: Stage) => Promise<void> }> = {
  'PostgreSQL is away': {
    lasts: true,
    async happen(place) {
      await place.toDatabase.down()
      // A queue that is away with it hands out no ticks. In a long outage they fall due by themselves, and are tried until the next:
      // one that is made to come a minute early has been tried for the last time by then, and the next is two minutes after it.
      if (place.kind === 'Redis' && AWAY < 60) await ticksFail(place)
      await sleep(AWAY * 1000)
      await place.toDatabase.up()
    },
  },
  'Redis is away': {
    lasts: true,
    async happen(place) {
      await place.toRedis!.down()
      await sleep(AWAY * 1000)
      await place.toRedis!.up()
    },
  },
  'Redis comes back empty': {
    lasts: true,
    async happen(place) {
      const port = addressOf(place.redis!.url) as number
      await place.redis!.stop()
      await sleep(AWAY * 1000)
      place.redis = await startRedis(port)
    },
  },
  'Redis ends all connections': {
    happen: ({ redis }) =>
      onRedis(redis!, async (client) => void (await client.call('CLIENT', 'KILL', 'TYPE', 'NORMAL', 'SKIPME', 'YES'))),
  },
  'the master dies and its replica takes its place': {
    async happen(place) {
      const second = await replicaOf(place.redis!)
      await killAt(place.redis!)
      await promote(second, place)
      place.redis = second
    },
  },
  // Connections that are open lead to what is a replica now, and must be given up.
  'the master and its replica change places': {
    async happen(place) {
      const [first, second] = [place.redis!, await replicaOf(place.redis!)]
      await promote(second, place)
      await onRedis(first, (redis) => redis.replicaof('127.0.0.1', addressOf(second.url) as number))
      place.redis = second
      // It is there, as a replica that went down later would be, until connections have left it.
      setTimeout(() => void first.stop(), (BOUND + 5) * 1000).unref()
    },
  },
}
