// Deploys: a worker is told to end in the middle of a job, again and again. It ends by itself within its grace, and nothing is
// lost, done twice or left hanging. And of everything that was ever said to Redis meanwhile, nothing is about anybody.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Redis } from 'ioredis'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { byCommand } from '../../src/audit/change.ts'
import { many, one, run, type Client } from '../../src/db.ts'
import { createDigest } from '../../src/digests/definition/digest.ts'
import { deliverQueued } from '../../src/digests/delivery/deliver.ts'
import { openQueues } from '../../src/queue.ts'
import { requestBackfill } from '../../src/rollups/backfill/backfill.ts'
import { openBerlin } from '../digests/desk.ts'
import { startSmtp, type Script, type SmtpRecorder, type Taken } from '../digests/smtp.ts'
import type { TestDatabase } from '../support/database.ts'
import { createDeskDatabase, type Desk } from '../support/desk.ts'
import { startTidemark, type Running } from '../support/processes.ts'
import { requireProgram } from '../support/programs.ts'
import { backlog, differences } from '../support/recompute.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'
import { randomOf, scaled } from '../support/seed.ts'
import { freePort } from '../support/free-port.ts'

const RESTARTS = scaled('TIDEMARK_RESTARTS', 2)
/** Seconds in which a platform expects a process to end before it is killed: Heroku's 30 less some. */
const PATIENCE = 25

let database: TestDatabase
let desk: Desk
let smtp: SmtpRecorder
let redis: TestRedis | undefined
let client: Redis
const said: string[] = []
beforeAll(async () => {
  database = await createDeskDatabase()
  desk = await openBerlin(database.pool, 30)
  // Figures that no clock, counter or size shows by chance.
  await run(database.pool, 'update reporting_events set value = 1000003 + 7919 * id')
  smtp = await startSmtp()
  redis = await startRedis()
  if (!redis) return
  client = new Redis(redis.url)
  const monitor = await client.monitor()
  // Redis goes before the test's connections do.
  for (const connection of [client, monitor]) connection.on('error', () => {})
  monitor.on('monitor', (_time: string, parts: string[]) => said.push(parts.join(' ')))
})
afterAll(async () => {
  client?.disconnect()
  await redis?.stop()
  await smtp.close()
  await database.drop()
})

/** Something that a job cannot go beyond while another transaction holds it, or a mail server that takes its time. */
const holds: Record<string, string | undefined> = {
  sweep: 'lock table tidemark.dirty_scopes in access exclusive mode',
  'roll-account and backfill-account': `select pg_advisory_xact_lock(hashtext('tidemark roll'), $account)`,
  'resume-backfills': 'lock table tidemark.backfills in access exclusive mode',
  'plan-digests': 'lock table tidemark.digests in access exclusive mode',
  'compose-digests': 'lock table tidemark.snapshots in access exclusive mode',
  'deliver-digests': undefined,
}

/** Work for every job: changed hours, a backfill, a digest that became due half an hour ago. */
async function giveWork(round: number): Promise<void> {
  const { pool } = database
  const { accountId } = desk
  await run(
    pool,
    `insert into tidemark.dirty_hours (account_id, hour)
     select account_id, created_at at time zone 'UTC' from conversations where account_id = $1::bigint`,
    [accountId],
  )
  const active = await many(pool, `select id from tidemark.backfills where state in ('queued', 'running', 'paused')`)
  if (active.length === 0) await requestBackfill(pool, { accountId, since: -Infinity, until: Infinity, reason: 'deploy' })
  const now = Date.now() / 1000
  const time = new Date((now - 1800) * 1000).toISOString().slice(11, 16)
  const recipients = [1, 2, 3].map((n) => ({ address: `reader${n}.round${round}@example.com` }))
  const cadence = { every: 'day' as const, time }
  await createDigest(
    pool,
    accountId,
    { name: `Secretive ${round}`, zone: 'UTC', cadence, formats: ['inline'], recipients, patienceHours: 0 },
    byCommand(now - 7200),
  )
}

const start = (port: number) =>
  startTidemark(database.url, ['worker'], {
    REDIS_URL: redis!.url,
    SMTP_URL: smtp.url,
    SWEEP_SECONDS: '0.3',
    PROBE_PORT: String(port),
  })

async function until(holding: () => Promise<boolean> | boolean, what: string, seconds = 40): Promise<void> {
  for (let waited = 0; !(await holding()); waited += 0.02) {
    if (waited > seconds) throw new Error(`not within ${seconds} s: ${what}`)
    await sleep(20)
  }
}

const blocked = async ({ name }: Running) =>
  (
    await one<{ n: number }>(
      database.pool,
      `select count(*) as n from pg_stat_activity where application_name = $1 and wait_event_type = 'Lock'`,
      [name],
    )
  ).n > 0

const kept: Taken[] = []

/** The server forgets what it has taken when its manners change. */
function keepAndReset(script?: Script): void {
  kept.push(...smtp.taken)
  smtp.reset(script)
}

interface Ended {
  /** How it ended; undefined: it was still there when the platform kills. */
  code: number | string | undefined
  seconds: number
  /** What `/readyz` said after it was told. */
  ready: number
  output: string
}

/** Tells a process to end, and how it does; `meanwhile` goes on while it does. */
async function tell(process: Pick<Running, 'terminate' | 'ended'>, patience: number, meanwhile = async () => {}) {
  process.terminate()
  const told = performance.now()
  const late = new AbortController()
  const tooLate = sleep((patience + 1) * 1000, undefined, { signal: late.signal }).catch(() => undefined)
  await meanwhile()
  const code = await Promise.race([process.ended, tooLate])
  late.abort()
  return { code, seconds: (performance.now() - told) / 1000 }
}

/** What is wrong with how a process has ended; nothing if by itself and in time, having let go of all that it had begun. */
const faultsOf = ({ code, seconds, ready, output }: Ended, early = false, patience = PATIENCE) => [
  ...(code === 0 ? [] : [code === undefined ? 'did not end' : `ended with ${code}`]),
  ...(seconds <= patience ? [] : ['took too long']),
  ...(early || ready === 503 ? [] : ['was ready']),
  ...(output.includes('lost its worker') ? ['lost a job'] : []),
]

/** Starts a worker, waits until it is amid the job, tells it to end, lets the job go on, and returns how it ended. Early: it may still be starting. */
async function restartDuring(job: string, early: boolean): Promise<Ended> {
  const hold = holds[job]?.replace('$account', String(desk.accountId))
  // Heartbeats tick at once in a store that is empty.
  await client.flushall()
  const holder: Client = await database.pool.connect()
  await holder.query('begin')
  if (hold) await holder.query(hold)
  else keepAndReset(() => 'slow')
  const port = await freePort()
  const before = smtp.taken.length
  const worker = start(port)
  try {
    await until(() => (hold ? blocked(worker) : smtp.taken.length > before), `amid ${job}: ${worker.output()}`)
    const readyz = () =>
      fetch(`http://127.0.0.1:${port}/readyz`).then(
        ({ status }) => status,
        () => 0,
      )
    if (!early) await until(async () => (await readyz()) === 200, `ready: ${worker.output()}`)
    let ready = 0
    const ended = await tell(worker, PATIENCE, async () => {
      await sleep(150)
      ready = await readyz()
      await sleep(150)
      await holder.query('rollback')
    })
    return { ...ended, ready, output: worker.output() }
  } finally {
    await holder.query('rollback')
    holder.release()
    await worker.kill()
    keepAndReset()
  }
}

test.runIf(await requireProgram('redis-server'))(
  `${RESTARTS} restarts amid jobs: each ends in time, nothing is lost or done twice, and Redis hears of nobody`,
  { timeout: 240_000 + RESTARTS * 60_000 },
  async () => {
    const random = randomOf('restarts')
    const names = Object.keys(holds)
    const first = Math.floor(random.between(0, names.length))
    for (let round = 0; round < RESTARTS; round++) {
      await giveWork(round)
      const job = names[(first + round) % names.length]!
      const early = random.chance(0.5)
      const ended = await restartDuring(job, early)
      console.info(
        `told to end amid ${job}${early ? ', early' : ''}: ended with ${ended.code} after ${ended.seconds.toFixed(1)} s`,
      )
      expect({ job, faults: faultsOf(ended, early) }).toEqual({ job, faults: [] })
    }
    const worker = start(await freePort())
    await until(async () => (await unfinished()) === 0 && (await backlog(database.pool)) === 0, 'everything is done', 60)
    const last = await tell(worker, PATIENCE)
    expect(faultsOf({ ...last, ready: 503, output: worker.output() })).toEqual([])
    expect(await faultsOfWork()).toEqual([])
    const queues = await openQueues({ pool: database.pool, url: database.url, redisUrl: redis!.url })
    for (const { active, failed } of Object.values(await queues.depths()))
      expect({ active, failed }).toEqual({ active: 0, failed: 0 })
    await queues.close()

    expect(said.length).toBeGreaterThan(100)
    expect(said.some((line) => line.includes('backfill-account'))).toBe(true)
    expect(await toldOf(said)).toEqual([])
    // The search finds what it looks for.
    expect(await toldOf(['set x reader1.round0@example.com'])).toEqual(['reader1.round0@example.com'])

    // A job that adds to what is there, and one that forgets what it has sent.
    const { pool } = database
    await run(pool, 'update tidemark.rollup_hourly set conversations = conversations + 1 where ctid = (select min(ctid) from tidemark.rollup_hourly)') // prettier-ignore
    const forgets = `update tidemark.deliveries set state = 'queued', finished_at = null, next_attempt_at = now() - interval '1 second'
      where recipient = 'reader2.round0@example.com' and kind = 'digest'`
    expect(await run(pool, forgets)).toBe(1)
    const route = { smtpUrl: smtp.url, from: 'Tidemark <t@example.com>', outbox: '' }
    expect(await deliverQueued(pool, Date.now() / 1000, { route })).toMatchObject({ sent: 1 })
    const faults = await faultsOfWork()
    expect(faults).toContain('reader2.round0@example.com has it 2 times')
    expect(faults.length).toBeGreaterThan(1)
  },
)

/** What was lost or done twice: rollups that differ from their rows, and readers who have their mail never or more than once. */
async function faultsOfWork(): Promise<unknown[]> {
  const mails = [...kept, ...smtp.taken].filter(({ raw }) => !/^Subject: \S*You.will.be.sent/m.test(raw)).map(({ to }) => to)
  const readers = Array.from({ length: RESTARTS }, (_, round) => [1, 2, 3].map((n) => `reader${n}.round${round}@example.com`))
  const wrong = [...new Set([...mails, ...readers.flat()])].flatMap((reader) => {
    const times = mails.filter((to) => to === reader).length
    return times === 1 ? [] : [`${reader} has it ${times} times`]
  })
  return [...(await differences(database.pool, [desk.accountId])), ...wrong]
}

test.each([
  ['does not listen', `process.on('SIGTERM', () => {})`, 1, ['did not end', 'took too long']],
  ['is ended by the signal', '', PATIENCE, ['ended with SIGTERM']],
  ['fails over it', `process.on('SIGTERM', () => process.exit(1))`, PATIENCE, ['ended with 1']],
])('a process that %s is found', async (_, manners, patience, faults) => {
  const child = spawn(process.execPath, ['-e', `${manners}; setInterval(() => {}, 1000); console.log('up')`])
  const ended = once(child, 'exit').then(([code, signal]) => (code as number | null) ?? (signal as string))
  await once(child.stdout, 'data')
  const how = await tell({ ended, terminate: () => void child.kill('SIGTERM') }, patience)
  child.kill('SIGKILL')
  await ended
  expect(faultsOf({ ...how, ready: 503, output: '' }, false, patience)).toEqual(faults)
})

async function unfinished(): Promise<number> {
  const { n } = await one<{ n: number }>(
    database.pool,
    `select (select count(*) from tidemark.backfills where state in ('queued', 'running')) +
       (select count(*) from tidemark.deliveries where next_attempt_at is not null or state = 'sending') +
       (select count(*) from tidemark.digests d where not exists (
         select from tidemark.digest_slots s where s.account_id = d.account_id and s.digest_id = d.id and s.state = 'done')) as n`,
  )
  return n
}

/** Addresses, names and values of reports that occur in what Redis was told. Values of six digits and more: shorter numbers are told anyway. */
async function toldOf(lines: readonly string[]): Promise<string[]> {
  const text = lines.join('\n')
  const addresses = text.match(/[\w.+-]+@[\w-]+\.[\w.]+/g) ?? []
  const names = await many<{ name: string }>(
    database.pool,
    `select name from accounts union select name from users union select name from inboxes union select name from teams
     union select title from labels union select name from tidemark.digests`,
  )
  const sums = await many<{ value: string }>(
    database.pool,
    `select distinct trunc(v)::bigint::text as value
     from (select * from tidemark.rollup_hourly union all select * from tidemark.rollup_daily) as r,
       unnest(array[first_response_value_sum, reply_value_sum, resolution_value_sum]) as v
     where v >= 100000 and v::bigint % 100 <> 0`,
  )
  expect(sums.length).toBeGreaterThan(5)
  const words = new Set(text.match(/[A-Za-z0-9]+/g))
  return [
    ...addresses,
    ...names.map(({ name }) => name).filter((name) => name.length > 3 && text.includes(name)),
    ...sums.map(({ value }) => value).filter((value) => words.has(value)),
  ]
}
