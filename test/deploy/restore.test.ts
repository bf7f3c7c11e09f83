// The drill: the machine is gone. There is a dump of the database, taken while the desk was busy, and nothing else: a new cluster, an
// empty Redis. The promise: reports are right, work goes on by itself, and nobody gets a mail for the second time.
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { jobs } from '../../jobs/list.ts'
import { many, one, openPool, run, type Pool } from '../../src/db.ts'
import { composeDueDigests } from '../../src/digests/composing/compose.ts'
import { planDueDigests } from '../../src/digests/composing/plan.ts'
import { runDigest } from '../../src/digests/composing/run-digest.ts'
import { migrate } from '../../src/migrate.ts'
import { startPostgres, type EmbeddedPostgres } from '../../src/postgres/launcher.ts'
import { reading } from '../../src/reports/reading.ts'
import { berlinDigest, DUE, openBerlin, rollDesk } from '../digests/desk.ts'
import { startSmtp, type SmtpRecorder, type Taken } from '../digests/smtp.ts'
import { dump, restore, type Backup } from '../support/backup.ts'
import type { TestDatabase } from '../support/database.ts'
import { byHand, CLOSED, createDeskDatabase, OPENED, openDesk, writeHistory, type Desk } from '../support/desk.ts'
import { startTidemark, type Running } from '../support/processes.ts'
import { backlog, differences } from '../support/recompute.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'
import { randomOf } from '../support/seed.ts'
import { startWriters } from '../support/writers.ts'

let smtp: SmtpRecorder
let lost: TestDatabase
let folder: string
let server: EmbeddedPostgres
let redis: TestRedis | undefined
let pool: Pool
let url: string
let worker: Running | undefined
beforeAll(async () => {
  lost = await createDeskDatabase()
  smtp = await startSmtp()
  folder = await mkdtemp(join(tmpdir(), 'tidemark-restore-'))
  await chmod(folder, 0o755)
  server = await startPostgres({ dataDir: join(folder, 'postgres'), durable: false })
  redis = await startRedis()
}, 120_000)
afterAll(async () => {
  await worker?.kill()
  await pool?.end()
  await redis?.stop()
  await server?.stop()
  await smtp.close()
  await lost.drop()
  await rm(folder, { recursive: true, force: true })
}, 120_000)

const route = () => ({ smtpUrl: smtp.url, from: 'Tidemark <reports@desk.example>', outbox: folder })

/** A busy desk: reports, a digest that was delivered, one whose mails wait, and writers at work. */
async function busyDesk() {
  const desk = await openBerlin(lost.pool, 40)
  const busy = await openDesk(lost.pool, 'Asia/Kolkata')
  await writeHistory(lost.pool, busy, 20)
  await rollDesk(lost.pool, desk)
  const delivered = await berlinDigest(lost.pool, desk, { recipients: ['ana@example.com', 'ben@example.com'] })
  expect((await runDigest(lost.pool, delivered, DUE, { route: route() })).sent).toMatchObject({ sent: 2 })
  await berlinDigest(lost.pool, desk, { name: 'Waits', recipients: ['cleo@example.com', 'dan@example.com'] })
  await planDueDigests(lost.pool, DUE)
  expect(await composeDueDigests(lost.pool, DUE)).toMatchObject({ composed: 1 })
  return { desk, busy, delivered }
}

async function dumpWhileBusy(busy: Desk): Promise<Backup> {
  const writers = startWriters({ url: lost.url, desks: [busy], random: randomOf('restore'), writers: 3, rest: 0.05 })
  await vi.waitFor(() => expect(writers.committed).toBeGreaterThan(10), { timeout: 30_000 })
  const backup = await dump(lost.pool)
  await writers.stop()
  return backup
}

async function openNewCluster(backup: Backup): Promise<void> {
  const maintenance = openPool(server.url('postgres'), { max: 1 })
  await run(maintenance, 'create database restored')
  await maintenance.end()
  url = server.url('restored')
  await migrate(url)
  pool = openPool(url)
  await pool.query(byHand)
  await pool.query(`select ensure_raw_months('2025-01-01', '2026-04-01')`)
  await restore(pool, backup)
}

const figures = (of: Pool, { accountId }: Desk) =>
  reading(of, accountId, (read) =>
    read.totals({
      dimension: 'agent',
      since: OPENED,
      until: CLOSED,
      metrics: ['conversations_count', 'avg_first_response_time'],
    }),
  )

const undelivered = async (of: Pool) =>
  (await one<{ n: number }>(of, `select count(*)::int as n from tidemark.deliveries where state not in ('sent', 'written')`)).n

test('a dump of a busy desk, restored into a new cluster with an empty queue', { timeout: 420_000 }, async () => {
  const { desk, busy, delivered } = await busyDesk()
  const backup = await dumpWhileBusy(busy)
  const before = await figures(lost.pool, desk)
  const begun = performance.now()
  await openNewCluster(backup)

  // At once, before anything has been rolled again.
  expect(await figures(pool, desk)).toEqual(before)
  expect(await backlog(pool)).toBeGreaterThan(0)

  worker = startTidemark(url, ['worker'], {
    REDIS_URL: redis?.url ?? '',
    SMTP_URL: smtp.url,
    MAIL_FROM: 'reports@desk.example',
    SWEEP_SECONDS: '0.3',
    PROBE_PORT: '0',
    TIDEMARK_CLOCK: new Date((DUE + 600) * 1000).toISOString(),
  })
  await vi.waitFor(async () => expect([await backlog(pool), worker?.output()]).toEqual([0, '']), {
    timeout: 200_000,
    interval: 500,
  })
  await vi.waitFor(async () => expect(await undelivered(pool)).toBe(0), { timeout: 150_000, interval: 500 })
  console.info(`restored and caught up in ${((performance.now() - begun) / 1000).toFixed(1)} s`)

  const beating = jobs.filter((job) => job.everySeconds !== undefined).map(({ name }) => name)
  const beats = await many<{ job: string }>(pool, 'select job from tidemark.heartbeats')
  expect(beats.map(({ job }) => job).sort()).toEqual([...beating].sort())

  // Another round of the planner, in case it would send again.
  await planDueDigests(pool, DUE + 700)
  await sleep(2000)
  expect(mailFaults()).toEqual([])
  expect(await differences(pool, [desk.accountId, busy.accountId])).toEqual([])
  await worker.kill()

  // Ids go on behind those that were given out.
  const next = await berlinDigest(pool, desk, { name: 'New' })
  const { last } = await one<{ last: number }>(lost.pool, 'select max(id)::int as last from tidemark.digests')
  expect(next.id).toBeGreaterThan(last)
  await writeHistory(pool, desk, 5)
  await rollDesk(pool, desk)

  // From a dump that knows nothing of what was sent, and without its sequences.
  await run(pool, 'delete from tidemark.digest_slots where account_id = $1 and digest_id = $2', [desk.accountId, delivered.id])
  expect((await runDigest(pool, delivered, DUE + 800, { route: route() })).sent).toMatchObject({ sent: 2 })
  expect(mailFaults()).toEqual(['ana', 'ben'].map((name) => `${name}@example.com has the week 2 times`))
  await run(pool, `select setval(pg_get_serial_sequence('tidemark.digests', 'id'), 1, false)`)
  await expect(berlinDigest(pool, desk, { name: 'Newer' })).rejects.toMatchObject({ code: '23505' })
})

/** Who was not mailed once what all should be, by the old installation or the new: the week, and before it that they are added. */
function mailFaults(): string[] {
  const isWelcome = ({ raw }: Taken) => /^Subject: \S*You.will.be.sent/m.test(raw)
  const people = ['ana', 'ben', 'cleo', 'dan'].map((name) => `${name}@example.com`)
  return [...new Set([...people, ...smtp.taken.map(({ to }) => to)])].flatMap((to) => {
    const theirs = smtp.taken.filter((mail) => mail.to === to)
    const welcomes = theirs.filter(isWelcome).length
    const weeks = theirs.length - welcomes
    const expected = people.includes(to) ? 1 : 0
    return [
      ...(weeks === expected ? [] : [`${to} has the week ${weeks} times`]),
      ...(welcomes === expected ? [] : [`${to} is welcomed ${welcomes} times`]),
    ]
  })
}
