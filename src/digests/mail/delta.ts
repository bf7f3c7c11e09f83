import type { Metric } from '../../rollups/metric.ts'
import type { Rate } from './business-days.ts'
import { count, figure, percentage, signed } from './format.ts'
import type { Pair, Snapshot } from '../snapshot/snapshot.ts'
import type { Per } from './words/figure-words.ts'
import type { Words } from './words/words.ts'

/** Averages made from fewer things than this are shown but not compared: one long chat would look like a trend. */
export const MIN_N = 5

export type Tone = 'better' | 'worse' | 'neutral' | 'muted'

/** A comparison in words. `text` says all of it, `short` the part that fits a narrow column. */
export interface Delta {
  tone: Tone
  arrow: '▲' | '▼' | ''
  text: string
  short: string
  /** current − previous in the unit of the metric, and as a share of previous; null where that would say nothing. */
  absolute: number | null
  relative: number | null
}

/** What is known besides the two figures. All of it defaults to an ordinary comparison of two whole periods. */
export interface Circumstances {
  comparison?: Snapshot['comparison']
  /** The current period is still running. */
  soFar?: boolean
  /** Since when the entity exists, in words, when that is later than the start of the previous period. */
  newSince?: string
  /** The entity was removed. */
  isGone?: boolean
  /** By what counts are compared, where the periods are of unequal length (months, weeks with a holiday). */
  rate?: Rate
}

type Compared = Pick<Metric, 'unit' | 'direction'>

/**
 * Compares a figure with the one of the previous period by the delta rules: never an infinite, invented or coloured
 * change where there is nothing to compare with, and never colour or an arrow without a word.
 */
export function delta(words: Words, metric: Compared, { current, previous }: Pair, circumstances: Circumstances = {}): Delta {
  const say = words.delta
  const { comparison = 'full', soFar, newSince, isGone } = circumstances
  if (soFar) return muted(say.soFar)
  if (isGone && !current.value) return muted(say.gone)
  if (newSince !== undefined) return muted(say.newSince(newSince))
  if (comparison === 'none' || comparison === 'off' || comparison === 'purged') return muted('')
  if (comparison === 'partial') return muted(say.previousIncomplete)
  if (metric.unit === 'count') return countDelta(words, metric, current.value ?? 0, previous.value ?? 0, circumstances.rate)
  if (current.value === null && previous.value === null) return muted(say.noData)
  if (current.value === null) return muted(say.was(figure(words, metric.unit, previous)))
  if (previous.value === null) return muted(say.noPreviousData)
  if (Math.min(current.n, previous.n) < MIN_N) return muted(say.tooFew)
  return metric.unit === 'seconds'
    ? timeDelta(words, metric, current.value, previous.value)
    : scaleDelta(words, metric, current.value, previous.value)
}

/** Counts: absolute with sign, then percent with its word. Unequal periods are compared by the day or business day. */
function countDelta(words: Words, metric: Compared, current: number, previous: number, rate?: Rate): Delta {
  const say = words.delta
  const absolute = current - previous
  if (current === 0 && previous === 0) return muted(say.nothing)
  if (previous === 0) {
    return {
      ...moved(metric, absolute, null),
      text: words.list([say.newWas('0'), signed(words, 'count', absolute)]),
      short: say.newWas('0'),
    }
  }
  if (previous < 0) return bare(words, metric, absolute)
  const relative = rate ? current / rate.days[0] / (previous / rate.days[1]) - 1 : absolute / previous
  if (current === 0) {
    const text = `${words.numbers.minus}${words.numbers.percent('100')} (${say.was(count(words, previous))})`
    return { ...moved(metric, absolute, -1), text, short: text }
  }
  if (Math.abs(relative) < 0.005) return same(words, absolute, relative, rate?.per)
  const share = say.moved('count', relative > 0, percentage(words, relative), rate?.per)
  return { ...moved(metric, relative, relative), absolute, text: `${signed(words, 'count', absolute)} (${share})`, short: share }
}

/** Durations: percent with its word, then absolute with sign. */
function timeDelta(words: Words, metric: Compared, current: number, previous: number): Delta {
  const absolute = current - previous
  const relative = previous <= 0 ? null : absolute / previous
  if (absolute === 0 || (relative !== null && Math.abs(relative) < 0.005)) return same(words, absolute, relative)
  const short = words.delta.moved('seconds', absolute > 0, relative === null ? null : percentage(words, relative))
  return { ...moved(metric, absolute, relative), text: `${short} (${signed(words, 'seconds', absolute)})`, short }
}

/** Percentages differ in points and ratings in themselves: a percentage of a percentage misleads. */
function scaleDelta(words: Words, metric: Compared, current: number, previous: number): Delta {
  const absolute = current - previous
  // Below what the figure itself shows there is no change to see.
  if (Math.abs(absolute) < (metric.unit === 'percent' ? 0.05 : 0.005)) return same(words, absolute, null)
  const difference = signed(words, metric.unit, absolute)
  const text = metric.unit === 'percent' ? words.delta.points(difference) : difference
  return { ...moved(metric, absolute, null), text, short: text }
}

/** A share of what is negative, such as a stock that misses its beginning, means nothing: the difference alone. */
function bare(words: Words, metric: Compared, absolute: number): Delta {
  if (absolute === 0) return same(words, absolute, null)
  const text = signed(words, metric.unit, absolute)
  return { ...moved(metric, absolute, null), text, short: text }
}

function moved({ direction }: Compared, change: number, relative: number | null): Omit<Delta, 'text' | 'short'> {
  const tone = direction === 'neither' ? 'neutral' : change > 0 === (direction === 'higher') ? 'better' : 'worse'
  return { tone, arrow: change > 0 ? '▲' : '▼', absolute: change, relative }
}

function same({ delta }: Words, absolute: number, relative: number | null, per?: Per): Delta {
  const text = per ? delta.noChangePer[per] : delta.noChange
  return { tone: 'muted', arrow: '', text, short: text, absolute, relative }
}

function muted(text: string): Delta {
  return { tone: 'muted', arrow: '', text, short: text, absolute: null, relative: null }
}
