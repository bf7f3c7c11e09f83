import type { Instant } from './clock.ts'
import { notFound } from './errors.ts'
import type { QueueName } from './job.ts'

const WEEK = 7 * 24 * 3600
const HOUR = 3600
const MOST_FAILED = 5000
/** Failed jobs of a queue that are listed. */
const SHOWN = 100

/** A job as its queue keeps it. */
interface StoredJob {
  id?: string
  name: string
  data: { accountId?: unknown }
  attemptsMade: number
  failedReason: string
  finishedOn?: number
  isFailed(): Promise<boolean>
  retry(state: 'failed', options: { resetAttemptsMade: boolean }): Promise<void>
}

/** For when the latest run of each heartbeat was planned that did its work, by the heartbeat's name; Unix milliseconds. */
export type LastDone = ReadonlyMap<string, number>

/** What is asked of a queue about its jobs. */
export interface JobStore {
  readonly name: string
  clean(grace: number, most: number, state: 'failed'): Promise<string[]>
  getFailed(from: number, to: number): Promise<StoredJob[]>
  getRanges(states: 'failed'[], from: number, to: number): Promise<string[]>
  getJob(id: string): Promise<StoredJob | undefined>
  getJobCounts(...states: ('waiting' | 'prioritized' | 'active' | 'delayed' | 'failed')[]): Promise<Record<string, number>>
}

/** How many jobs a queue holds, by state. */
export interface Depth {
  waiting: number
  active: number
  delayed: number
  failed: number
}

/** A job that was given up: after its last attempt, or at once when its payload was wrong. */
export interface Failure {
  queue: QueueName
  job: string
  jobId: string
  attempts: number
  /** The account that it was about, where it was about one. */
  accountId: number | null
  reason: string
  failedAt: Instant
}

export async function depthOf(store: JobStore): Promise<Depth> {
  const counts = await store.getJobCounts('waiting', 'prioritized', 'active', 'delayed', 'failed')
  const { waiting = 0, prioritized = 0, active = 0, delayed = 0, failed = 0 } = counts
  return { waiting: waiting + prioritized, active, delayed, failed }
}

export async function failuresOf(queue: QueueName, store: JobStore): Promise<Failure[]> {
  const failed = await store.getFailed(0, SHOWN - 1)
  return failed.map((job) => failureOf(queue, job))
}

/**
 * Forgets failed jobs that are old, and failed runs of heartbeats that tell nothing more.
 * @param forget deletes failed jobs by their ids
 */
export async function trim(store: JobStore, done: LastDone, forget: (ids: string[]) => Promise<unknown>): Promise<void> {
  const { failed } = await depthOf(store)
  if (failed === 0) return
  await store.clean(1000 * (failed > MOST_FAILED ? HOUR : WEEK), MOST_FAILED, 'failed')
  const idle = idleTicks(await store.getRanges(['failed'], 0, -1), done)
  if (idle.length > 0) await forget(idle)
}

/** Which heartbeat a job is a run of, and for when that was planned: both stores make its id of them. Undefined: it is of none. */
export function tickOf(jobId = ''): { heartbeat: string; at: number } | undefined {
  const [, heartbeat, at] = /^repeat:(.+):(\d+)$/.exec(jobId) ?? []
  return heartbeat === undefined ? undefined : { heartbeat, at: Number(at) }
}

/**
 * Of failed jobs those that are runs of heartbeats and of no use: a later one did the work, or failed too and says why. Otherwise
 * ten minutes without a database leave two hundred of them for a week, among which nobody finds the job that needs him.
 */
export function idleTicks(failed: readonly string[], done: LastDone): string[] {
  const ticks = failed.flatMap((id) => {
    const tick = tickOf(id)
    return tick ? [{ id, ...tick }] : []
  })
  const latest = new Map<string, number>()
  for (const { heartbeat, at } of ticks) latest.set(heartbeat, Math.max(at, latest.get(heartbeat) ?? 0))
  return ticks
    .filter(({ heartbeat, at }) => at < (latest.get(heartbeat) ?? 0) || at <= (done.get(heartbeat) ?? 0))
    .map(({ id }) => id)
}

function failureOf(queue: QueueName, { name, id = '', data, attemptsMade, failedReason, finishedOn = 0 }: StoredJob): Failure {
  const accountId = typeof data.accountId === 'number' ? data.accountId : null
  return { queue, job: name, jobId: id, accountId, attempts: attemptsMade, reason: failedReason, failedAt: finishedOn / 1000 }
}

/** BullMQ's codes for a job that is not there, and for one that is not in the state it has to be in. */
const [NOT_THERE, NOT_IN_STATE] = [-1, -3]

/**
 * Gives a job that was given up all its attempts again.
 * @returns the job as it had failed
 * @throws Refusal (404) when there is no such job, or it has not been given up; also where somebody else was faster
 */
export async function retryFailed(queue: QueueName, store: JobStore, jobId: string): Promise<Failure> {
  const gone = () => notFound(`There is no failed job ${jobId} in the queue ${queue}.`)
  const job = await store.getJob(jobId)
  if (!job || !(await job.isFailed())) throw gone()
  const failure = failureOf(queue, job)
  try {
    await job.retry('failed', { resetAttemptsMade: true })
  } catch (error) {
    const { code } = error as { code?: unknown }
    throw code === NOT_THERE || code === NOT_IN_STATE ? gone() : error
  }
  return failure
}
