import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { expect, test, vi, type TestContext } from 'vitest'
import { many } from '../../src/db.ts'
import { openQueues } from '../../src/queue.ts'
import { programArguments } from '../support/program.ts'
import { kinds, openBackend, type TestBackend } from './backends.ts'
import { failTwice, holdOn } from './child.ts'

interface Child {
  process: ChildProcess
  /** Its log lines so far. */
  lines(): Record<string, unknown>[]
}

/** Starts a worker process that ends with the test at the latest. */
async function startChild({ url, redisUrl }: TestBackend, onTestFinished: TestContext['onTestFinished']): Promise<Child> {
  const child = spawn(process.execPath, [...programArguments('test/queue/child.ts'), url, ...(redisUrl ? [redisUrl] : [])], {
    env: { ...process.env, LOG_LEVEL: 'info', LOG_FORMAT: 'json' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => end(child))
  let text = ''
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()))
  await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(() => {
      throw new Error(`the worker process ended: ${text}`)
    }),
  ])
  return {
    process: child,
    lines: () =>
      text
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
}

test.concurrent.for(kinds)(
  'on %s the job of a worker that was killed is run again by another within 30 seconds',
  async (kind, { onTestFinished }) => {
    const backend = await openBackend(kind)
    await backend.pool.query('create table starts (account_id int, pid int)')
    const queues = await openQueues(backend)
    const starts = () => many<{ pid: number }>(backend.pool, 'select pid from starts')
    const first = await startChild(backend, onTestFinished)
    const jobId = await queues.enqueue(holdOn, { accountId: 7 }, { id: 7 })
    await vi.waitFor(async () => expect(await starts()).toHaveLength(1), 10_000)
    const second = await startChild(backend, onTestFinished)
    await end(first.process)
    await vi.waitFor(async () => expect(await starts()).toHaveLength(2), { timeout: 30_000, interval: 100 })
    expect((await starts())[1]?.pid).toBe(second.process.pid)
    await vi.waitFor(async () => expect((await queues.depths()).backfills.active).toBe(0), 5000)
    expect((await queues.depths()).backfills).toEqual({ waiting: 0, active: 0, delayed: 0, failed: 0 })
    const lines = second.lines().filter((line) => line.job_id === jobId)
    expect(lines.map((line) => line.msg)).toEqual(['job lost its worker and runs again', 'job done'])
    expect(lines[1]).toMatchObject({
      level: 30,
      job: 'hold-on',
      account_id: 7,
      attempt: 1,
      seconds: expect.any(Number),
      starts: 2,
    })
    await queues.close()
    await end(second.process)
    await backend.drop()
  },
)

test.concurrent.for(kinds)(
  'on %s three processes run hundreds of failing jobs without calling any success a failure',
  { timeout: 120_000 },
  async (kind, { onTestFinished }) => {
    // The story: each retry is a delayed job, so all three processes promote due jobs while they complete others. On
    // PostgreSQL that is where BullMQ deadlocks without the repair of queue-patch.ts, and a job that had succeeded runs again.
    const backend = await openBackend(kind)
    await backend.pool.query('create table tries (account_id int primary key, tries int not null default 1)')
    const queues = await openQueues(backend)
    const workers = await Promise.all([
      startChild(backend, onTestFinished),
      startChild(backend, onTestFinished),
      startChild(backend, onTestFinished),
    ])
    const jobs = 600
    for (let accountId = 1; accountId <= jobs; accountId++) await queues.enqueue(failTwice, { accountId })
    const quiet = { waiting: 0, active: 0, delayed: 0, failed: 0 }
    await vi.waitFor(async () => expect((await queues.depths()).rollups).toEqual(quiet), { timeout: 90_000, interval: 200 })
    const outcome = await many(backend.pool, 'select tries, count(*) jobs from tries group by tries')
    expect(outcome).toEqual([{ tries: 3, jobs }])
    const deadlocks = await many(backend.pool, 'select deadlocks from pg_stat_database where datname = current_database()')
    expect(deadlocks).toEqual([{ deadlocks: 0 }])
    expect(workers.flatMap((worker) => worker.lines()).filter((line) => line.msg === 'the queue reports errors')).toEqual([])
    await queues.close()
    await Promise.all(workers.map((worker) => end(worker.process)))
    await backend.drop()
  },
)
