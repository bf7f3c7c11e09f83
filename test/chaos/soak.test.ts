import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { byCommand } from '../../src/audit/change.ts'
import { many, one, openPool, type Pool } from '../../src/db.ts'
import { createDigest } from '../../src/digests/definition/digest.ts'
import { LANES } from '../../src/digests/delivery/deliver.ts'
import { openBerlin } from '../digests/desk.ts'
import { startSmtp, type SmtpRecorder } from '../digests/smtp.ts'
import { startCrew, type Crew } from '../support/crew.ts'
import { fillDeskDatabase, openDesk, writeHistory, type Desk } from '../support/desk.ts'
import { answers, startOwnPostgres, type OwnPostgres } from '../support/own-postgres.ts'
import { startTidemark, type Running } from '../support/processes.ts'
import { requireProgram } from '../support/programs.ts'
import { backlog, deadlocks, differences } from '../support/recompute.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'
import { randomOf, scaled } from '../support/seed.ts'
import { startWriters } from '../support/writers.ts'

/*
 * The story: a bad hour. Workers are killed, stand still for longer than their locks, lose every connection to the database,
 * have clocks that are wrong by up to a minute and a half either way and jump; PostgreSQL restarts or crashes, and the Redis that
 * has their queue comes back empty, one while the other still goes on. Writers never stop, and digests fall due. Nobody does
 * anything about it, but that clocks are set right when it is over; and in the end everything is as if it had been a quiet hour.
 */

const SECONDS = scaled('TIDEMARK_SOAK_SECONDS', 25)
/** Longer than the 15 s of a worker's lock, where there is time for it. */
const LONGEST_STANDSTILL = Math.min(30, SECONDS / 3)
const RECIPIENTS = 20
/** A digest whose heartbeat was lost takes a minute more: longer than a short run should last, which does not wait for its mails. */
const WAITS_FOR_MAILS = SECONDS >= 60
/** By how many seconds clocks are wrong. */
const WRONG = 90
/** A heartbeat that a clock which was ahead has put off comes when that time has come. */
const PATIENCE = 90 + WRONG

let server: OwnPostgres
let pool: Pool
let smtp: SmtpRecorder
let redis: TestRedis | undefined
let crew: Crew | undefined
let folder: string
const desks: Desk[] = []
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-soak-'))
  server = await startOwnPostgres()
  await server.run('create database soak')
  await fillDeskDatabase(server.url('soak'))
  pool = openPool(server.url('soak'))
  desks.push(await openBerlin(pool, 20))
  for (const zone of ['Asia/Kolkata', 'America/New_York', 'Australia/Lord_Howe']) {
    const desk = await openDesk(pool, zone)
    await writeHistory(pool, desk, 20)
    desks.push(desk)
  }
  smtp = await startSmtp()
  redis = await startRedis()
}, 180_000)
afterAll(async () => {
  await crew?.end()
  await redis?.stop()
  await smtp?.close()
  await pool?.end()
  await server?.close()
  await rm(folder, { recursive: true, force: true })
}, 60_000)

const random = randomOf('soak')
const victim = () => random.pick(crew!.alive)
/** The file that says by how much a worker's clock is wrong, by the worker's name. */
const clocks = new Map<string, string>()
const wrong = () => Math.round(random.between(-WRONG, WRONG))

function startWorker(): Running {
  const file = join(folder, `clock ${clocks.size}`)
  writeFileSync(file, String(wrong()))
  const env = { REDIS_URL: redis!.url, SMTP_URL: smtp.url, SWEEP_SECONDS: '0.3', CLOCK_FILE: file }
  const worker = startTidemark(server.url('soak'), ['worker'], env, 'test/support/shifted-tidemark.ts')
  clocks.set(worker.name, file)
  return worker
}

let away: Promise<unknown> = Promise.resolve()
/** Lets PostgreSQL go away, or the test ask it, but not both at once. */
function alone<T>(work: () => Promise<T>): Promise<T> {
  const turn = away.then(work)
  away = turn.catch(() => {})
  return turn
}

/** One of the server's processes is killed: it ends all the others and recovers from what it has written. */
async function crash(): Promise<void> {
  const [backend] = await many<{ pid: number }>(
    pool,
    `select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() limit 1`,
  )
  if (backend) process.kill(backend.pid, 'SIGKILL')
  await sleep(200)
}

async function restart(): Promise<void> {
  await server.stop()
  await sleep(random.between(0.1, 4) * 1000)
  await server.start()
}

/** What happens, and how often it did. Each returns when it is over. */
const disturbances: Record<string, () => Promise<void>> = {
  async 'a worker is killed'() {
    await victim().kill()
  },
  async 'a worker stands still'() {
    const worker = victim()
    worker.stop()
    await sleep(random.between(1, LONGEST_STANDSTILL) * 1000)
    worker.goOn()
  },
  async 'Redis comes back empty'() {
    const port = Number(new URL(redis!.url).port)
    await redis!.stop()
    await sleep(random.between(0.1, 4) * 1000)
    redis = await startRedis(port)
  },
  async 'connections to PostgreSQL end'() {
    const names = crew!.alive.map(({ name }) => name)
    const end = `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = any ($1)`
    await alone(() => many(pool, end, [names]))
  },
  async 'PostgreSQL restarts'() {
    await alone(async () => {
      await restart()
      await answers(server.url('soak'))
    })
  },
  async 'PostgreSQL crashes'() {
    await alone(async () => {
      await crash()
      await answers(server.url('soak'))
    })
  },
  async 'a clock jumps'() {
    writeFileSync(clocks.get(victim().name)!, String(wrong()))
  },
}

/** Disturbs for some seconds: all of the disturbances in an order by lot, then again. One begins while another goes on. */
async function disturb(seconds: number): Promise<Record<string, number>> {
  const started = performance.now()
  const happened = Object.fromEntries(Object.keys(disturbances).map((name) => [name, 0]))
  const underWay = new Map<string, Promise<void>>()
  while (performance.now() - started < seconds * 1000) {
    const least = Math.min(...Object.values(happened))
    const name = random.pick(Object.keys(happened).filter((other) => happened[other] === least))
    await underWay.get(name)
    // Between the end of one and the start of the next there may be nobody.
    while (crew!.alive.length === 0) await sleep(50)
    underWay.set(name, disturbances[name]!())
    happened[name]!++
    await sleep(random.between(0.5, 4) * 1000)
  }
  await Promise.all(underWay.values())
  return happened
}

let digests = 0
/** A digest that has been due for half an hour. */
async function fallDue(): Promise<void> {
  const now = Date.now() / 1000
  const time = new Date((now - 1800) * 1000).toISOString().slice(11, 16)
  const recipients = Array.from({ length: RECIPIENTS }, (_, n) => ({ address: `reader${n}.digest${digests}@example.com` }))
  // An account has a thousand different recipients at most, which are fewer than an hour's.
  const { accountId } = desks[digests % desks.length]!
  const name = `Digest ${digests++}`
  const cadence = { every: 'day' as const, time }
  const definition = { name, zone: 'UTC', cadence, formats: ['inline' as const], recipients, patienceHours: 0 }
  await alone(() => createDigest(pool, accountId, definition, byCommand(now - 7200)))
}

/** One digest now, and another each minute. Returns a function that ends it. */
function startDigests(): () => Promise<void> {
  const stop = new AbortController()
  const ended = (async () => {
    while (!stop.signal.aborted) {
      await fallDue()
      await sleep(60_000, undefined, { signal: stop.signal }).catch(() => {})
    }
  })()
  return async () => {
    stop.abort()
    await ended
  }
}

interface Delivery extends Record<string, unknown> {
  recipient: string
  state: string
  doubts: number
}
const deliveries = () => many<Delivery>(pool, `select recipient, state, doubts from tidemark.deliveries where kind = 'digest'`)

/** Sent, in doubt, or claimed by one who was killed: his lease outlasts this test's patience, and what follows is another test's. */
const isSettled = ({ state }: Delivery) => ['sent', 'uncertain', 'sending'].includes(state)

/** How long ago the heartbeats that tick every few seconds last did their work: the oldest. */
const slowestHeartbeat = async () =>
  (
    await one<{ age: number | null }>(
      pool,
      `select extract(epoch from max(clock_timestamp() - at))::float8 as age from tidemark.heartbeats where every_seconds <= 5`,
    )
  ).age ?? Infinity

/** Waits until everything is done. Returns after how many seconds it was, or throws what is not. */
async function settle(): Promise<Record<string, number>> {
  const started = performance.now()
  const after: Record<string, number> = {}
  const conditions: Record<string, () => Promise<boolean>> = {
    'no mark is left': async () => (await backlog(pool)) === 0,
    'heartbeats tick': async () => (await slowestHeartbeat()) < (performance.now() - started) / 1000,
    'digests are sent': async () => {
      if (!WAITS_FOR_MAILS) return true
      const rows = await deliveries()
      return rows.length === digests * RECIPIENTS && rows.every(isSettled)
    },
  }
  for (;;) {
    const seconds = (performance.now() - started) / 1000
    for (const [what, holds] of Object.entries(conditions)) if (!(what in after) && (await holds())) after[what] = seconds
    const missing = Object.keys(conditions).filter((what) => !(what in after))
    if (missing.length === 0) return after
    if (seconds > PATIENCE) throw new Error(`not within ${PATIENCE} s: ${missing.join(', ')}`)
    await sleep(100)
  }
}

/** Nobody who is said to have it is without; a second copy is only of a mail whose worker was cut off while its bytes flowed. */
async function requireMails(interruptions: number): Promise<void> {
  const copies = new Map<string, number>()
  for (const { to, raw } of smtp.taken) if (!/^Subject: \S*You.will.be.sent/m.test(raw)) copies.set(to, (copies.get(to) ?? 0) + 1)
  const rows = await deliveries()
  const copiesOf = ({ recipient }: Delivery) => copies.get(recipient) ?? 0
  expect(rows.filter((row) => row.state === 'sent' && row.doubts === 0 && copiesOf(row) !== 1)).toEqual([])
  expect(rows.filter((row) => row.state !== 'sent' && copiesOf(row) > row.doubts + 1)).toEqual([])
  expect(rows.filter((row) => copiesOf(row) > 2)).toEqual([])
  if (WAITS_FOR_MAILS) expect(rows.filter((row) => row.state !== 'sent').length).toBeLessThanOrEqual(LANES * interruptions)
  const states = rows.map(({ state }) => state)
  const count = (state: string) => states.filter((other) => other === state).length
  console.info(
    `${digests} digests: ${count('sent')} mails sent, ${count('sending')} in the hands of the dead, ${count('uncertain')} uncertain`,
  )
}

test.runIf(await requireProgram('redis-server'))(
  `${SECONDS} s of everything at once: nothing is missed, nothing is wrong, and all goes on by itself`,
  { timeout: 120_000 + (SECONDS + PATIENCE) * 1000 },
  async () => {
    const writers = startWriters({
      url: server.url('soak'),
      desks,
      random: randomOf('writers'),
      writers: 4,
      rest: 0.3,
      cutOff: true,
    })
    const stopDigests = startDigests()
    crew = startCrew(2, startWorker)
    while ((await slowestHeartbeat()) > 5) await sleep(100)
    const happened = await disturb(SECONDS)
    await stopDigests()
    await writers.stop()
    for (const file of clocks.values()) writeFileSync(file, '0')
    const left = await backlog(pool)
    const after = await settle()
    console.info(
      `${writers.committed} transactions; ${JSON.stringify(happened)}; ${left} marks left; seconds until: ${JSON.stringify(after)}`,
    )
    expect(Object.values(happened).every((times) => times > 0)).toBe(true)
    // Without Redis or PostgreSQL none starts; what cannot start says so and is started again. Nothing else may end one.
    expect(crew.gone.filter(({ code }) => code !== 1)).toEqual([])
    expect(crew.gone.filter(({ output }) => !/redis|terminat|connect|cannot be reached|database system/i.test(output))).toEqual(
      [],
    )
    await crew.end()
    expect(await backlog(pool)).toBe(0)
    expect(
      await differences(
        pool,
        desks.map((desk) => desk.accountId),
      ),
    ).toEqual([])
    expect(await deadlocks(pool)).toBe(0)
    await requireMails(Object.values(happened).reduce((sum, times) => sum + times, 0))
  },
)
