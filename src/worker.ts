import { setTimeout as sleep } from 'node:timers/promises'
import { UnrecoverableError, WaitingError, type Job as BullJob } from 'bullmq'
import type { Logger } from 'pino'
import { stopwatch } from './clock.ts'
import { closeWithin, within } from './closing.ts'
import { transaction, type Pool } from './db.ts'
import { errorReporter, failureOf, reasonOf } from './failure.ts'
import { payloadProblem, QUEUES, type Counts, type Job, type QueueName } from './job.ts'
import { log } from './log.ts'
import { measure, type Measurements } from './measurements.ts'
import { openQueues, type BullWorker, type Payload, type QueueOptions, type Queues, type Run } from './queue.ts'
import { tickOf } from './queue-state.ts'

/** Jobs at a time in one process. Each may hold a connection of the pool, which has ten. */
const CONCURRENCY: Record<QueueName, number> = { rollups: 4, backfills: 1, digests: 3 }

const HEALTH = {
  /**
   * A job whose worker was killed runs again at the latest when its lock has run out and one more check has come by:
   * 15 s + two checks of 5 s (a check marks what is running, a later one takes back what is marked and has no lock).
   * The lock is renewed every 7.5 s, so only a process that is stopped or blocked for longer loses it.
   */
  lockDuration: 15_000,
  stalledInterval: 5000,
  /** How many killed workers one job may cost. Beyond it, it fails, and its row is planned again by the heartbeat. */
  maxStalledCount: 10,
  /** Milliseconds before a step that found no connection is tried again. The default of 15 s only delays the recovery. */
  runRetryDelay: 3000,
}

/** Seconds between two rounds of upkeep. A store that comes back empty has no heartbeats until the next one; a round takes milliseconds. */
const UPKEEP = 10

/** Seconds that running jobs get to finish when the worker closes. */
const GRACE = 20

export interface WorkerSetup extends QueueOptions {
  /** Exactly these are run. Every worker is given the same list, or all of it that is in the queues it works on. */
  jobs: readonly Job[]
  /** Jobs at a time in this process. */
  concurrency?: Partial<Record<QueueName, number>>
  /** Seconds between two rounds of upkeep: heartbeats asserted again, old failures forgotten. */
  upkeepSeconds?: number
}

export interface RunningWorker {
  /** What others of the process look at. */
  queues: Pick<Queues, 'counts' | 'shown'>
  /** Takes no more jobs, tells the running ones by their signal, waits up to 20 s for them, then closes. */
  close(): Promise<void>
}

interface Situation {
  pool: Pool
  url: string
  queues: Queues
  jobs: ReadonlyMap<string, Job>
  signal: AbortSignal
  report: (error: Error) => void
  /** What runs in this process now. */
  running: Set<Promise<unknown>>
  /** The heartbeats among it. */
  beating: Set<string>
  /** For when the latest run of each of them was planned that this process has done (ms). */
  beaten: Map<string, number>
}

/**
 * Someone else's job: a newer release put it there, or an older one left its heartbeat behind. Failing it hands it, after
 * the back-off, to a worker that may know it. A heartbeat that nobody knew in all its attempts is stopped; a worker that
 * does know it asserts it again within seconds.
 */
async function refuseUnknown({ queues }: Situation, queue: QueueName, bullJob: BullJob): Promise<never> {
  const last = bullJob.attemptsMade + 1 >= (bullJob.opts.attempts ?? 1)
  if (bullJob.repeatJobKey && last) await queues.dropHeartbeat(queue, bullJob.repeatJobKey)
  log.warn({ queue, job: bullJob.name, job_id: bullJob.id }, 'a job that this release does not know')
  throw new Error(`no job is called ${bullJob.name} in this release`)
}

async function runJob(situation: Situation, job: Job, bullJob: BullJob<Payload>, jobLog: Logger): Promise<Counts> {
  const { pool, url, queues, signal, report } = situation
  const problem = payloadProblem(job, bullJob.data)
  // Trying again cannot mend it: it goes straight to the failed list, where it is seen.
  if (problem) throw new UnrecoverableError(reasonOf(`the payload is wrong: ${problem}`))
  const progress = (counts: Counts) => bullJob.updateProgress(counts).catch(report)
  return job.run(job.payload.parse(bullJob.data), { pool, url, enqueue: queues.enqueue, signal, log: jobLog, progress })
}

/** Runs a job and writes its one log line. */
async function runLogged(situation: Situation, job: Job, bullJob: BullJob<Payload>): Promise<Counts> {
  const attempt = bullJob.attemptsMade + 1
  const { accountId } = bullJob.data
  const jobLog = log.child({ job: job.name, job_id: bullJob.id, ...(typeof accountId === 'number' && { account_id: accountId }) })
  const elapsed = stopwatch()
  const told = (result: Measurements['job']['result']) =>
    measure('job', { queue: job.queue, job: job.name, result, seconds: elapsed() })
  try {
    const counts = await runJob(situation, job, bullJob, jobLog)
    told('done')
    // A heartbeat that finds nothing to do, and what it asks for, would write the same lines every few seconds.
    const idle = Object.values(counts).every((count) => count === 0)
    jobLog[idle ? 'debug' : 'info']({ attempt, seconds: elapsed(), ...counts }, 'job done')
    return counts
  } catch (thrown) {
    if (gaveWay(situation, thrown)) {
      told('returned')
      throw thrown
    }
    const failure = thrown instanceof UnrecoverableError ? thrown : failureOf(thrown)
    const given = attempt >= job.attempts || thrown instanceof UnrecoverableError
    told(given ? 'given_up' : 'failed')
    const line = { attempt, seconds: elapsed(), reason: failure.message, stack: failure.stack }
    jobLog[given ? 'error' : 'warn'](line, given ? 'job failed for good' : 'job failed and is tried again')
    throw failure
  }
}

/** True when a handler stopped early because the worker closes: it threw the signal's reason, or something was aborted by it. */
function gaveWay({ signal }: Situation, thrown: unknown): boolean {
  return signal.aborted && (thrown === signal.reason || (thrown instanceof Error && thrown.name === 'AbortError'))
}

/** Gives a job back to the queue without counting an attempt. */
async function giveBack(bullJob: BullJob, token: string | undefined): Promise<never> {
  await bullJob.moveToWait(token)
  throw new WaitingError()
}

async function take(situation: Situation, queue: QueueName, bullJob: BullJob<Payload>, token?: string): Promise<Counts> {
  const { signal, beating, beaten } = situation
  // A worker that was waiting for a job when it was told to close may still get one.
  if (signal.aborted) return giveBack(bullJob, token)
  const job = situation.jobs.get(bullJob.name)
  if (job?.queue !== queue) return refuseUnknown(situation, queue, bullJob)
  // A heartbeat that takes longer than its interval would otherwise pile up until it fills every place of its queue.
  const heartbeat = job.everySeconds === undefined ? undefined : job.name
  if (heartbeat && beating.has(heartbeat)) return {}
  if (heartbeat) beating.add(heartbeat)
  try {
    const counts = await runLogged(situation, job, bullJob)
    const tick = tickOf(bullJob.id)
    if (tick) beaten.set(tick.heartbeat, Math.max(tick.at, beaten.get(tick.heartbeat) ?? 0))
    return counts
  } catch (thrown) {
    if (gaveWay(situation, thrown)) return giveBack(bullJob, token)
    throw thrown
  } finally {
    if (heartbeat) beating.delete(heartbeat)
  }
}

/**
 * Makes sure that every heartbeat ticks. Behind a lock, because on PostgreSQL two processes that assert the same heartbeat
 * at once get "job ID already exists" (13 of 40).
 */
async function assertHeartbeats({ pool, jobs, queues, signal }: Situation): Promise<void> {
  await transaction(pool, async (tx) => {
    await tx.query(`select pg_advisory_xact_lock(hashtext('tidemark heartbeats'))`)
    // Each may wait 10 s for a store that does not answer, which a worker that closes has not got.
    for (const job of jobs.values()) if (!signal.aborted) await queues.assertHeartbeat(job)
  })
}

/** Repeats the upkeep until the worker closes, so that a store that was emptied has its heartbeats again in seconds. */
async function keepUp(situation: Situation, seconds: number): Promise<void> {
  const { signal, queues, beaten, report } = situation
  while (!signal.aborted) {
    await sleep(seconds * 1000, undefined, { signal, ref: false }).catch(() => {})
    if (signal.aborted) return
    // One after the other, but not one for the other: heartbeats need the database, which may be what is away.
    await assertHeartbeats(situation).catch(report)
    await queues.trimFailed(beaten).catch(report)
  }
}

function startQueues(situation: Situation, concurrency: WorkerSetup['concurrency']): BullWorker[] {
  const { jobs, queues, running } = situation
  const used = QUEUES.filter((queue) => [...jobs.values()].some((job) => job.queue === queue))
  return used.map((queue) => {
    const run: Run = (bullJob, token) => {
      const taken = take(situation, queue, bullJob, token)
      running.add(taken)
      return taken.finally(() => running.delete(taken))
    }
    return queues.work(queue, run, { ...HEALTH, concurrency: concurrency?.[queue] ?? CONCURRENCY[queue] })
  })
}

/** Waits for the running jobs, up to 20 s. What still runs then is cut off from its queue, and another worker runs it again. */
async function windDown({ running }: Situation, workers: BullWorker[]): Promise<void> {
  for (const worker of workers) void worker.close() // from here on no job is taken
  await within(GRACE, Promise.allSettled(running))
  if (running.size > 0)
    log.warn({ jobs: running.size, seconds: GRACE }, 'jobs still run as the worker closes; others run them again')
  await closeWithin(running.size > 0 ? 0 : 5, workers)
}

/**
 * Starts to run jobs: one BullMQ worker for each queue that the list names, and the heartbeats of the list.
 * @throws Refusal or what the store throws when it is not there: a worker that cannot start must not look alive.
 */
export async function startWorker({
  jobs,
  concurrency,
  upkeepSeconds = UPKEEP,
  ...options
}: WorkerSetup): Promise<RunningWorker> {
  const byName = new Map(jobs.map((job) => [job.name, job]))
  if (byName.size < jobs.length) throw new Error('two jobs have the same name')
  const queues = await openQueues(options)
  const closing = new AbortController()
  const situation: Situation = {
    ...options,
    queues,
    jobs: byName,
    signal: closing.signal,
    report: errorReporter('the upkeep of the queue fails'),
    running: new Set(),
    beating: new Set(),
    beaten: new Map(),
  }
  const workers = startQueues(situation, concurrency)
  const upkeep: Promise<void>[] = []
  async function end() {
    closing.abort(new Error('the worker closes'))
    await windDown(situation, workers)
    await within(1, Promise.all(upkeep))
    await queues.close()
  }
  let ended: Promise<void> | undefined
  const close = () => (ended ??= end())
  try {
    await Promise.all(workers.map((worker) => worker.waitUntilReady()))
    await assertHeartbeats(situation)
  } catch (error) {
    await close()
    throw error
  }
  upkeep.push(keepUp(situation, upkeepSeconds))
  return { queues, close }
}
