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

/** What is asked of a queue about its jobs. */
export interface JobStore {
  readonly name: string
  clean(grace: number, most: number, state: 'failed'): Promise<string[]>
  getFailed(from: number, to: number): Promise<StoredJob[]>
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

export async function trim(store: JobStore): Promise<void> {
  const { failed } = await depthOf(store)
  if (failed > 0) await store.clean(1000 * (failed > MOST_FAILED ? HOUR : WEEK), MOST_FAILED, 'failed')
}

function failureOf(queue: QueueName, { name, id = '', data, attemptsMade, failedReason, finishedOn = 0 }: StoredJob): Failure {
  const accountId = typeof data.accountId === 'number' ? data.accountId : null
  return { queue, job: name, jobId: id, accountId, attempts: attemptsMade, reason: failedReason, failedAt: finishedOn / 1000 }
}

/**
 * Gives a job that was given up all its attempts again.
 * @returns the job as it had failed
 * @throws Refusal (404) when there is no such job, or it has not been given up
 */
export async function retryFailed(queue: QueueName, store: JobStore, jobId: string): Promise<Failure> {
  const job = await store.getJob(jobId)
  if (!job || !(await job.isFailed())) throw notFound(`There is no failed job ${jobId} in the queue ${queue}.`)
  const failure = failureOf(queue, job)
  await job.retry('failed', { resetAttemptsMade: true })
  return failure
}
