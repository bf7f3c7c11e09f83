// A job that costs its worker, each time it is run: the queue gives it up when it has cost more workers than it allows. What it was
// about is a row, so the heartbeat asks for it again, and it is done as soon as that can be; what is no row is lost.
import { Redis } from 'ioredis'
import { expect, test, vi } from 'vitest'
import { many, run } from '../../src/db.ts'
import { openQueues } from '../../src/queue.ts'
import { startTidemark, type Running } from '../support/processes.ts'
import { scaled } from '../support/seed.ts'
import { kinds, openBackend, type TestBackend } from './backends.ts'
import { cling } from './cling-child.ts'

/** How many workers a job may cost, as src/worker.ts has it. */
const MOST = 10
/** Workers that are really killed; those before them are written down as if they had been. 11 for all of them. */
const kills = Math.min(scaled('TIDEMARK_STALLS', 1), MOST + 1)

const startChild = ({ url, redisUrl }: TestBackend): Running =>
  startTidemark(url, [url, ...(redisUrl ? [redisUrl] : [])], {}, 'test/queue/cling-child.ts')

/** Makes all jobs that run have cost so many workers, where they have cost fewer. */
async function haveCost({ pool, redisUrl }: TestBackend, ids: string[], workers: number): Promise<void> {
  if (redisUrl === undefined) {
    await run(pool, 'update bullmq.job set stalled_count = greatest(stalled_count, $2) where id = any ($1)', [ids, workers])
    return
  }
  const redis = new Redis(redisUrl)
  for (const id of ids) await redis.hset(`{tidemark}:backfills:${id}`, 'stc', workers)
  redis.disconnect()
}

test.concurrent.for(kinds)(
  `on %s a job that has cost ${MOST} workers and then one more is given up, told, and planned again from its row`,
  { timeout: 90_000 + kills * 60_000 },
  async (kind, { onTestFinished }) => {
    const backend = await openBackend(kind)
    const { pool } = backend
    await pool.query(`create table starts (account_id int, pid int);
      create table wanted (account_id int primary key, planned bool, holds bool default true, done bool default false);
      insert into wanted values (7, true), (8, false)`)
    const alive = new Set<Running>()
    onTestFinished(async () => void (await Promise.all([...alive].map((child) => child.kill()))))
    const child = () => {
      const started = startChild(backend)
      alive.add(started)
      return started
    }
    const starts = async (account: number) => (await many(pool, 'select from starts where account_id = $1', [account])).length
    const queues = await openQueues(backend)
    let worker = child()
    // The same job twice: for the one there is a row that says so, for the other there is none.
    const lost = await queues.enqueue(cling, { accountId: 8 }, { id: 8 })
    await vi.waitFor(async () => expect([await starts(7), await starts(8)]).toEqual([1, 1]), 30_000)
    const reminded = await queues.enqueue(cling, { accountId: 7 }, { id: 7 })
    for (let killed = 1; killed <= kills; killed++) {
      const isLast = killed === kills
      if (isLast) await haveCost(backend, [lost, reminded], MOST)
      await worker.kill()
      alive.delete(worker)
      worker = child()
      if (!isLast)
        await vi.waitFor(async () => expect([await starts(7), await starts(8)]).toEqual([killed + 1, killed + 1]), 60_000)
    }

    await vi.waitFor(async () => expect((await queues.failures()).length).toBe(2), { timeout: 60_000, interval: 200 })
    const told = (await queues.failures()).map(({ job, jobId, accountId, reason }) => ({ job, jobId, accountId, reason }))
    const reason = 'job stalled more than allowable limit'
    expect(told.sort((a, b) => a.accountId! - b.accountId!)).toEqual([
      { job: 'cling', jobId: reminded, accountId: 7, reason },
      { job: 'cling', jobId: lost, accountId: 8, reason },
    ])
    // The heartbeat reads the row every second: five minutes are far from used up.
    await vi.waitFor(async () => expect(await starts(7)).toBe(kills + 1), { timeout: 30_000, interval: 100 })
    await run(pool, 'update wanted set holds = false')
    await vi.waitFor(
      async () =>
        expect(await many(pool, 'select done from wanted order by account_id')).toEqual([{ done: true }, { done: false }]),
      { timeout: 30_000, interval: 100 },
    )
    // Nobody asked for the other one again: it is done when somebody has it tried again.
    expect(await starts(8)).toBe(kills)
    await queues.retry('backfills', lost)
    await vi.waitFor(async () => expect(await starts(8)).toBe(kills + 1), { timeout: 30_000, interval: 100 })

    await queues.close()
    await worker.kill()
    alive.delete(worker)
    await backend.drop()
  },
)
