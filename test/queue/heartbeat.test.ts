import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { openPool } from '../../src/db.ts'
import { defineJob, type Job } from '../../src/job.ts'
import { onMeasured } from '../../src/measurements.ts'
import { openQueues, type Queues } from '../../src/queue.ts'
import { startWorker, type RunningWorker } from '../../src/worker.ts'
import { describeOnEach, kinds, openBackend, type TestBackend } from './backends.ts'
import { proxyOf } from './proxy.ts'

const soon = { timeout: 15_000, interval: 20 }
const nothing = z.object({})

/** A heartbeat that notes when it ran. */
function ticking(everySeconds: number, work: () => Promise<void> = async () => {}) {
  const ticks: number[] = []
  const job = defineJob({
    name: 'sweep-dirty-hours',
    queue: 'rollups',
    payload: nothing,
    everySeconds,
    async run() {
      ticks.push(performance.now())
      await work()
      return {}
    },
  })
  return { job, ticks }
}

describeOnEach('heartbeats on %s', (kind) => {
  let backend: TestBackend
  let queues: Queues
  const workers: RunningWorker[] = []

  beforeAll(async () => {
    backend = await openBackend(kind)
    queues = await openQueues(backend)
  })
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.close()))
    await backend.empty()
  })
  afterAll(async () => {
    await queues.close()
    await backend.drop()
  })

  async function work(upkeepSeconds: number, ...jobs: Job[]): Promise<RunningWorker> {
    const worker = await startWorker({ ...backend, jobs, upkeepSeconds })
    workers.push(worker)
    return worker
  }

  test('a heartbeat ticks at once and then at its interval, once over two workers that start together', async () => {
    const { job, ticks } = ticking(0.5)
    // Upkeep every 0.1 s as well: asserting a heartbeat that ticks must neither move nor double it.
    await Promise.all([work(0.1, job), work(0.1, job)])
    await vi.waitFor(() => expect(ticks.length).toBeGreaterThan(0), { timeout: 400, interval: 10 })
    // From the first on: on a busy machine one worker ticks some seconds before the other has started.
    const begun = ticks[0]!
    await sleep(4000 - (performance.now() - begun))
    const seen = ticks.filter((at) => at <= begun + 4000).length
    expect(seen).toBeGreaterThanOrEqual(7)
    expect(seen).toBeLessThanOrEqual(9)
  })

  test('it goes on where it was when all workers restart, with a catch-up run or two and not one for each missed tick', async () => {
    const { job, ticks } = ticking(0.5)
    const first = await work(60, job)
    await vi.waitFor(() => expect(ticks.length).toBe(1), soon)
    await first.close()
    workers.length = 0
    const before = ticks.length
    await sleep(3100)
    const restarted = performance.now()
    await work(60, job)
    await sleep(300)
    // One for the six that were missed, or two where the one that waited is taken just as the heartbeat is asserted; and those of
    // the time since then.
    const due = Math.ceil((performance.now() - restarted) / 500)
    expect(ticks.length).toBeLessThanOrEqual(before + 2 + due)
    await vi.waitFor(() => expect(ticks.length).toBeGreaterThanOrEqual(5), soon)
  })

  test('it ticks again after everything in the store was lost', async () => {
    const { job, ticks } = ticking(0.3)
    await work(1, job)
    await vi.waitFor(() => expect(ticks.length).toBeGreaterThan(1), soon)
    await backend.empty()
    const before = ticks.length
    await vi.waitFor(() => expect(ticks.length).toBeGreaterThan(before + 3), { timeout: 5000, interval: 20 })
  })

  test('what was enqueued for an account while its job ran is picked up by the next tick', async () => {
    // The story: the sweep reads dirty rows and enqueues their account; a row that comes while the account's job runs,
    // after it has read, finds the id taken. The row stays dirty, so the next sweep enqueues it again.
    const dirty = new Set([1])
    const rolled: number[][] = []
    const roll = defineJob({
      name: 'roll-account',
      queue: 'rollups',
      payload: z.object({ accountId: z.number() }),
      async run({ accountId }, { enqueue }) {
        const rows = [...dirty]
        dirty.clear()
        if (rows.includes(1)) {
          dirty.add(2)
          await enqueue(roll, { accountId }, { id: accountId }) // dropped: this very job holds the id
        }
        rolled.push(rows)
        return { rows: rows.length }
      },
    })
    const sweep = defineJob({
      name: 'sweep-dirty-hours',
      queue: 'rollups',
      payload: nothing,
      everySeconds: 0.3,
      async run(_, { enqueue }) {
        if (dirty.size > 0) await enqueue(roll, { accountId: 7 }, { id: 7 })
        return { dirty: dirty.size }
      },
    })
    await work(60, sweep, roll)
    await vi.waitFor(() => expect(rolled).toEqual([[1], [2]]), soon)
  })

  test('a heartbeat that takes longer than its interval does not overlap itself in a process', async () => {
    let running = 0
    let most = 0
    const { job, ticks } = ticking(0.1, async () => {
      most = Math.max(most, ++running)
      await sleep(700)
      running -= 1
    })
    await work(60, job)
    await vi.waitFor(() => expect(ticks.length).toBeGreaterThanOrEqual(3), soon)
    expect(most).toBe(1)
  })

  test('a heartbeat does not wait behind other jobs, and failing does not stop it', async () => {
    const order: string[] = []
    const roll = defineJob({
      name: 'roll-account',
      queue: 'rollups',
      payload: nothing,
      async run() {
        order.push('roll')
        await sleep(50)
        return {}
      },
    })
    const sweep = defineJob({
      name: 'sweep-dirty-hours',
      queue: 'rollups',
      payload: nothing,
      everySeconds: 0.3,
      attempts: 3,
      backoffSeconds: 0.01,
      async run() {
        order.push('sweep')
        throw new Error('no')
      },
    })
    for (let i = 0; i < 60; i++) await queues.enqueue(roll, {})
    workers.push(await startWorker({ ...backend, jobs: [sweep, roll], concurrency: { rollups: 1 } }))
    await vi.waitFor(() => expect(order.filter((name) => name === 'sweep').length).toBeGreaterThanOrEqual(6), soon)
    expect(order.filter((name) => name === 'roll').length).toBeLessThan(40)
  })

  test('an interval that is no whole number of milliseconds in binary is one all the same', async () => {
    const { job, ticks } = ticking(1.1) // 1.1 * 1000 is 1100.0000000000002
    await work(60, job)
    await vi.waitFor(() => expect(ticks.length).toBe(2), soon)
  })

  test('a heartbeat that this release does not know is stopped after its attempts', async () => {
    const { job } = ticking(0.2)
    const other = defineJob({ name: 'other', queue: 'rollups', payload: nothing, run: async () => ({}) })
    await queues.assertHeartbeat({ ...job, name: 'retired-sweep', attempts: 3, backoffSeconds: 0.01 })
    await work(60, other)
    await vi.waitFor(async () => expect(await queues.failures()).not.toHaveLength(0), soon)
    await sleep(500)
    const failures = await queues.failures()
    expect(failures[0]?.reason).toBe('no job is called retired-sweep in this release')
    await sleep(1000)
    expect(await queues.failures()).toHaveLength(failures.length)
    expect((await queues.depths()).rollups).toMatchObject({ waiting: 0, active: 0, delayed: 0 })
  })
})

test.concurrent.for(kinds)(
  'after an outage no run of a heartbeat stays failed on %s, among which a poisoned job could not be found',
  { timeout: 90_000 },
  async (kind, { onTestFinished, expect }) => {
    const backend = await openBackend(kind)
    const queues = await openQueues(backend)
    const { proxy, url } = await proxyOf(backend.url)
    // What the jobs read from is away for a while; the queue is not.
    const away = openPool(url)
    const given = new Map<string, number>()
    const stop = onMeasured('job', ({ job, result }) => {
      if (result === 'given_up') given.set(job, (given.get(job) ?? 0) + 1)
    })
    const job = (name: string, everySeconds: number | undefined, work: () => Promise<unknown>) =>
      defineJob({
        name: `${name}-${kind.toLowerCase()}`,
        queue: 'rollups',
        payload: nothing,
        ...(everySeconds !== undefined && { everySeconds }),
        attempts: 3,
        backoffSeconds: 0.01,
        run: async () => ({ rows: await work().then(() => 0) }),
      })
    const sweep = job('sweep', 0.2, () => away.query('select 1'))
    const resume = job('resume', 0.3, () => away.query('select 1'))
    let runs = 0
    const broken = job('broken', 0.4, () => Promise.reject(new Error(`run ${++runs} found a bug`)))
    const poison = job('poison', undefined, () => Promise.reject(new Error('planned')))
    const jobs = [sweep, resume, broken, poison]
    const worker = await startWorker({ ...backend, jobs, upkeepSeconds: 0.5 })
    onTestFinished(async () => {
      stop()
      await worker.close()
      await queues.close()
      await away.end()
      await proxy.close()
      await backend.drop()
    })
    const failed = async () => (await queues.failures()).map(({ job: name }) => name).toSorted()
    await queues.enqueue(poison, {})
    await proxy.down()
    await vi.waitFor(() => expect([sweep, resume].map(({ name }) => given.get(name) ?? 0)).toEqual([expect.toSatisfy((n) => n > 15), expect.toSatisfy((n) => n > 10)]), { timeout: 30_000, interval: 50 }) // prettier-ignore
    // Meanwhile each is seen to fail, by its latest run: as many as fail between two rounds of upkeep at most.
    const meanwhile = await vi.waitFor(async () => {
      const failures = await queues.failures()
      expect(new Set(failures.map(({ job: name }) => name))).toEqual(new Set(jobs.map(({ name }) => name)))
      expect(failures.length).toBeLessThan(15)
      return failures
    }, soon)
    expect(meanwhile.find(({ job: name }) => name === sweep.name)?.reason).toMatch(/ECONNREFUSED|terminated|refused/)
    await proxy.up()
    const told = async () => [...new Set(await failed())]
    await vi.waitFor(async () => expect(await told()).toEqual([broken.name, poison.name]), { timeout: 20_000, interval: 100 })
    await sleep(1500)
    expect(await told()).toEqual([broken.name, poison.name])
    // The one that fails on and on is there with what it found of late.
    const last = (await queues.failures()).find(({ job: name }) => name === broken.name)
    expect(Number(/^run (\d+) found a bug$/.exec(last?.reason ?? '')?.[1])).toBeGreaterThan(runs - 15)
  },
)
