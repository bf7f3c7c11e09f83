// What the workers depend on is away: Redis or PostgreSQL for a while, Redis with all that it held, its connections one and all, the
// server that was the master until now. A worker's real process, with its jobs, works again within half a minute of the
// return: what was changed meanwhile is rolled, and every heartbeat that fell due has beaten. It never ends for it.
// TIDEMARK_OUTAGE_SECONDS says how long something is away, TIDEMARK_OUTAGES how often each of these happens.
import { Redis } from 'ioredis'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test, type TestContext } from 'vitest'
import { jobs } from '../../jobs/list.ts'
import { byCommand } from '../../src/audit/change.ts'
import { many, one, run, type Pool } from '../../src/db.ts'
import { createDigest } from '../../src/digests/definition/digest.ts'
import { preparePostgresQueue } from '../../src/queue.ts'
import { openBerlin } from '../digests/desk.ts'
import { kinds } from '../queue/backends.ts'
import { addressOf, proxyOf, type Proxy } from '../queue/proxy.ts'
import { createDeskDatabase, OPENED, type Desk } from '../support/desk.ts'
import { startTidemark, type Running } from '../support/processes.ts'
import { backlog, differences } from '../support/recompute.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'
import { scaled } from '../support/seed.ts'

type Kind = (typeof kinds)[number]

const AWAY = scaled('TIDEMARK_OUTAGE_SECONDS', 3)
const TIMES = scaled('TIDEMARK_OUTAGES', 1)
/** Seconds from the return until everything works again. */
const BOUND = 30
const SCHEDULED = jobs.filter(({ everySeconds }) => everySeconds !== undefined)

interface Stage {
  kind: Kind
  /** Past the proxy. */
  pool: Pool
  desk: Desk
  worker: Running
  toDatabase: Proxy
  toRedis: Proxy | undefined
  redis: TestRedis | undefined
}

async function stage(kind: Kind, onTestFinished: TestContext['onTestFinished']): Promise<Stage> {
  const database = await createDeskDatabase()
  const redis = kind === 'Redis' ? await startRedis() : undefined
  if (!redis) await preparePostgresQueue(database.pool)
  const [db, queue] = [await proxyOf(database.url), redis && (await proxyOf(redis.url))]
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-outage-'))
  const desk = await openBerlin(database.pool, 10)
  const worker = startTidemark(db.url, ['worker'], { REDIS_URL: queue?.url ?? '', SWEEP_SECONDS: '0.5', DATA_DIR: folder })
  const place = { kind, pool: database.pool, desk, worker, toDatabase: db.proxy, toRedis: queue?.proxy, redis }
  onTestFinished(async () => {
    await worker.kill()
    await Promise.all([db.proxy.close(), queue?.proxy.close(), place.redis?.stop()])
    await database.drop()
    await rm(folder, { recursive: true, force: true })
  })
  return place
}

async function onRedis<T>({ url }: TestRedis, ask: (redis: Redis) => Promise<T>): Promise<T> {
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

/** What happens. Each returns when what was away is back. */
const outages: Record<string, { of: Kind[]; lasts?: true; happen: (place: Stage) => Promise<void> }> = {
  'PostgreSQL is away': {
    of: ['PostgreSQL', 'Redis'],
    lasts: true,
    async happen({ toDatabase }) {
      await toDatabase.down()
      await sleep(AWAY * 1000)
      await toDatabase.up()
    },
  },
  'Redis is away': {
    of: ['Redis'],
    lasts: true,
    async happen({ toRedis }) {
      await toRedis!.down()
      await sleep(AWAY * 1000)
      await toRedis!.up()
    },
  },
  'Redis comes back empty': {
    of: ['Redis'],
    lasts: true,
    async happen(place) {
      const port = addressOf(place.redis!.url) as number
      await place.redis!.stop()
      await sleep(AWAY * 1000)
      place.redis = await startRedis(port)
    },
  },
  'Redis ends all connections': {
    of: ['Redis'],
    happen: ({ redis }) =>
      onRedis(redis!, async (client) => void (await client.call('CLIENT', 'KILL', 'TYPE', 'NORMAL', 'SKIPME', 'YES'))),
  },
  'the master dies and its replica takes its place': {
    of: ['Redis'],
    async happen(place) {
      const second = await replicaOf(place.redis!)
      await killAt(place.redis!)
      await promote(second, place)
      place.redis = second
    },
  },
  // Connections that are open lead to what is a replica now, and must be given up.
  'the master and its replica change places': {
    of: ['Redis'],
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

const changeSomething = ({ pool, desk: { accountId, conversations, inboxes } }: Stage) =>
  run(
    pool,
    `insert into reporting_events (name, value, account_id, inbox_id, conversation_id, created_at, updated_at)
     select 'reply_time', 60, $1, $2, $3, to_timestamp($4::float8) at time zone 'UTC' + n * interval '5 hours', now()
     from generate_series(1, 20) as n`,
    [accountId, inboxes[0], conversations[0], OPENED],
  )

let digests = 0
/** A digest that has been due for half an hour. */
async function fallDue({ pool, desk }: Stage): Promise<void> {
  const now = Date.now() / 1000
  const time = new Date((now - 1800) * 1000).toISOString().slice(11, 16)
  const cadence = { every: 'day' as const, time }
  const recipients = [{ address: `reader${digests++}@example.com` }]
  const definition = { name: 'Outage', zone: 'UTC', cadence, formats: ['inline' as const], recipients, patienceHours: 0 }
  await createDigest(pool, desk.accountId, definition, byCommand(now - 7200))
}

const now = async (pool: Pool) =>
  (await one<{ at: number }>(pool, 'select extract(epoch from clock_timestamp())::float8 as at')).at

/** The heartbeats that are due at an instant, or seconds later, and have not beaten since. */
const silent = (pool: Pool, since: number) =>
  many<{ job: string }>(
    pool,
    `select job from tidemark.heartbeats where extract(epoch from at) < $1 and extract(epoch from at) + every_seconds <= $1 + 5`,
    [since],
  ).then((rows) => rows.map(({ job }) => job))

async function scheduled({ redis, pool }: Stage): Promise<number> {
  if (!redis) return (await one<{ n: number }>(pool, 'select count(*) as n from bullmq.scheduler')).n
  return onRedis(redis, async (client) => {
    const keys = await client.keys('{tidemark}:*:repeat')
    return (await Promise.all(keys.map((key) => client.zcard(key)))).reduce((sum, n) => sum + n, 0)
  })
}

const unsent = async (pool: Pool) =>
  (
    await one<{ n: number }>(
      pool,
      `select (select count(*) from tidemark.digests) - (select count(*) from tidemark.deliveries
         where kind = 'digest' and state in ('sent', 'written')) as n`,
    )
  ).n

/** What does not work yet, of a worker that could work since an instant. */
async function missing(place: Stage, since: number): Promise<string[]> {
  const { pool } = place
  const [marks, mute, schedulers] = [await backlog(pool), await silent(pool, since), await scheduled(place)]
  return [
    ...(marks > 0 ? [`${marks} marks are left`] : []),
    ...mute.map((job) => `${job} has not beaten`),
    ...(schedulers < SCHEDULED.length ? [`${schedulers} of ${SCHEDULED.length} heartbeats are scheduled`] : []),
    // The planner's minute has passed in an outage of a minute only.
    ...(AWAY >= 60 && (await unsent(pool)) > 0 ? ['a digest is not sent'] : []),
  ]
}

/** Seconds until everything works. @throws Error that says what does not */
async function settled(place: Stage, bound: number): Promise<number> {
  const [since, started] = [await now(place.pool), performance.now()]
  for (;;) {
    const left = await missing(place, since)
    const seconds = (performance.now() - started) / 1000
    if (left.length === 0) return seconds
    if (seconds > bound) throw new Error(`not within ${bound} s: ${left.join(', ')}; ${place.worker.output()}`)
    await sleep(100)
  }
}

test.concurrent.for(kinds)(
  'a worker with its queue on %s works again within half a minute of each return',
  { timeout: 300_000 + TIMES * 6 * (AWAY + 20) * 1000 },
  async (kind, { onTestFinished }) => {
    const place = await stage(kind, onTestFinished)
    await settled(place, 240)
    for (let round = 0; round < TIMES; round++) {
      for (const [what, { of, lasts, happen }] of Object.entries(outages)) {
        if (!of.includes(kind)) continue
        const happening = happen(place)
        await changeSomething(place)
        if (lasts && AWAY >= 60) await fallDue(place)
        await happening
        // What was asked for meanwhile may have been done meanwhile: over connections that did not notice.
        await changeSomething(place)
        const seconds = await settled(place, BOUND).catch((error: Error) => {
          throw new Error(`${what}: ${error.message}`)
        })
        console.info(`${kind}: ${what}: works again after ${seconds.toFixed(1)} s`)
      }
    }
    // In the middle of it a worker that is told to end ends.
    await (kind === 'Redis' ? outages['the master and its replica change places']!.happen(place) : place.toDatabase.down())
    place.worker.terminate()
    expect(await Promise.race([place.worker.ended, sleep(40_000, place.worker.output())])).toBe(0)
    expect(await differences(place.pool, [place.desk.accountId])).toEqual([])
  },
)
