// The promise: the plan is rows, the queue only a reminder. It may lose everything it holds, or its heartbeat, in the middle
// of the week and of a delivery: minutes later it beats again, no digest is lost and none is sent twice.
import { byCommand } from '../../src/audit/change.ts'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { jobs } from '../../jobs/list.ts'
import { many } from '../../src/db.ts'
import { deliverQueued } from '../../src/digests/delivery/deliver.ts'
import { createDigest, type Digest } from '../../src/digests/definition/digest.ts'
import { defineJob } from '../../src/job.ts'
import { migrate } from '../../src/migrate.ts'
import { openQueues } from '../../src/queue.ts'
import { startWorker, type RunningWorker } from '../../src/worker.ts'
import { startSmtp, type SmtpRecorder, type Taken } from '../digests/smtp.ts'
import { describeOnEach, kinds, openBackend, type TestBackend } from '../queue/backends.ts'
import { openDesk, type Desk } from '../support/desk.ts'

const [MINUTE, HOUR] = [60, 3600]
const within = (seconds: number) => ({ timeout: seconds * 1000, interval: 50 })
/** Heartbeats and upkeep are 60 times as fast as in production, so five minutes are five seconds. */
const FIVE_MINUTES = within(5)

describeOnEach('digests on %s', (kind) => {
  let backend: TestBackend
  let desk: Desk
  let smtp: SmtpRecorder
  let worker: RunningWorker | undefined

  beforeAll(async () => {
    backend = await openBackend(kind)
    await migrate(backend.url)
    desk = await openDesk(backend.pool, 'Europe/Berlin')
    smtp = await startSmtp()
  })
  afterEach(async () => {
    await worker?.close()
    await backend.empty()
    worker = undefined
  })
  afterAll(async () => {
    await smtp?.close()
    await backend?.drop()
  })

  const deliver = defineJob({
    name: 'deliver-digests',
    queue: 'digests',
    payload: z.object({}),
    async run(_, { pool, signal }) {
      const route = { smtpUrl: smtp.url, from: 'Tidemark <reports@desk.example>', outbox: '/nowhere' }
      return deliverQueued(pool, Date.now() / 1000, { signal, route })
    },
  })
  const impatient = jobs
    .map((job) => (job.name === deliver.name ? deliver : job))
    .map((job) => (job.queue === 'digests' && job.everySeconds ? { ...job, everySeconds: job.everySeconds / 60 } : job))
  const start = async (upkeepSeconds = 1) => {
    worker = await startWorker({ ...backend, jobs: impatient, upkeepSeconds })
  }

  /** A digest that was made two hours ago and became due half an hour ago, which nobody has noticed yet. */
  function dueDigest(name: string, recipients: number): Promise<Digest> {
    const now = Date.now() / 1000
    const time = new Date((now - 30 * MINUTE) * 1000).toISOString().slice(11, 16)
    const addresses = Array.from({ length: recipients }, (_, i) => ({ address: `${name}${i}@example.com` }))
    const input = {
      name,
      zone: 'UTC',
      cadence: { every: 'day' as const, time },
      formats: ['inline' as const],
      recipients: addresses,
    }
    return createDigest(backend.pool, desk.accountId, input, byCommand(now - 2 * HOUR))
  }
  const slots = ({ id }: Digest) =>
    many<{ state: string }>(backend.pool, 'select state from tidemark.digest_slots where account_id = $1 and digest_id = $2', [
      desk.accountId,
      id,
    ])
  // Everybody here is from outside, so each is sent a notice, too.
  const isNotice = ({ raw }: Taken) => /^Subject: \S*You.will.be.sent/m.test(raw)
  const takenBy = (name: string) => smtp.taken.filter((mail) => mail.to.startsWith(name) && !isNotice(mail)).map(({ to }) => to)
  const everyone = (name: string, n: number) => Array.from({ length: n }, (_, i) => `${name}${i}@example.com`).sort()

  test('all that it held is lost while mails are on their way, then its heartbeat: nothing is lost and nothing comes twice', async () => {
    smtp.reset((to) => (to.startsWith('first') ? 'slow' : 'accept'))
    await start()
    const first = await dueDigest('first', 20)
    await vi.waitFor(() => expect(takenBy('first').length).toBeGreaterThan(3), within(20))

    await backend.empty()
    expect(takenBy('first').length).toBeLessThan(20)
    const second = await dueDigest('second', 3)
    await vi.waitFor(async () => expect(await slots(second)).toHaveLength(1), FIVE_MINUTES)
    await vi.waitFor(() => expect([takenBy('first').length, takenBy('second').length]).toEqual([20, 3]), within(30))

    const queues = await openQueues(backend)
    await queues.dropHeartbeat('digests', 'plan-digests')
    await queues.close()
    const third = await dueDigest('third', 3)
    await vi.waitFor(async () => expect(await slots(third)).toHaveLength(1), FIVE_MINUTES)
    await vi.waitFor(() => expect(takenBy('third').length).toBe(3), within(20))

    // Some beats more, in which anything that was forgotten would be done again.
    await sleep(2500)
    for (const [name, n] of [['first', 20], ['second', 3], ['third', 3]] as const) expect(takenBy(name).sort()).toEqual(everyone(name, n)) // prettier-ignore
    for (const digest of [first, second, third]) expect(await slots(digest)).toHaveLength(1)
    const states = await many(
      backend.pool,
      'select kind, state, attempts, count(*) as n from tidemark.deliveries where account_id = $1 group by 1, 2, 3 order by 1',
      [desk.accountId],
    )
    expect(states).toEqual(['digest', 'notice'].map((mail) => ({ kind: mail, state: 'sent', attempts: 1, n: 26 })))
    expect(smtp.taken.filter(isNotice)).toHaveLength(26)
  })

  // Once is enough: what is tried out is the test, not the queue.
  if (kind !== kinds.at(-1)) return
  test('the harness notices a heartbeat that nobody asserts again', async () => {
    smtp.reset()
    await start(3600)
    await sleep(1500)
    await backend.empty()
    // What runs at that moment may still put its successor into the queue; a second time there is nothing that runs.
    await sleep(1500)
    await backend.empty()
    const digest = await dueDigest('never', 1)
    await sleep(FIVE_MINUTES.timeout)
    expect(await slots(digest)).toEqual([])
  })
})
