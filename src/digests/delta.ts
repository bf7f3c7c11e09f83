import type { Metric } from '../rollups/metrics.ts'
import { count, figure, percentage, signed } from './format.ts'
import type { Pair } from './snapshot.ts'
import { words } from './words.ts'

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
  comparison?: 'full' | 'partial' | 'none' | 'off'
  /** The current period is still running. */
  soFar?: boolean
  /** Since when the entity exists, in words, when that is later than the start of the previous period. */
  newSince?: string
  /** The entity was removed. */
  isGone?: boolean
  /** Days in the current and the previous period, where they differ (months). */
  days?: [current: number, previous: number]
}

type Compared = Pick<Metric, 'unit' | 'direction'>

/**
 * Compares a figure with the one of the previous period by the delta rules: never an infinite, invented or coloured
 * change where there is nothing to compare with, and never colour or an arrow without a word.
 */
export function delta(metric: Compared, { current, previous }: Pair, circumstances: Circumstances = {}): Delta {
  const { comparison = 'full', soFar, newSince, isGone } = circumstances
  if (soFar) return muted(words.soFar)
  if (isGone && !current.value) return muted(words.gone)
  if (newSince !== undefined) return muted(words.newSince(newSince))
  if (comparison === 'none' || comparison === 'off') return muted('')
  if (comparison === 'partial') return muted(words.previousIncomplete)
  if (metric.unit === 'count') return countDelta(metric, current.value ?? 0, previous.value ?? 0, circumstances.days)
  if (current.value === null && previous.value === null) return muted(words.noData)
  if (current.value === null) return muted(words.was(figure(metric.unit, previous)))
  if (previous.value === null) return muted(words.noPreviousData)
  if (Math.min(current.n, previous.n) < MIN_N) return muted(words.tooFew)
  return metric.unit === 'seconds'
    ? timeDelta(metric, current.value, previous.value)
    : scaleDelta(metric, current.value, previous.value)
}

/** Counts: absolute with sign, then percent with its word. Unequal periods are compared by the day. */
function countDelta(metric: Compared, current: number, previous: number, days?: [number, number]): Delta {
  const absolute = current - previous
  if (current === 0 && previous === 0) return muted(words.nothing)
  if (previous === 0) {
    return {
      ...moved(metric, absolute, null),
      text: `${words.newWas('0')}, ${signed('count', absolute)}`,
      short: words.newWas('0'),
    }
  }
  const relative = days ? current / days[0] / (previous / days[1]) - 1 : absolute / previous
  if (current === 0) {
    const text = `-100% (${words.was(count(previous))})`
    return { ...moved(metric, absolute, -1), text, short: text }
  }
  if (Math.abs(relative) < 0.005) return same(absolute, relative)
  const share = `${percentage(relative)} ${relative < 0 ? words.down.count : words.up.count}${days ? ` ${words.perDay}` : ''}`
  return { ...moved(metric, relative, relative), absolute, text: `${signed('count', absolute)} (${share})`, short: share }
}

/** Durations: percent with its word, then absolute with sign. */
function timeDelta(metric: Compared, current: number, previous: number): Delta {
  const absolute = current - previous
  const relative = previous === 0 ? null : absolute / previous
  if (absolute === 0 || (relative !== null && Math.abs(relative) < 0.005)) return same(absolute, relative)
  const word = absolute < 0 ? words.down.seconds : words.up.seconds
  const short = relative === null ? word : `${percentage(relative)} ${word}`
  return { ...moved(metric, absolute, relative), text: `${short} (${signed('seconds', absolute)})`, short }
}

/** Percentages differ in points and ratings in themselves: a percentage of a percentage misleads. */
function scaleDelta(metric: Compared, current: number, previous: number): Delta {
  const absolute = current - previous
  // Below what the figure itself shows there is no change to see.
  if (Math.abs(absolute) < (metric.unit === 'percent' ? 0.05 : 0.005)) return same(absolute, null)
  const difference = signed(metric.unit, absolute)
  const text = metric.unit === 'percent' ? words.points(difference) : difference
  return { ...moved(metric, absolute, null), text, short: text }
}

function moved({ direction }: Compared, change: number, relative: number | null): Omit<Delta, 'text' | 'short'> {
  const tone = direction === 'neither' ? 'neutral' : change > 0 === (direction === 'higher') ? 'better' : 'worse'
  return { tone, arrow: change > 0 ? '▲' : '▼', absolute: change, relative }
}

function same(absolute: number, relative: number | null): Delta {
  return { tone: 'muted', arrow: '', text: words.noChange, short: words.noChange, absolute, relative }
}

function muted(text: string): Delta {
  return { tone: 'muted', arrow: '', text, short: text, absolute: null, relative: null }
}
