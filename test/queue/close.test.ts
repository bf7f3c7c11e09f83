import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { defineJob } from '../../src/job.ts'
import { openQueues, type Queues } from '../../src/queue.ts'
import { startWorker } from '../../src/worker.ts'
import { kinds, openBackend, type TestBackend } from './backends.ts'

const soon = { timeout: 10_000, interval: 10 }
const nothing = z.object({})

describe.each(kinds)('closing a worker on %s', (kind) => {
  let backend: TestBackend
  let queues: Queues

  beforeAll(async () => {
    backend = await openBackend(kind)
    queues = await openQueues(backend)
  })
  afterEach(() => backend.empty())
  afterAll(async () => {
    await queues.close()
    await backend.drop()
  })

  test('waits for the running job and takes no other', async () => {
    const log: string[] = []
    const roll = defineJob({
      name: 'roll-account',
      queue: 'rollups',
      payload: nothing,
      async run(_, { signal }) {
        log.push('start')
        await sleep(800)
        log.push(signal.aborted ? 'told' : 'not told')
        return {}
      },
    })
    for (let i = 0; i < 3; i++) await queues.enqueue(roll, {})
    const worker = await startWorker({ ...backend, jobs: [roll], concurrency: { rollups: 1 } })
    await vi.waitFor(() => expect(log).toEqual(['start']), soon)
    await worker.close()
    expect(log).toEqual(['start', 'told'])
    expect((await queues.depths()).rollups).toEqual({ waiting: 2, active: 0, delayed: 0, failed: 0 })
  })

  test('a job that gives way to the signal goes back to the queue and has lost no attempt', async () => {
    let starts = 0
    const backfill = defineJob({
      name: 'run-backfill',
      queue: 'backfills',
      payload: nothing,
      attempts: 3,
      async run(_, { signal }) {
        starts += 1
        if (starts <= 5) await sleep(30_000, undefined, { signal })
        return { starts }
      },
    })
    await queues.enqueue(backfill, {}, { id: 1 })
    for (let restart = 1; restart <= 5; restart++) {
      const worker = await startWorker({ ...backend, jobs: [backfill] })
      await vi.waitFor(() => expect(starts).toBe(restart), soon)
      await worker.close()
      expect((await queues.depths()).backfills).toEqual({ waiting: 1, active: 0, delayed: 0, failed: 0 })
    }
    const last = await startWorker({ ...backend, jobs: [backfill] })
    await vi.waitFor(() => expect(starts).toBe(6), soon)
    await last.close()
    expect((await queues.depths()).backfills).toEqual({ waiting: 0, active: 0, delayed: 0, failed: 0 })
  })

  test('an idle worker closes at once and leaves no connection', async () => {
    const roll = defineJob({ name: 'roll-account', queue: 'rollups', payload: nothing, run: async () => ({}) })
    const count = `select count(*)::int n from pg_stat_activity where datname = current_database() and application_name in ('rollups', 'tidemark queue')`
    const connections = async () => (await backend.pool.query<{ n: number }>(count)).rows[0]?.n
    const before = await connections()
    const worker = await startWorker({ ...backend, jobs: [roll] })
    await sleep(300)
    const start = performance.now()
    await worker.close()
    expect(performance.now() - start).toBeLessThan(1000)
    await vi.waitFor(async () => expect(await connections()).toBeLessThanOrEqual(before ?? 0), soon)
  })
})
