import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test, vi, type TestContext } from 'vitest'
import { z } from 'zod'
import { defineJob } from '../../src/job.ts'
import { log } from '../../src/log.ts'
import { openQueues } from '../../src/queue.ts'
import { startWorker } from '../../src/worker.ts'
import { kinds, openBackend, type TestBackend } from './backends.ts'
import { proxyOf, type Proxy } from './proxy.ts'

/** The same backend, with the queue's server behind a proxy. The pool of the domain stays direct. */
async function behindProxy(backend: TestBackend): Promise<[TestBackend, Proxy]> {
  const { proxy, url } = await proxyOf(backend.redisUrl ?? backend.url)
  return [{ ...backend, ...(backend.redisUrl ? { redisUrl: url } : { url }) }, proxy]
}

/** A backend behind a proxy, its queues without it, and a job that notes what it did. */
async function stage(kind: (typeof kinds)[number], onTestFinished: TestContext['onTestFinished']) {
  const backend = await openBackend(kind)
  const direct = await openQueues(backend)
  const [proxied, proxy] = await behindProxy(backend)
  const done: number[] = []
  const job = defineJob({
    name: 'roll-account',
    queue: 'rollups',
    payload: z.object({ n: z.number(), seconds: z.number().default(0) }),
    async run({ n, seconds }) {
      await sleep(seconds * 1000)
      done.push(n)
      return {}
    },
  })
  onTestFinished(async () => {
    await direct.close()
    await proxy.close()
    await backend.drop()
  })
  return { direct, proxied, proxy, done, job }
}

const quiet = { waiting: 0, active: 0, delayed: 0, failed: 0 }
const recovery = { timeout: 30_000, interval: 50 }

test.for(kinds)(
  'after %s was away for seconds the worker goes on by itself, and the log is not flooded',
  async (kind, { onTestFinished }) => {
    const { direct, proxied, proxy, done, job } = await stage(kind, onTestFinished)
    const lines = vi.spyOn(log, 'warn')
    const worker = await startWorker({ ...proxied, jobs: [job], concurrency: { rollups: 2 } })
    const producer = await openQueues(proxied)
    await direct.enqueue(job, { n: 1, seconds: 3 })
    await vi.waitFor(async () => expect((await direct.depths()).rollups.active).toBe(1), 5000)
    await proxy.down()
    const start = performance.now()
    await expect(producer.enqueue(job, { n: 2 })).rejects.toThrow()
    expect(performance.now() - start).toBeLessThan(5000)
    await sleep(6000 - (performance.now() - start))
    expect(lines.mock.calls.length).toBeLessThanOrEqual(6)
    vi.restoreAllMocks()
    await direct.enqueue(job, { n: 3 })
    await proxy.up()
    await vi.waitFor(() => expect(new Set(done)).toEqual(new Set([1, 3])), recovery)
    await vi.waitFor(async () => expect((await direct.depths()).rollups).toEqual(quiet), recovery)
    await producer.enqueue(job, { n: 4 })
    await vi.waitFor(() => expect(done).toContain(4), recovery)
    await producer.close()
    await worker.close()
  },
)

test.concurrent.for(kinds)(
  'connections to %s that die without a word are noticed within a minute',
  { timeout: 80_000 },
  async (kind, { onTestFinished }) => {
    const { direct, proxied, proxy, done, job } = await stage(kind, onTestFinished)
    const worker = await startWorker({ ...proxied, jobs: [job] })
    await direct.enqueue(job, { n: 1 })
    await vi.waitFor(() => expect(done).toEqual([1]), 5000)
    proxy.freeze()
    await direct.enqueue(job, { n: 2 })
    await vi.waitFor(() => expect(done).toContain(2), { timeout: 59_000, interval: 100 })
    await worker.close()
  },
)
