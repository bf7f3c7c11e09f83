import { Gauge, Registry } from 'prom-client'
import { stopwatch, type Instant } from '../clock.ts'
import { within } from '../closing.ts'
import { openPool } from '../db.ts'
import { errorReporter } from '../failure.ts'
import type { QueueName } from '../job.ts'
import type { Queues } from '../queue.ts'
import { backfillFigures } from './backfill-figures.ts'
import { digestFigures } from './digest-figures.ts'
import { ShownFigures, type Figures, type Sources } from './figures.ts'
import { historyFigures } from './history-figures.ts'
import { heartbeatFigures } from './heartbeat-figures.ts'
import { observeProcess } from './observed.ts'
import { queueFigures } from './queue-figures.ts'
import { dirtyLogFigures, rollupFigures } from './rollup-figures.ts'
import { verificationFigures } from './verification-figures.ts'

/** Seconds for which figures of the database are shown again: whoever scrapes more often learns, and costs, nothing more. */
const KEPT = 5
/** Seconds that reading them may take; what has not been read by then is told as failed. */
const PATIENCE = 4
/** Milliseconds of one statement. */
const STATEMENT = 2000

/** The metrics of one process, in the text format of Prometheus. */
export interface Metrics {
  contentType: string
  /** Never fails for a figure: `metrics_failed` says which could not be read. */
  text(): Promise<string>
  close(): Promise<void>
}

export interface MetricsOptions {
  /** The database's URL; one connection of its own is used, so that scrapes take none from the work. */
  url: string
  clock: () => Instant
  /** Where this process has the queues open. */
  queues?: Pick<Queues, 'counts'> | undefined
  /** The queues that a worker of this process works on. */
  worksOn?: readonly QueueName[]
}

/** Starts to observe this process. */
export function openMetrics({ url, clock, queues, worksOn = [] }: MetricsOptions): Metrics {
  const registry = new Registry()
  const stop = observeProcess(registry)
  showWorker(registry, worksOn)
  const pool = openPool(url, { max: 1, statementTimeout: STATEMENT, applicationName: 'tidemark metrics' })
  const everywhere = [
    dirtyLogFigures,
    heartbeatFigures,
    digestFigures,
    backfillFigures,
    verificationFigures,
    rollupFigures,
    historyFigures,
  ]
  const figures = readTogether(registry, queues ? [queueFigures(queues), ...everywhere] : everywhere)
  const refresh = atMostEvery(KEPT, () => figures.read({ pool, now: clock() }))
  return {
    contentType: registry.contentType,
    async text() {
      await within(PATIENCE, refresh())
      return registry.metrics()
    },
    async close() {
      stop()
      await pool.end()
    },
  }
}

/** Says of each queue whether a worker of this process works on it: also while neither the database nor the queue's store is there. */
function showWorker(registry: Registry, queues: readonly QueueName[]): void {
  const help = '1 for each queue that a worker of this process works on'
  const gauge = new Gauge({ name: 'worker_up', help, labelNames: ['queue'], registers: [registry] })
  for (const queue of queues) gauge.set({ queue }, 1)
}

/** Shows figures in a registry, and which of them could not be read. */
function readTogether(registry: Registry, all: readonly Figures[]) {
  const failed = new Gauge({
    name: 'metrics_failed',
    help: '1 where figures could not be read, which are missing then',
    labelNames: ['figures'],
    registers: [registry],
  })
  const shown = all.map((figures) => new ShownFigures(figures, registry))
  const report = errorReporter('figures cannot be read for metrics')
  async function read(one: ShownFigures, sources: Sources) {
    try {
      one.set(await one.figures.read(sources))
      failed.set({ figures: one.figures.name }, 0)
    } catch (error) {
      report(error as Error)
    }
  }
  return {
    async read(sources: Sources): Promise<void> {
      // Until they are read anew: a value of before would look like one of now.
      for (const one of shown) {
        failed.set({ figures: one.figures.name }, 1)
        one.set({})
      }
      await Promise.all(shown.map((one) => read(one, sources)))
    },
  }
}

/** Runs `work` when it was last done more than `seconds` ago; whoever asks while it runs waits for the same run. */
function atMostEvery(seconds: number, work: () => Promise<void>): () => Promise<void> {
  let done: (() => number) | undefined
  let running: Promise<void> | undefined
  return async () => {
    if (done && done() < seconds) return
    running ??= work().finally(() => {
      done = stopwatch()
      running = undefined
    })
    await running
  }
}
