import { within } from '../closing.ts'
import { config } from '../config.ts'
import { Refusal } from '../errors.ts'
import { errorReporter } from '../failure.ts'
import type { QueueOptions, Queues } from '../queue.ts'

/** Seconds that whoever looks waits for the queue's store. */
const PATIENCE = 3

/** The queues of a process that only shows them, and does its work without. */
export interface QueuesToShow {
  /** Opens them when they are asked for first, and again when that failed. @throws Refusal (503) while they cannot be reached */
  open(): Promise<Queues>
  counts: Queues['counts']
  close(): Promise<void>
}

/** A web process has to start, and to answer, while the queue's store is away. */
export function queuesToShow(options: QueueOptions): QueuesToShow {
  const report = errorReporter('the queue cannot be opened to be shown')
  let opening: Promise<Queues> | undefined
  const opened = () =>
    (opening ??= import('../queue.ts')
      .then(({ openQueues }) => openQueues(options))
      .catch((error: Error) => {
        opening = undefined
        report(error)
        throw error instanceof Refusal ? error : unreachable()
      }))
  async function open(): Promise<Queues> {
    const queues = opened()
    if (!(await within(PATIENCE, Promise.allSettled([queues])))) throw unreachable()
    return queues
  }
  return {
    open,
    counts: async () => (await open()).counts(),
    async close() {
      const closed = opening?.then(
        (queues) => queues.close(),
        () => {},
      )
      if (closed) await within(PATIENCE, closed)
    },
  }
}

const unreachable = () =>
  new Refusal(
    'queue_unreachable',
    `The queue on ${config.redisUrl ? 'Redis' : 'PostgreSQL'} cannot be reached at the moment. Please try again.`,
    { status: 503, exitCode: 1, retryAfter: 5 },
  )
