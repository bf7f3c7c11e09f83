// PostgreSQL restarts, ends a worker's connections, or is no more at the other end of them without anybody having said so: each
// amid each job of jobs/list.ts, before a statement by lot. The job is noticed to have failed within a minute, is run again without
// anybody's help, and leaves the rows of a run that nothing happened to.
// On each change every job meets one of the three; TIDEMARK_FAULTS=n: each of them, n times.
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { jobs } from '../../jobs/list.ts'
import { many, one, openPool, run, type Pool } from '../../src/db.ts'
import { tellOfBackfills } from '../../src/admin/tell-of-backfills.ts'
import { composeDueDigests } from '../../src/digests/composing/compose.ts'
import { planDueDigests } from '../../src/digests/composing/plan.ts'
import { deliverQueued } from '../../src/digests/delivery/deliver.ts'
import type { Random } from '../../src/demo/random.ts'
import type { Job, JobContext } from '../../src/job.ts'
import { log } from '../../src/log.ts'
import { openQueues, preparePostgresQueue } from '../../src/queue.ts'
import { reconcileAccount } from '../../src/rollups/verify/reconcile.ts'
import { startWorker } from '../../src/worker.ts'
import { DUE } from '../digests/desk.ts'
import { proxyOf, type Proxy } from '../queue/proxy.ts'
import { createDatabase } from '../support/database.ts'
import { intercept } from '../support/intercept.ts'
import { startOwnPostgres, type OwnPostgres } from '../support/own-postgres.ts'
import { randomOf, scaled } from '../support/seed.ts'
import { tidemarkRows } from '../support/tidemark-rows.ts'
import { makeBusyDesk, scenes } from './scenes.ts'

// The desk's clock stands a minute after its digest was due; that of the queue goes on.
vi.hoisted(() => (process.env.TIDEMARK_CLOCK = '2026-03-09T07:01:00Z'))

const ROUNDS = scaled('TIDEMARK_FAULTS', 0)
/** Seconds until a job is noticed to have failed. */
const BOUND = 60
const random = randomOf('faults')

let server: OwnPostgres
beforeAll(async () => {
  server = await startOwnPostgres()
  await server.run('create database busy')
  await makeBusyDesk(server.url('busy'))
  const pool = openPool(server.url('busy'))
  await preparePostgresQueue(pool)
  await pool.end()
}, 180_000)
afterAll(() => server?.close(), 60_000)

interface Stage {
  name: string
  pool: Pool
  payload: Record<string, unknown>
  /** What the job has asked to be run. */
  enqueued: Set<string>
  state(): Promise<string[]>
  close(): Promise<void>
}

let databases = 0
/** A database with something to do for a job. */
async function stage(job: Job): Promise<Stage> {
  const name = `faults_${++databases}`
  await server.run(`create database ${name} template busy strategy file_copy`)
  const pool = openPool(server.url(name), { applicationName: 'stage' })
  const { id: accountId } = await one<{ id: number }>(pool, 'select id from accounts')
  const payload = job.payload.parse((await scenes[job.name]!({ pool, accountId })) ?? {}) as Record<string, unknown>
  const enqueued = new Set<string>()
  const state = async () => [...(await tidemarkRows(pool)), ...[...enqueued].sort()]
  const close = async () => {
    await pool.end()
    await server.run(`drop database ${name} with (force)`)
  }
  return { name, pool, payload, enqueued, state, close }
}

const recorder =
  ({ enqueued }: Stage): JobContext['enqueue'] =>
  async (other, given, { id } = {}) => {
    const text = `enqueued ${other.name} ${id} ${JSON.stringify(given)}`
    enqueued.add(text)
    return text
  }

/** What a run leaves that nothing happens to, and how many statements it is. */
async function undisturbed(job: Job): Promise<{ rows: string[]; statements: number }> {
  const place = await stage(job)
  let statements = 0
  const pool = intercept(place.pool, { before: () => void statements++ })
  const { signal: never } = new AbortController()
  const context = { pool, url: server.url(place.name), enqueue: recorder(place), log, signal: never, progress: async () => {} }
  await job.run(place.payload, context)
  const rows = await place.state()
  await place.close()
  return { rows, statements }
}

/** Something that happens once. */
function signal(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>((happened) => (resolve = happened))
  return { promise, resolve }
}

/** What happens amid a job. Returns when it has happened, and maybe is not over. */
type Fault = (place: Stage, proxy: Proxy) => Promise<void> | void

const ended: Fault = async ({ pool }) =>
  void (await run(
    pool,
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name <> 'stage'`,
  ))

const halfOpen: Fault = (_, proxy) => proxy.freeze(random.pick(['everything', 'answers']))

/** A restart that some jobs are amid of: it happens when all are, or those that are late have had their time. */
function restart(expected: number): Fault {
  let arrived = 0
  const all = signal()
  const stopped = (async () => {
    await Promise.race([all.promise, sleep(30_000)])
    await server.stop()
  })()
  void stopped.then(() => server.start())
  return async () => {
    if (++arrived === expected) all.resolve()
    await stopped
  }
}

interface Outcome {
  /** Seconds from the fault until the attempt had ended, and until one had succeeded. */
  noticed: number
  recovered: number
}

/** Runs a job by a worker whose database is behind a proxy, with a fault before the nth statement, until it is done. Undefined: it had fewer. */
async function runAmid(job: Job, place: Stage, fault: Fault, nth: number): Promise<Outcome | undefined> {
  const way = await server.openWay()
  const pool = openPool(way.url(place.name))
  let [statements, struck, noticed] = [0, 0, 0]
  const seconds = () => (performance.now() - struck) / 1000
  const struckPool = intercept(pool, {
    before: async () => {
      if (++statements !== nth) return
      struck = performance.now()
      await fault(place, way.proxy)
    },
  })
  const done = signal()
  const watched: Job = {
    ...job,
    everySeconds: undefined,
    async run(payload, context) {
      try {
        const counts = await job.run(payload, { ...context, pool: struckPool, enqueue: recorder(place) })
        done.resolve()
        return counts
      } finally {
        if (struck > 0) noticed ||= seconds()
      }
    },
  }
  const worker = await startWorker({ pool, url: way.url(place.name), jobs: [watched] })
  const queues = await openQueues({ pool: place.pool, url: server.url(place.name) })
  await queues.enqueue(watched, place.payload)
  await queues.close()
  const late = sleep(240_000, 'late', { ref: false })
  const result = await Promise.race([done.promise, late])
  expect(result, `${job.name} is not done`).toBeUndefined()
  const outcome = struck > 0 ? { noticed, recovered: seconds() } : undefined
  await worker.close()
  await pool.end()
  await way.close()
  return outcome
}

const expected = new Map<string, Promise<{ rows: string[]; statements: number }>>()

/** What these could not do is as it was, or noted in a row with the time of the next try, and the heartbeat comes by again. */
const later: Record<string, (place: Stage) => Promise<unknown>> = {
  async 'plan-digests'({ pool }) {
    await planDueDigests(pool, DUE + 120)
    await tellOfBackfills(pool, DUE + 120)
  },
  async reconcile({ pool }) {
    for (const { id } of await many<{ id: number }>(
      pool,
      'select account_id as id from tidemark.reconciliations where recent_at is null',
    ))
      await reconcileAccount(pool, id, DUE + 700, { cycleDays: 30 })
  },
  'compose-digests': ({ pool }) => composeDueDigests(pool, DUE + 300),
  async 'deliver-digests'({ pool }) {
    for (let hours = 1; hours <= 4; hours++) await deliverQueued(pool, DUE + hours * 3600)
  },
}

/** Rows but for how often and when something was tried; a snapshot says when it was taken. */
const withoutTries = (rows: string[]) =>
  rows
    .map((row) =>
      row
        .replaceAll(/"(failures|note|retry_at|attempts|doubts|response|error|sha256|recent_at)":("(\\.|[^"\\])*"|[^,}]+),?/g, '')
        .replace(/"takenAt":\{[^}]*\}/, ''),
    )
    .sort()

/** Has all jobs of a group meet a fault at the same time. */
async function meet(what: string, fault: Fault, group: readonly Job[], lot: Random): Promise<void> {
  await Promise.all(
    group.map(async (job) => {
      if (!expected.has(job.name)) expected.set(job.name, undisturbed(job))
      const { rows, statements } = await expected.get(job.name)!
      // How many chunks a backfill has depends on how fast they are: only those of the first are sure to come.
      const sure = job.name === 'backfill-account' ? Math.min(statements, 30) : statements
      let nth = 1 + Math.floor(lot.between(0, sure))
      let place = await stage(job)
      let outcome = await runAmid(job, place, fault, nth)
      for (; !outcome; outcome = await runAmid(job, place, fault, nth)) {
        await place.close()
        place = await stage(job)
        nth = Math.ceil(nth / 2)
      }
      const { noticed, recovered } = outcome
      const where = `${job.name}, statement ${nth} of ${statements}, ${what}`
      console.info(`${where}: noticed after ${noticed.toFixed(1)} s, done after ${recovered.toFixed(1)} s`)
      expect(noticed, where).toBeLessThanOrEqual(BOUND)
      await later[job.name]?.(place)
      expect(withoutTries(await place.state()), where).toEqual(withoutTries(rows))
      await place.close()
    }),
  )
}

const faults: [string, (group: readonly Job[]) => Fault][] = [
  ['PostgreSQL restarts', (group) => restart(group.length)],
  ['the connection is half open', () => halfOpen],
  ['the backends are ended', () => ended],
]

test.concurrent('each job goes on by itself', { timeout: 300_000 * (1 + ROUNDS * faults.length) }, async () => {
  const first = Math.floor(random.between(0, faults.length))
  const happen = async ([what, fault]: (typeof faults)[number], n: number) => {
    const group = ROUNDS > 0 ? jobs : jobs.filter((_, i) => (first + i) % faults.length === n)
    for (let round = 0; round < Math.max(1, ROUNDS); round++) await meet(what, fault(group), group, random)
  }
  // The server is that of all of them, so it restarts when the others are through.
  const [restarts, ...others] = faults
  await Promise.all(others.map((fault, n) => happen(fault, n + 1)))
  await happen(restarts!, 0)
})

test.concurrent('a statement that is slow and a transaction that rests are left alone', { timeout: 120_000 }, async () => {
  const { pool, drop } = await createDatabase()
  const resting = await pool.connect()
  await resting.query('begin')
  await Promise.all([pool.query('select pg_sleep(25)'), sleep(25_000)])
  await resting.query('commit')
  resting.release()
  await drop()
})

test.concurrent('a pool that nobody watches would still be waiting', { timeout: 120_000 }, async () => {
  const database = await createDatabase()
  const { proxy, url } = await proxyOf(database.url)
  const pools = [openPool(url), new pg.Pool({ connectionString: url, keepAlive: true }).on('error', () => {})] as const
  await Promise.all(pools.map((pool) => pool.query('select 1')))
  proxy.freeze()
  const waiting = pools.map((pool) =>
    pool.query('select 1').then(
      () => 'answered',
      (error: Error) => error.message,
    ),
  )
  const first = await Promise.race(waiting)
  expect(first).toBe('Connection terminated unexpectedly')
  expect(await Promise.race([waiting[1], sleep(5000, 'still waits')])).toBe('still waits')
  await proxy.close()
  expect(await waiting[1]).toBe('Connection terminated unexpectedly')
  await Promise.all(pools.map((pool) => pool.end()))
  await database.drop()
})
