import { Counter, Gauge, type Registry } from 'prom-client'
import type { Instant } from '../clock.ts'
import type { Pool } from '../db.ts'

/** What figures are read from. */
export interface Sources {
  /** A pool of one connection whose statements are bounded. */
  pool: Pool
  now: Instant
}

/** One value of a figure. */
export interface Sample {
  labels?: Record<string, string | number>
  value: number
}

/** The samples of some figures, by their names. */
export type Samples = Readonly<Record<string, readonly Sample[]>>

/**
 * Figures that are read together when metrics are asked for: from the database or the queue, the same in every process.
 * What is read together fails together, and nothing else does.
 */
export interface Figures {
  /** What it is about, as `metrics_failed{figures="…"}` names it. */
  name: string
  /** The help text of each figure. */
  help: Readonly<Record<string, string>>
  /** The labels of those that have any. */
  labels?: Readonly<Record<string, readonly string[]>>
  read(sources: Sources): Promise<Samples>
}

/** The metrics that show a set of figures. */
export class ShownFigures {
  readonly figures: Figures
  private readonly metrics: readonly Shown[]

  constructor(figures: Figures, registry: Registry) {
    this.figures = figures
    this.metrics = Object.entries(figures.help).map(([name, help]) => {
      const config = { name, help, labelNames: figures.labels?.[name] ?? [], registers: [registry] }
      return {
        name,
        labelled: config.labelNames.length > 0,
        metric: name.endsWith('_total') ? new Counter(config) : new Gauge(config),
      }
    })
    this.set({})
  }

  /** Shows these samples and nothing else: an old value would look like a fresh one. */
  set(samples: Samples): void {
    for (const { name, labelled, metric } of this.metrics) {
      metric.reset()
      // Without labels a reset leaves a 0, which nobody has said.
      if (!labelled) metric.remove()
      for (const { labels = {}, value } of samples[name] ?? []) metric.inc(labels, value)
    }
  }
}

interface Shown {
  name: string
  labelled: boolean
  metric: Gauge | Counter
}
