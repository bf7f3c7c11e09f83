import {
  assertSchemaCompatibility,
  createPostgresBackend,
  createRedisBackend,
  LATEST_SCHEMA_VERSION,
  runMigrations,
  SchemaMigrationRequiredError,
  withBackend,
  type BackendFactory,
  type IQueueBackend,
  type Processor,
  type Queue,
  type Worker,
  type WorkerOptions,
} from 'bullmq'
import { closeWithin, type Closable } from './closing.ts'
import { config } from './config.ts'
import { QUEUE_POOL } from './connections.ts'
import { KEEPALIVES, run, type Client, type Pool } from './db.ts'
import { errorReporter } from './failure.ts'
import { payloadProblem, QUEUES, type Counts, type Enqueue, type Job, type QueueName } from './job.ts'
import { log } from './log.ts'
import { claimDueJobsInOrder } from './queue-patch.ts'
import { requireDurableRedis } from './queue-redis.ts'
import { depthOf, failuresOf, retryFailed, trim, type Depth, type Failure, type LastDone } from './queue-state.ts'

/** The schema of the queue's tables when it runs on PostgreSQL. */
const SCHEMA = 'bullmq'
/** The prefix of its keys on Redis; the braces keep them all in one slot, which Redis Cluster asks of multi-key scripts. */
const PREFIX = '{tidemark}'

const WEEK = 7 * 24 * 3600
/** Bytes of a payload: it carries ids and bounds, never data. */
const LARGEST_PAYLOAD = 16 * 1024
/** Heartbeats carry no priority, which both stores serve first: a tick never waits behind ten thousand accounts. */
const AFTER_HEARTBEATS = 1

export interface QueueOptions {
  pool: Pool
  /** The database's URL. The queue opens connections of its own; they LISTEN, so no transaction pooler in between. */
  url: string
  /** Set: the queue is on this Redis. Default: the configuration's. */
  redisUrl?: string | undefined
}

export type Payload = Record<string, unknown>
export type Run = Processor<Payload, Counts>
type BullQueue = Pick<
  Queue<Payload, Counts>,
  | 'add'
  | 'clean'
  | 'getFailed'
  | 'getJob'
  | 'getJobCounts'
  | 'getRanges'
  | 'name'
  | 'remove'
  | 'upsertJobScheduler'
  | 'removeJobScheduler'
  | 'waitUntilReady'
> &
  Closable
export type BullWorker = Pick<Worker<Payload, Counts>, 'waitUntilReady'> & Closable

/** The open queues of one process. */
export interface Queues {
  enqueue: Enqueue
  /** Makes sure that this heartbeat ticks. Changes nothing while it does: not the time of its next tick either. */
  assertHeartbeat(job: Job): Promise<void>
  /** Stops a heartbeat that no job answers to any more. */
  dropHeartbeat(queue: QueueName, name: string): Promise<void>
  depths(): Promise<Record<QueueName, Depth>>
  /** The jobs of each queue by state, under BullMQ's own names of these. */
  counts(): Promise<Record<QueueName, Record<string, number>>>
  /** The jobs that failed for good, the newest of each queue, at most 100 a queue. */
  failures(): Promise<Failure[]>
  /** Gives a job that was given up all its attempts again. @throws Refusal (404) when there is none */
  retry(queue: QueueName, jobId: string): Promise<Failure>
  /** BullMQ's own objects, for the pages that show them (src/http/queue-pages.ts) and nothing else. */
  shown: readonly object[]
  /** Forgets failed jobs after a week, or an hour where there are over 5,000; a heartbeat's once a later one is done or failed too. */
  trimFailed(done: LastDone): Promise<void>
  /** Starts to take jobs from a queue. */
  work(queue: QueueName, run: Run, options: Omit<WorkerOptions<unknown>, 'connection' | 'prefix'>): BullWorker
  close(): Promise<void>
}

type Backend = { queue(name: QueueName): BullQueue } & Pick<Queues, 'work'>

function bind<B extends IQueueBackend, C>(factory: BackendFactory<B, C>, queues: C, workers: C): Backend {
  const bull = withBackend(factory)
  const report = errorReporter('the queue reports errors')
  return {
    queue(name) {
      // Nobody reads the event streams; the default keeps 10,000 events a queue.
      const streams = { events: { maxLen: 1000 } }
      return new bull.Queue<Payload, Counts>(name, { connection: queues, prefix: PREFIX, streams }).on('error', report)
    },
    work(name, run, options) {
      const worker = new bull.Worker<Payload, Counts>(name, run, { ...options, connection: workers, prefix: PREFIX })
      worker.on('error', report)
      worker.on('stalled', (jobId) => log.warn({ queue: name, job_id: jobId }, 'job lost its worker and runs again'))
      return worker
    },
  }
}

/** After a failover behind one name the old connection leads to what is a replica now; a new one leads to the master. */
const demoted = (error: Error) => error.message.startsWith('READONLY')

/** Milliseconds until it is tried again to connect, by how often it was tried. By itself BullMQ waits up to 20 s after an outage of a minute. */
const soonAgain = (times: number) => Math.min(500 * times, 3000)

function redisBackend(url: string): Backend {
  // A producer gives up within seconds, because a request may wait for it; a worker never does. A socket that answers
  // nothing for 15 s while a command is under way is dead: blocking reads return after 10 s at most.
  const common = { url, reconnectOnError: demoted, retryStrategy: soonAgain }
  const queue = { ...common, maxRetriesPerRequest: 1, commandTimeout: 10_000 }
  return bind(createRedisBackend, queue, { ...common, maxRetriesPerRequest: null, socketTimeout: 15_000 })
}

function postgresBackend(url: string): Backend {
  const connection = {
    connectionString: url,
    schema: SCHEMA,
    // A pool for each instance: a shared one also carries LISTEN and hangs silently when there are more listeners than
    // connections. A worker adds one connection to its pool for LISTEN.
    max: QUEUE_POOL,
    application_name: 'tidemark queue',
    // How connections that died without a word are noticed, one after the other: few, short-lived when idle, 10 s each.
    idleTimeoutMillis: 5000,
    connectionTimeoutMillis: 10_000,
    query_timeout: 10_000,
    // What a crash of the server may take from the queue is planned again from rows, so no commit waits for the disk
    // (measured: up to 1.6 times the jobs a second).
    options: `-c synchronous_commit=off -c jit=off ${KEEPALIVES}`,
  }
  return bind(createPostgresBackend, connection, connection)
}

async function schemaVersion(client: Client): Promise<number> {
  return assertSchemaCompatibility(client, SCHEMA).catch((error: unknown) => {
    if (error instanceof SchemaMigrationRequiredError) return 0
    throw error
  })
}

/** Creates or upgrades the queue's tables. Reads first, so that a role without the right to create can start workers. */
export async function preparePostgresQueue(pool: Pool): Promise<void> {
  const client = await pool.connect()
  try {
    if ((await schemaVersion(client)) < LATEST_SCHEMA_VERSION) await runMigrations(client, SCHEMA)
  } finally {
    client.release()
  }
  const patch = await claimDueJobsInOrder(pool, SCHEMA)
  if (patch === 'unknown') log.warn('BullMQ words move_to_active differently now: see src/queue-patch.ts, it may deadlock')
}

const withoutNul = (_: string, value: unknown) => (typeof value === 'string' ? value.replaceAll('\0', '') : value)

/** The payload as the store keeps it: PostgreSQL's jsonb refuses NULs in texts. */
const storable = (payload: unknown) => JSON.parse(JSON.stringify(payload, withoutNul)) as Payload

/** BullMQ counts in whole milliseconds, and PostgreSQL refuses the 2299.9999999999995 that 2.3 s would be. */
const milliseconds = (seconds: number) => Math.round(seconds * 1000)

/** Seconds between two tries of a heartbeat that comes each minute or less often, and how many there are at most. */
const [HEARTBEAT_PAUSE, MOST_TRIES] = [10, 12]

/**
 * How often a job is tried, and with what pauses. A heartbeat of a minute is tried until the next one comes: after an outage it is
 * seconds late. With tries that are over after 15 s it was up to 45.
 */
function triesOf({ everySeconds = 0, attempts, backoffSeconds }: Job) {
  if (everySeconds < 60) return { attempts, backoff: { type: 'exponential', delay: milliseconds(backoffSeconds) } }
  const tries = Math.min(MOST_TRIES, Math.ceil(everySeconds / HEARTBEAT_PAUSE))
  return { attempts: Math.max(attempts, tries), backoff: { type: 'fixed', delay: milliseconds(HEARTBEAT_PAUSE) } }
}

/** Never `{ count }`: on PostgreSQL it deadlocks even a single worker and costs half the throughput. */
const optionsOf = (job: Job) => ({
  ...triesOf(job),
  removeOnComplete: true,
  removeOnFail: { age: WEEK },
  stackTraceLimit: 1,
})

function producer(queues: Record<QueueName, BullQueue>): Enqueue {
  return async (job, payload, { id, delaySeconds = 0 } = {}) => {
    const problem = payloadProblem(job, payload)
    if (problem) throw new Error(`the payload of ${job.name} is wrong: ${problem}`)
    const added = await queues[job.queue].add(job.name, storable(payload), {
      ...optionsOf(job),
      priority: AFTER_HEARTBEATS,
      sizeLimit: LARGEST_PAYLOAD,
      delay: milliseconds(delaySeconds),
      ...(id === undefined ? {} : { deduplication: { id: `${job.name}/${id}` } }),
    })
    return added.id ?? ''
  }
}

/** Deletes failed jobs: their rows, where the queue is on PostgreSQL, as BullMQ removes none there that a heartbeat left. */
async function forget(queue: BullQueue, ids: readonly string[], rowsIn: Pool | undefined): Promise<void> {
  if (!rowsIn) await Promise.all(ids.map((id) => queue.remove(id)))
  else await run(rowsIn, `delete from ${SCHEMA}.job where queue = $1 and id = any ($2) and state = 'failed'`, [queue.name, ids])
}

/**
 * Opens the queues: on Redis when there is a URL for it, else on PostgreSQL in the schema `bullmq` of the same database.
 * @throws Refusal when Redis does not answer or may evict keys; whatever PostgreSQL throws when it does not answer.
 */
export async function openQueues({ pool, url, redisUrl = config.redisUrl }: QueueOptions): Promise<Queues> {
  await (redisUrl ? requireDurableRedis(redisUrl) : preparePostgresQueue(pool))
  const backend = redisUrl ? redisBackend(redisUrl) : postgresBackend(url)
  const queues = Object.fromEntries(QUEUES.map((name) => [name, backend.queue(name)])) as Record<QueueName, BullQueue>
  const all = Object.values(queues)
  await Promise.all(all.map((queue) => queue.waitUntilReady())).catch(async (error: unknown) => {
    // Whoever tries again would leave their connections behind each time.
    await closeWithin(0, all)
    throw error
  })
  const each = async <T>(look: (queue: BullQueue) => Promise<T>) => {
    const seen = await Promise.all(QUEUES.map(async (name) => [name, await look(queues[name])]))
    return Object.fromEntries(seen) as Record<QueueName, T>
  }
  return {
    enqueue: producer(queues),
    async assertHeartbeat(job) {
      if (job.everySeconds === undefined) return
      const template = { name: job.name, data: {}, opts: optionsOf(job) }
      await queues[job.queue].upsertJobScheduler(job.name, { every: milliseconds(job.everySeconds) }, template)
    },
    async dropHeartbeat(queue, name) {
      await queues[queue].removeJobScheduler(name)
    },
    depths: () => each(depthOf),
    counts: () => each((queue) => queue.getJobCounts()),
    async failures() {
      return (await Promise.all(QUEUES.map((name) => failuresOf(name, queues[name])))).flat()
    },
    retry: (queue, jobId) => retryFailed(queue, queues[queue], jobId),
    shown: all,
    async trimFailed(done) {
      for (const queue of all) await trim(queue, done, (ids) => forget(queue, ids, redisUrl ? undefined : pool))
    },
    work: backend.work,
    async close() {
      await closeWithin(3, all)
    },
  }
}
