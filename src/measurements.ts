import { channel } from 'node:diagnostics_channel'
import { errorReporter } from './failure.ts'
import type { QueueName } from './job.ts'

/** What may come of a run of a job, a slot of a digest, an attempt to deliver a mail. Whoever counts them counts each from 0 on. */
export const jobResults = ['done', 'failed', 'given_up', 'returned'] as const
export const slotResults = ['composed', 'held', 'skipped', 'failed'] as const
export const deliveryResults = ['sent', 'written', 'refused', 'uncertain', 'suppressed', 'skipped', 'postponed'] as const

/**
 * What is measured where it happens, in seconds. Whoever measures does not know who listens: in a process that shows metrics
 * they do (src/metrics/observed.ts), on the command line nobody, and then it costs nothing.
 */
export interface Measurements {
  /** One run of a job. `returned`: the worker closed meanwhile, and another one runs it. */
  job: { queue: QueueName; job: string; result: (typeof jobResults)[number]; seconds: number }
  /** Buckets that were recomputed together. */
  roll: { granularity: 'hour' | 'day' | 'month'; buckets: number; seconds: number }
  /** A dirty quarter of an hour that could not be rolled. */
  unrolled: { granularity: 'hour' }
  /** Pictures and files of a snapshot, drawn. */
  drawing: { seconds: number }
  /** What became of a slot of a digest; `late`: how long after it was due. */
  slot: { result: (typeof slotResults)[number]; late: number }
  /** What became of an attempt to deliver a mail. */
  delivery: { state: (typeof deliveryResults)[number] }
  /** A report that was answered over HTTP. */
  report: { route: string; source: string; seconds: number }
}

/** Tells whoever listens. A listener's failure never reaches the work that is measured. */
export function measure<K extends keyof Measurements>(kind: K, measured: Measurements[K]): void {
  channel(`tidemark:${kind}`).publish(measured)
}

const report = errorReporter('a measurement is lost')

/** Listens until the returned function is called. */
export function onMeasured<K extends keyof Measurements>(kind: K, hear: (measured: Measurements[K]) => void): () => void {
  // What a subscriber throws, Node throws again where nobody catches it, and the process would end.
  const listen = (message: unknown) => {
    try {
      hear(message as Measurements[K])
    } catch (error) {
      report(error as Error)
    }
  }
  const heard = channel(`tidemark:${kind}`)
  heard.subscribe(listen)
  return () => void heard.unsubscribe(listen)
}
