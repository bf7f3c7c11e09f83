import { countAll, countBelow, countBelowIn, isEdge, quantile, type Bins } from '../rollups/bins.ts'
import type { Figure, MetricName } from '../rollups/metrics.ts'
import type { Timed } from '../rollups/parts.ts'
import type { Reading, SeriesQuestion, SeriesRow, SpreadRow } from './report.ts'
import type { TargetOf } from './targets.ts'

/** What a time metric shows: the mean, the median, or the time that nine of ten took at most. */
export const stats = ['avg', 'p50', 'p90'] as const
export type Stat = (typeof stats)[number]

/** Events that took less than a target, of all that have a time. `value` in percent; null without events. */
export interface WithinTarget {
  target: number
  value: number | null
  n: number
}

export interface MeasuredFigure extends Figure {
  within_target?: WithinTarget
}

export interface MeasuredRow {
  piece: number
  id: number
  figures: Partial<Record<MetricName, MeasuredFigure>>
}

/** How figures are shown, beyond their plain values. */
export interface Measures {
  stat: Stat
  /** The target of an id for a kind of time; undefined where there is none. */
  targetOf: TargetOf
}

/** The time metrics that have histograms. */
export const timesOf: Partial<Record<MetricName, Timed>> = {
  avg_first_response_time: 'first_response',
  avg_resolution_time: 'resolution',
  reply_time: 'reply',
}

const shares: Record<Exclude<Stat, 'avg'>, number> = { p50: 0.5, p90: 0.9 }

/**
 * Figures of each piece and id of a question, with medians or 90th percentiles instead of means where asked for, and the
 * share within the target where there is one. Shares are exact; percentiles are within 1 %.
 */
export async function measure(read: Reading, question: SeriesQuestion, { stat, targetOf }: Measures): Promise<MeasuredRow[]> {
  const rows: MeasuredRow[] = await read.series(question)
  for (const metric of question.metrics) {
    const times = timesOf[metric]
    if (!times) continue
    if (stat !== 'avg') await showQuantiles(read, question, metric, times, shares[stat], rows)
    await showShares(read, question, metric, times, targetOf, rows)
  }
  return rows
}

async function showQuantiles(
  read: Reading,
  question: SeriesQuestion,
  metric: MetricName,
  times: Timed,
  share: number,
  rows: MeasuredRow[],
): Promise<void> {
  const spreads = byKey(await read.spreads({ ...question, times }))
  for (const row of rows) {
    const bins = spreads.get(keyOf(row))?.bins ?? new Map<number, number>()
    row.figures[metric] = { value: quantile(bins, share), n: countAll(bins) }
  }
}

async function showShares(
  read: Reading,
  question: SeriesQuestion,
  metric: MetricName,
  times: Timed,
  targetOf: TargetOf,
  rows: MeasuredRow[],
): Promise<void> {
  const targets = new Map(rows.map(({ id }) => [id, targetOf(times, id)]))
  const wanted = [...new Set(targets.values())].filter((target) => target !== undefined).sort((a, b) => a - b)
  if (wanted.length === 0) return
  // Targets that are no edge of a bin are counted from raw rows, between edges of their own.
  const stored = wanted.every(isEdge)
  const spreads = byKey(await read.spreads({ ...question, times, ...(stored ? {} : { edges: wanted }) }))
  const below = (bins: Bins, target: number) => (stored ? countBelow(bins, target) : countBelowIn(bins, wanted, target))
  for (const row of rows) {
    const target = targets.get(row.id)
    if (target === undefined) continue
    const bins = spreads.get(keyOf(row))?.bins ?? new Map<number, number>()
    const n = countAll(bins)
    const within = { target, value: n === 0 ? null : (100 * below(bins, target)) / n, n }
    row.figures[metric] = { ...row.figures[metric]!, within_target: within }
  }
}

const keyOf = ({ piece, id }: Pick<SeriesRow, 'piece' | 'id'>) => `${piece} ${id}`
const byKey = (rows: SpreadRow[]) => new Map(rows.map((row) => [keyOf(row), row]))
