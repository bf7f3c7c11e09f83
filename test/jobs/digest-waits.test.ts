// The promise: a digest whose rollups are behind when it is due waits for them, visibly, and is sent once with the right figures
// when they are there; one that has no more patience says so in its mail. Never does a mail keep quiet about missing hours.
import { byCommand } from '../../src/audit/change.ts'
import { setTimeout as sleep } from 'node:timers/promises'
import PostalMime from 'postal-mime'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { jobs } from '../../jobs/list.ts'
import { many, one, run } from '../../src/db.ts'
import { deliverQueued } from '../../src/digests/delivery/deliver.ts'
import { createDigest, type Digest } from '../../src/digests/definition/digest.ts'
import { defineJob } from '../../src/job.ts'
import { migrate } from '../../src/migrate.ts'
import { lockRolls } from '../../src/rollups/coverage.ts'
import { startWorker, type RunningWorker } from '../../src/worker.ts'
import { deliveriesOf, slotsOf, snapshotsOf } from '../digests/slots.ts'
import { startSmtp, type SmtpRecorder } from '../digests/smtp.ts'
import { openBackend, type TestBackend } from '../queue/backends.ts'
import { openDesk, writeHistory, type Desk } from '../support/desk.ts'

const [MINUTE, HOUR, DAY] = [60, 3600, 86_400]
const within = (seconds: number) => ({ timeout: seconds * 1000, interval: 50 })
const now = () => Date.now() / 1000
/** The day before the one on which the digests became due, which they report. */
const yesterday = Math.floor((now() - 30 * MINUTE) / DAY) * DAY - DAY

let backend: TestBackend
let desk: Desk
let smtp: SmtpRecorder
let worker: RunningWorker | undefined
beforeAll(async () => {
  backend = await openBackend('PostgreSQL')
  await migrate(backend.url)
  await run(backend.pool, `select ensure_raw_months((now() - interval '40 days')::date, (now() + interval '40 days')::date)`)
  desk = await openDesk(backend.pool, 'UTC')
  await writeHistory(backend.pool, desk, 60, yesterday - 3 * DAY, yesterday + DAY)
  smtp = await startSmtp()
  worker = await startWorker({ ...backend, jobs: impatient, upkeepSeconds: 60 })
})
afterAll(async () => {
  await worker?.close()
  await smtp?.close()
  await backend?.drop()
})

const deliver = defineJob({
  name: 'deliver-digests',
  queue: 'digests',
  payload: z.object({}),
  async run(_, { pool, signal }) {
    const route = { smtpUrl: smtp.url, from: 'Tidemark <reports@desk.example>', outbox: '/nowhere' }
    return deliverQueued(pool, now(), { signal, route })
  },
})
/** Heartbeats are 60 times as fast as in production. */
const impatient = jobs
  .map((job) => (job.name === deliver.name ? deliver : job))
  .map((job) => (job.everySeconds ? { ...job, everySeconds: Math.min(1, job.everySeconds) } : job))

/** A daily digest that became due half an hour ago. */
function dueDigest(address: string, patienceHours: number): Promise<Digest> {
  const at = now()
  const time = new Date((at - 30 * MINUTE) * 1000).toISOString().slice(11, 16)
  const input = {
    name: address,
    zone: 'UTC',
    cadence: { every: 'day' as const, time },
    formats: ['inline' as const],
    patienceHours,
  }
  return createDigest(backend.pool, desk.accountId, { ...input, recipients: [{ address }] }, byCommand(at - 2 * HOUR))
}
const isRolled = async () => {
  const marks = `(select count(*) from tidemark.dirty_hours where account_id = $1) + (select count(*) from tidemark.dirty_scopes where account_id = $1)`
  const { left, rolled } = await one<{ left: number; rolled: number }>(
    backend.pool,
    `select ${marks} as left, (select count(*) from tidemark.rollup_hourly where account_id = $1) as rolled`,
    [desk.accountId],
  )
  return left === 0 && rolled > 0
}
/** What was taken of a digest; who is new on it is told so in a mail of its own. */
async function mailsOf({ id }: Digest): Promise<string[]> {
  const rows = await many<{ messageId: string }>(
    backend.pool,
    `select message_id as "messageId" from tidemark.deliveries where account_id = $1 and digest_id = $2 and kind = 'digest'`,
    [desk.accountId, id],
  )
  return smtp.taken.filter((mail) => rows.some((row) => mail.messageId.includes(row.messageId))).map(({ raw }) => raw)
}

test('a stalled roll is waited for, then one mail has the late rows in it; without patience the mail names the missing hours', async () => {
  await vi.waitFor(async () => expect(await isRolled()).toBe(true), within(20))
  const stall = await backend.pool.connect()
  try {
    await stall.query('begin')
    await lockRolls(stall, desk.accountId)
    await run(
      backend.pool,
      `insert into reporting_events (name, value, value_in_business_hours, account_id, inbox_id, user_id, created_at, updated_at)
       select 'first_response', 1e7, 1e7, $1, $2, $3, to_timestamp($4 + n) at time zone 'UTC', now() from generate_series(1, 5) as n`,
      [desk.accountId, desk.inboxes[0], desk.agents[0], yesterday + 10 * HOUR],
    )
    const patient = await dueDigest('patient@example.com', 2)
    const hasty = await dueDigest('hasty@example.com', 0)
    await vi.waitFor(async () => expect(await mailsOf(hasty)).toHaveLength(1), within(20))
    await vi.waitFor(
      async () => expect(await slotsOf(backend.pool, patient)).toMatchObject([{ state: 'waiting_for_data' }]),
      within(10),
    )
    // Some beats, at each of which it could be sent by mistake.
    await sleep(2500)
    expect(await slotsOf(backend.pool, patient)).toMatchObject([
      { state: 'waiting_for_data', note: expect.stringContaining('not complete') as string },
    ])
    expect(await mailsOf(patient)).toEqual([])

    const { subject, text } = await PostalMime.parse((await mailsOf(hasty))[0]!)
    expect(subject).toContain('[Incomplete data]')
    expect(text).toContain('10:00')
    const [partial] = await snapshotsOf(backend.pool, hasty)
    expect(partial!.snapshot.data.missing.map(({ from, until }) => [from.at - yesterday, until.at - yesterday])).toEqual([
      [10 * HOUR, 11 * HOUR],
    ])

    await stall.query('rollback')
    await vi.waitFor(async () => expect(await mailsOf(patient)).toHaveLength(1), within(20))
    await sleep(2500)
    expect([...(await mailsOf(patient)), ...(await mailsOf(hasty))]).toHaveLength(2)
    expect(await deliveriesOf(backend.pool, patient)).toMatchObject([{ state: 'sent', edition: 1 }])
    const [complete] = await snapshotsOf(backend.pool, patient)
    expect(complete!.snapshot.data.missing).toEqual([])
    const { value, n } = complete!.snapshot.totals.avg_first_response_time.current
    const raw = await one<{ value: number; n: number }>(
      backend.pool,
      `select avg(value)::float8 as value, count(*) as n from reporting_events
       where account_id = $1 and name = 'first_response' and created_at >= to_timestamp($2) at time zone 'UTC' and created_at < to_timestamp($3) at time zone 'UTC'`,
      [desk.accountId, yesterday, yesterday + DAY],
    )
    expect(n).toBe(raw.n)
    expect(value).toBeCloseTo(raw.value, 3)
    expect(n).toBeGreaterThan(5)
    expect((await PostalMime.parse((await mailsOf(patient))[0]!)).subject).not.toContain('Incomplete')
    // Through raw rows the hasty one was right, too; it only could not know whether more would come.
    expect(partial!.snapshot.totals).toEqual(complete!.snapshot.totals)
  } finally {
    stall.release()
  }
}, 90_000)
