import type { Part } from './parts.ts'

/** Counted from raw rows over the whole of a range, as no sum of buckets gives it. */
export type Uncounted = 'contacts'

/** How many times each part counts in a sum. */
export type Weights = Partial<Record<Part | Uncounted, number>>

/** value = over, or over ÷ by where there is a `by` (null when that is 0). `n` is how many things the value is made from. */
export interface Formula {
  over: Weights
  by?: Weights
  n: Weights
}

export interface Metric {
  title: string
  /** What it counts, in words for a reader of a report. */
  definition: string
  unit: 'count' | 'seconds' | 'percent' | 'rating'
  /** Which way is better. */
  direction: 'higher' | 'lower' | 'neither'
  formula: Formula
  /** The same in business hours, where that means something. */
  business?: Formula
  /**
   * Counted without repeats over the whole range, so not additive: `reports/bots.ts` corrects the sum of the parts,
   * contacts are counted from raw rows.
   */
  distinct?: 'bot_handoffs' | 'bot_resolutions' | 'contacts'
  /** How many there are at the end of a range: the sum of its parts since the beginning of history. */
  stock?: true
  /** 1 unless given. Raised with every change of what its parts count: rows that were rolled before are outdated then. */
  version?: number
}

/** A metric whose values are sums of parts and nothing else, so that they add up themselves. */
export interface Volume extends Metric {
  formula: Formula & { by?: never }
  distinct?: never
  stock?: never
}

/** True when a metric's values add up; `AdditiveMetric` says the same to the compiler. */
export const addsUp = ({ formula, distinct, stock }: Metric): boolean =>
  formula.by === undefined && distinct === undefined && !stock
