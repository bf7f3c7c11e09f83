import type { Logger } from 'pino'
import type { z } from 'zod'
import type { Pool } from './db.ts'

/** The queues, in the order of the data's way: rolling what is dirty, rolling history, sending digests. */
export const QUEUES = ['rollups', 'backfills', 'digests'] as const
export type QueueName = (typeof QUEUES)[number]

/** The figures of one run, for its log line: `{ hours: 12, days: 1 }`. */
export type Counts = Readonly<Record<string, number>>

export interface EnqueueOptions {
  /** What the job is about, mostly an account's id: while a job with this id is unfinished, a second one is dropped. */
  id?: string | number
  /** Seconds to wait before it may run. */
  delaySeconds?: number
}

/**
 * Puts a job into its queue and returns the queue's id for it (that of the unfinished one when `id` was taken).
 *
 * "Unfinished" includes *running*: what is enqueued under the same id while a job runs is dropped, although the running
 * one may have read its rows already. That loses nothing, because a job is a reminder and never the plan: the plan is a
 * row (a dirty hour, a due digest, a backfill), committed before the reminder is sent, and the heartbeat of that queue
 * reads those rows every few seconds and reminds again of what is still there. So the rule for whoever defines a job
 * with an id: a heartbeat must enqueue it again from rows. A queued successor (`keepLastIfActive`) would shorten the
 * wait by those seconds and make the queue's state matter; it is left out for that.
 *
 * @throws Error when the payload does not fit the job's schema, or when the queue's store does not answer. Whoever has
 * committed the row already may let the latter go.
 */
export type Enqueue = <P extends z.ZodType>(job: Job<P>, payload: z.input<P>, options?: EnqueueOptions) => Promise<string>

/** What a running job gets besides its payload. Nothing here knows which store the queue is in. */
export interface JobContext {
  pool: Pool
  /** The database's URL, for work that needs a connection of its own (LISTEN, COPY). */
  url: string
  enqueue: Enqueue
  /** Fires when the worker closes; throw `signal.reason` at a safe point and the job goes back to the queue, no attempt lost. */
  signal: AbortSignal
  log: Logger
  /** Shows figures on the running job. Decoration: it never fails the job; progress that matters is a row. */
  progress(counts: Counts): Promise<void>
}

/**
 * A kind of job: a name, a checked payload (ids and period bounds; never data, never "now") and what to do. It may run
 * twice, late, or again after it was killed halfway, so `run` must be idempotent.
 */
export interface Job<P extends z.ZodType = z.ZodType> {
  readonly name: string
  readonly queue: QueueName
  readonly payload: P
  /** Set: a heartbeat. It runs by itself this often, once over all workers, with the payload `{}`. */
  readonly everySeconds: number | undefined
  /** How often it is tried before it is left in the failed list with its reason. A heartbeat of a minute or more: at least until the next. */
  readonly attempts: number
  /** Seconds before the second attempt; doubled before each later one. */
  readonly backoffSeconds: number
  run(payload: z.output<P>, context: JobContext): Promise<Counts>
}

/** A job as it is written down; what is left out has a default. */
type Definition<P extends z.ZodType> = Pick<Job<P>, 'name' | 'queue' | 'payload' | 'run'> & {
  everySeconds?: number
  attempts?: number
  backoffSeconds?: number
}

/**
 * Fewest attempts of any job: on PostgreSQL a job that succeeded can be counted as failed when the transaction that
 * marks it done loses a deadlock (see queue-patch.ts), so one failure must never be the last.
 */
const FEWEST_ATTEMPTS = 3

/**
 * Defines a job.
 * @throws Error for a name that is not lower-case words, fewer than 3 attempts, or a heartbeat whose payload needs fields.
 */
export function defineJob<P extends z.ZodType>(definition: Definition<P>): Job<P> {
  const { name, everySeconds, attempts = 5, backoffSeconds = 1, payload } = definition
  if (!/^[a-z]+(-[a-z]+)*$/.test(name)) throw new Error(`job ${name}: the name must be lower-case words joined by hyphens`)
  if (attempts < FEWEST_ATTEMPTS) throw new Error(`job ${name}: ${attempts} attempts are fewer than ${FEWEST_ATTEMPTS}`)
  if (everySeconds !== undefined && !payload.safeParse({}).success) {
    throw new Error(`job ${name}: a heartbeat runs with the payload {}, which its schema refuses`)
  }
  return { ...definition, everySeconds, attempts, backoffSeconds }
}

/** What is wrong with a payload, in one line; undefined when it fits. */
export function payloadProblem(job: Job, payload: unknown): string | undefined {
  const issues = job.payload.safeParse(payload).error?.issues
  return issues?.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': ')).join('; ')
}
