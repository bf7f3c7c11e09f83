import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { defineJob, type Job } from '../../src/job.ts'
import { openQueues, type Queues } from '../../src/queue.ts'
import { startWorker, type RunningWorker } from '../../src/worker.ts'
import { kinds, openBackend, type TestBackend } from './backends.ts'

const soon = { timeout: 10_000, interval: 20 }
const payload = z.object({ accountId: z.number().int(), note: z.string().optional() })

describe.each(kinds)('jobs on %s', (kind) => {
  let backend: TestBackend
  let queues: Queues
  let worker: RunningWorker | undefined

  beforeAll(async () => {
    backend = await openBackend(kind)
    queues = await openQueues(backend)
  })
  afterEach(async () => {
    await worker?.close()
    worker = undefined
    await backend.empty()
  })
  afterAll(async () => {
    await queues.close()
    await backend.drop()
  })

  const work = async (...jobs: Job[]) => (worker = await startWorker({ ...backend, jobs }))
  const settled = () =>
    vi.waitFor(async () => expect((await queues.depths()).rollups).toMatchObject({ waiting: 0, active: 0, delayed: 0 }), soon)

  test('a job gets its checked payload and what it needs, and leaves nothing behind', async () => {
    const seen: unknown[] = []
    const roll = defineJob({
      name: 'roll-account',
      queue: 'rollups',
      payload: payload.extend({ hours: z.number().default(24) }),
      async run({ accountId, hours, note }, context) {
        const { rows } = await context.pool.query<{ two: number }>('select 1 + 1 two')
        await context.progress({ hours: 1 })
        seen.push({ accountId, hours, note, two: rows[0]?.two, url: context.url, closing: context.signal.aborted })
        return { hours }
      },
    })
    await queues.enqueue(roll, { accountId: 7, note: 'nul \0 inside' })
    await work(roll)
    await settled()
    expect(seen).toEqual([{ accountId: 7, hours: 24, note: 'nul  inside', two: 2, url: backend.url, closing: false }])
    expect((await queues.depths()).rollups).toEqual({ waiting: 0, active: 0, delayed: 0, failed: 0 })
  })

  test('a payload that does not fit is refused when it is enqueued', async () => {
    const roll = defineJob({ name: 'roll-account', queue: 'rollups', payload, run: async () => ({}) })
    // @ts-expect-error the compiler refuses it too
    await expect(queues.enqueue(roll, { accountId: 'seven' })).rejects.toThrow('the payload of roll-account is wrong')
    await expect(queues.enqueue(roll, { accountId: 7, note: 'x'.repeat(20_000) })).rejects.toThrow('size')
    expect((await queues.depths()).rollups.waiting).toBe(0)
  })

  test('a wrong payload that got into the queue fails at once, visibly, and is not tried again', async () => {
    let runs = 0
    const older = defineJob({
      name: 'roll-account',
      queue: 'rollups',
      payload: z.object({ account: z.string() }),
      run: async () => ({}),
    })
    const roll = defineJob({ name: 'roll-account', queue: 'rollups', payload, run: async () => ({ runs: ++runs }) })
    await queues.enqueue(older, { account: 'seven' })
    await queues.enqueue(roll, { accountId: 7 })
    await work(roll)
    await vi.waitFor(() => expect(runs).toBe(1), soon)
    await settled()
    const [failure, ...more] = await queues.failures()
    expect(failure).toMatchObject({ queue: 'rollups', job: 'roll-account', attempts: 1 })
    expect(failure?.reason).toBe('the payload is wrong: accountId: Invalid input: expected number, received undefined')
    expect(more).toEqual([])
  })

  test('a job that fails is tried again after growing waits, then stays in the failed list with its reason', async () => {
    const starts: number[] = []
    const deliver = defineJob({
      name: 'deliver',
      queue: 'rollups',
      payload,
      attempts: 3,
      backoffSeconds: 0.2,
      async run() {
        starts.push(performance.now())
        throw new Error('550 no such user <ada@example.com>\0')
      },
    })
    const jobId = await queues.enqueue(deliver, { accountId: 7 }, { id: 7 })
    await work(deliver)
    await vi.waitFor(async () => expect(await queues.failures()).toHaveLength(1), soon)
    const waits = starts.slice(1).map((start, i) => start - (starts[i] ?? 0))
    expect(waits).toHaveLength(2)
    expect(waits[0]).toBeGreaterThanOrEqual(195)
    expect(waits[1]).toBeGreaterThanOrEqual(395)
    const reason = '550 no such user <[address]>'
    expect(await queues.failures()).toMatchObject([{ jobId, job: 'deliver', attempts: 3, reason }])
    expect(await queues.enqueue(deliver, { accountId: 7 }, { id: 7 })).not.toBe(jobId) // a failed job holds its id no longer
  })

  test('one failure mends itself and is forgotten', async () => {
    let runs = 0
    const roll = defineJob({
      name: 'roll-account',
      queue: 'rollups',
      payload,
      backoffSeconds: 0.05,
      async run() {
        if (++runs < 3) throw new Error('deadlock detected')
        return { runs }
      },
    })
    await queues.enqueue(roll, { accountId: 7 })
    await work(roll)
    await settled()
    expect(runs).toBe(3)
    expect(await queues.failures()).toEqual([])
  })

  test('a job with an id is queued once while it is unfinished, and again afterwards', async () => {
    const runs: number[] = []
    let letGo = () => {}
    const held = new Promise<void>((resolve) => (letGo = resolve))
    const roll = defineJob({
      name: 'roll-account',
      queue: 'rollups',
      payload,
      async run({ accountId }) {
        runs.push(accountId)
        await held
        return {}
      },
    })
    const enqueue = (accountId: number) => queues.enqueue(roll, { accountId }, { id: accountId })
    const ids = await Promise.all([...Array.from({ length: 20 }, () => enqueue(7)), enqueue(8)])
    expect(new Set(ids.slice(0, 20)).size).toBe(1)
    expect((await queues.depths()).rollups.waiting).toBe(2)
    await work(roll)
    await vi.waitFor(() => expect(runs.toSorted((a, b) => a - b)).toEqual([7, 8]), soon)
    expect(await enqueue(7)).toBe(ids[0]) // running is unfinished too
    letGo()
    await settled()
    expect(runs).toHaveLength(2)
    expect(await enqueue(7)).not.toBe(ids[0])
    await vi.waitFor(() => expect(runs).toHaveLength(3), soon)
  })

  test('a delayed job waits, and jobs run in the order of their arrival', async () => {
    const order: string[] = []
    const roll = defineJob({
      name: 'roll-account',
      queue: 'rollups',
      payload,
      async run({ note = '' }) {
        order.push(note)
        return {}
      },
    })
    await queues.enqueue(roll, { accountId: 1, note: 'later' }, { delaySeconds: 0.5 })
    for (const note of ['a', 'b', 'c']) await queues.enqueue(roll, { accountId: 1, note })
    worker = await startWorker({ ...backend, jobs: [roll], concurrency: { rollups: 1 } })
    await settled()
    expect(order).toEqual(['a', 'b', 'c', 'later'])
  })

  test('a job enqueues another, in another queue', async () => {
    const sent: number[] = []
    const deliver = defineJob({
      name: 'deliver',
      queue: 'digests',
      payload,
      run: async ({ accountId }) => ({ sent: sent.push(accountId) }),
    })
    const plan = defineJob({
      name: 'plan',
      queue: 'rollups',
      payload: z.object({}),
      async run(_, { enqueue }) {
        await enqueue(deliver, { accountId: 3 }, { id: 3 })
        return { planned: 1 }
      },
    })
    await queues.enqueue(plan, {})
    await work(plan, deliver)
    await vi.waitFor(() => expect(sent).toEqual([3]), soon)
  })
})
