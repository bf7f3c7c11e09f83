import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { byCommand } from '../../src/audit/change.ts'
import { many, one } from '../../src/db.ts'
import { createDigest } from '../../src/digests/definition/digest.ts'
import { LANES } from '../../src/digests/delivery/deliver.ts'
import { openBerlin } from '../digests/desk.ts'
import { startSmtp, type SmtpRecorder } from '../digests/smtp.ts'
import { startCrew, type Crew } from '../support/crew.ts'
import type { TestDatabase } from '../support/database.ts'
import { createDeskDatabase, openDesk, writeHistory, type Desk } from '../support/desk.ts'
import { startTidemark } from '../support/processes.ts'
import { requireProgram } from '../support/programs.ts'
import { backlog, deadlocks, differences } from '../support/recompute.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'
import { randomOf, scaled } from '../support/seed.ts'
import { startWriters } from '../support/writers.ts'

/*
 * The story: a bad hour. Workers are killed, stand still for longer than their locks, lose every connection to the database,
 * and the Redis that has their queue comes back empty, one while the other still goes on. Writers never stop, and digests
 * fall due. Nobody does anything about it, and in the end everything is as if it had been a quiet hour. Clocks are left
 * alone: a worker's can be frozen, not shifted.
 */

const SECONDS = scaled('TIDEMARK_SOAK_SECONDS', 25)
/** Longer than the 15 s of a worker's lock, where there is time for it. */
const LONGEST_STANDSTILL = Math.min(30, SECONDS / 3)
const RECIPIENTS = 20
/** A digest whose heartbeat was lost takes a minute more: longer than a short run should last, which does not wait for its mails. */
const WAITS_FOR_MAILS = SECONDS >= 60
/** A lost heartbeat is asserted again within 60 s. */
const PATIENCE = 90

let database: TestDatabase
let smtp: SmtpRecorder
let redis: TestRedis | undefined
let crew: Crew | undefined
const desks: Desk[] = []
beforeAll(async () => {
  database = await createDeskDatabase()
  desks.push(await openBerlin(database.pool, 20))
  for (const zone of ['Asia/Kolkata', 'America/New_York', 'Australia/Lord_Howe']) {
    const desk = await openDesk(database.pool, zone)
    await writeHistory(database.pool, desk, 20)
    desks.push(desk)
  }
  smtp = await startSmtp()
  redis = await startRedis()
})
afterAll(async () => {
  await crew?.end()
  await redis?.stop()
  await smtp.close()
  await database.drop()
})

const random = randomOf('soak')
const victim = () => random.pick(crew!.alive)

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
    await many(
      database.pool,
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = any ($1)`,
      [crew!.alive.map(({ name }) => name)],
    )
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
  const name = `Digest ${digests++}`
  await createDigest(
    database.pool,
    desks[0]!.accountId,
    { name, zone: 'UTC', cadence: { every: 'day', time }, formats: ['inline'], recipients, patienceHours: 0 },
    byCommand(now - 7200),
  )
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
const deliveries = () =>
  many<Delivery>(database.pool, `select recipient, state, doubts from tidemark.deliveries where kind = 'digest'`)

/** Sent, in doubt, or claimed by one who was killed: his lease outlasts this test's patience, and what follows is another test's. */
const isSettled = ({ state }: Delivery) => ['sent', 'uncertain', 'sending'].includes(state)

/** How long ago the heartbeats that tick every few seconds last did their work: the oldest. */
const slowestHeartbeat = async () =>
  (
    await one<{ age: number }>(
      database.pool,
      `select extract(epoch from max(clock_timestamp() - at))::float8 as age from tidemark.heartbeats where every_seconds <= 5`,
    )
  ).age

/** Waits until everything is done. Returns after how many seconds it was, or throws what is not. */
async function settle(): Promise<Record<string, number>> {
  const started = performance.now()
  const after: Record<string, number> = {}
  const conditions: Record<string, () => Promise<boolean>> = {
    'no mark is left': async () => (await backlog(database.pool)) === 0,
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
    const writers = startWriters({ url: database.url, desks, random: randomOf('writers'), writers: 4, rest: 0.3 })
    const stopDigests = startDigests()
    crew = startCrew(2, () =>
      startTidemark(database.url, ['worker'], { REDIS_URL: redis!.url, SMTP_URL: smtp.url, SWEEP_SECONDS: '0.3' }),
    )
    const happened = await disturb(SECONDS)
    await stopDigests()
    await writers.stop()
    const left = await backlog(database.pool)
    const after = await settle()
    console.info(
      `${writers.committed} transactions; ${JSON.stringify(happened)}; ${left} marks left; seconds until: ${JSON.stringify(after)}`,
    )
    expect(Object.values(happened).every((times) => times > 0)).toBe(true)
    // Without Redis none starts; what cannot start says so and is started again. Nothing else may end one.
    expect(crew.gone.filter(({ code }) => code !== 1)).toEqual([])
    expect(crew.gone.filter(({ output }) => !/redis|terminat|connect/i.test(output))).toEqual([])
    await crew.end()
    expect(await backlog(database.pool)).toBe(0)
    expect(
      await differences(
        database.pool,
        desks.map((desk) => desk.accountId),
      ),
    ).toEqual([])
    expect(await deadlocks(database.pool)).toBe(0)
    await requireMails(Object.values(happened).reduce((sum, times) => sum + times, 0))
  },
)
