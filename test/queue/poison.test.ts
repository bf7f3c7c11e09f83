// Jobs that fail whenever they are tried, in each of the queues: they wait longer each time, are given up after their last attempt,
// seen with their reason, and tried again when somebody asks for it. While one waits it holds no place: all others are done.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { defineJob, QUEUES, type Job, type QueueName } from '../../src/job.ts'
import { openQueues, type Queues } from '../../src/queue.ts'
import { startWorker, type RunningWorker } from '../../src/worker.ts'
import { kinds, openBackend, type TestBackend } from './backends.ts'

const soon = { timeout: 30_000, interval: 50 }
const payload = z.object({ accountId: z.number() })
const GOOD = 30
/** One place a queue, so that whoever kept it would be everybody's way. */
const concurrency = { rollups: 1, backfills: 1, digests: 1 }
const perQueue = <T>(of: (queue: QueueName) => T) =>
  Object.fromEntries(QUEUES.map((name) => [name, of(name)])) as Record<QueueName, T>

describe.each(kinds)('poisoned jobs on %s', (kind) => {
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

  /** Poison first, then the others, in every queue; what was done and tried of each. */
  async function begin(poisonOf: (queue: QueueName, tried: () => void) => Job<typeof payload>) {
    const [done, tried] = [perQueue((): number[] => []), perQueue((): number[] => [])]
    const poison = perQueue((queue) => poisonOf(queue, () => void tried[queue].push(performance.now())))
    const good = perQueue((queue) =>
      defineJob({ name: `good-${queue}`, queue, payload, run: async ({ accountId }) => ({ done: done[queue].push(accountId) }) }),
    )
    for (const queue of QUEUES) {
      await queues.enqueue(poison[queue], { accountId: 1 }, { id: 1 })
      for (let accountId = 1; accountId <= GOOD; accountId++) await queues.enqueue(good[queue], { accountId })
    }
    const jobs = [...Object.values(poison), ...Object.values(good)] as Job[]
    worker = await startWorker({ ...backend, jobs, concurrency })
    return { done, tried }
  }
  const inOrder = Array.from({ length: GOOD }, (_, i) => i + 1)

  test('all others are done, in their order, while it waits for its next attempt', async () => {
    const { done, tried } = await begin((queue, told) =>
      defineJob({
        name: `poison-${queue}`,
        queue,
        payload,
        backoffSeconds: 3600,
        async run() {
          told()
          throw new Error('planned')
        },
      }),
    )
    await vi.waitFor(() => expect(done).toEqual(perQueue(() => inOrder)), soon)
    expect(perQueue((queue) => tried[queue].length)).toEqual(perQueue(() => 1))
    await vi.waitFor(async () => expect(await queues.depths()).toEqual(perQueue(() => ({ waiting: 0, active: 0, delayed: 1, failed: 0 }))), soon) // prettier-ignore
  })

  test('one that waits within its attempt holds its place, and that is seen', async () => {
    const { done, tried } = await begin((queue, told) =>
      defineJob({
        name: `poison-${queue}`,
        queue,
        payload,
        async run(_, { signal }) {
          told()
          return sleep(3_600_000, {}, { signal })
        },
      }),
    )
    await vi.waitFor(() => expect(perQueue((queue) => tried[queue].length)).toEqual(perQueue(() => 1)), soon)
    await sleep(500)
    expect(done).toEqual(perQueue(() => []))
  })

  test('it waits longer each time, is given up and told with its reason, and is tried again when asked for', async () => {
    let isMended = false
    const { done, tried } = await begin((queue, told) =>
      defineJob({
        name: `poison-${queue}`,
        queue,
        payload,
        attempts: 4,
        backoffSeconds: 0.2,
        async run() {
          told()
          if (!isMended) throw new Error(`no ${queue} today`)
          return { done: 1 }
        },
      }),
    )
    await vi.waitFor(async () => expect(await queues.failures()).toHaveLength(QUEUES.length), soon)
    expect(done).toEqual(perQueue(() => inOrder))
    for (const queue of QUEUES) {
      const waits = tried[queue].slice(1).map((at, i) => at - tried[queue][i]!)
      // Never sooner, by a clock that may count milliseconds from another start.
      expect(waits.map((wait, i) => wait >= 200 * 2 ** i - 5)).toEqual([true, true, true])
    }
    const failed = await queues.failures()
    const told = failed.map(({ queue, job, attempts, accountId, reason }) => ({ queue, job, attempts, accountId, reason }))
    expect(told).toEqual(QUEUES.map((queue) => ({ queue, job: `poison-${queue}`, attempts: 4, accountId: 1, reason: `no ${queue} today` }))) // prettier-ignore
    isMended = true
    for (const { queue, jobId } of failed) await queues.retry(queue, jobId)
    const quiet = { waiting: 0, active: 0, delayed: 0, failed: 0 }
    await vi.waitFor(async () => expect(await queues.depths()).toEqual(perQueue(() => quiet)), soon)
    expect(perQueue((queue) => tried[queue].length)).toEqual(perQueue(() => 5))
  })
})
