import type { Instant } from '../clock.ts'
import type { Pool } from '../db.ts'
import { invalid } from '../errors.ts'
import type { MetricName } from '../rollups/metrics.ts'
import type { Grouping, Weekday } from '../time/calendar.ts'
import type { Zone } from '../time/zone.ts'
import { answer, type Answer } from './answer.ts'
import { measuresOf, type Asked } from './asked.ts'
import { figureIn } from './key-figures.ts'
import { measure, type MeasuredFigure } from './measure.ts'
import type { Reading } from './report.ts'
import { MAX_BUCKETS, seriesBounds } from './series.ts'
import { isEmpty, type Range } from './values.ts'

/** Figures in the course of time. */
export interface TimeseriesAsked extends Asked {
  grouping: Grouping
  zone: Zone
  firstWeekday: Weekday
}

/** A bucket: where it starts in its zone (perhaps before the range does) and what it holds of the range. */
export type TimeseriesPoint = { start: Instant } & MeasuredFigure

export type PointsByMetric = Partial<Record<MetricName, TimeseriesPoint[]>>
export interface Timeseries {
  points: PointsByMetric
  /** Those of the range that is compared with, cut by its own calendar: there may be more or fewer. */
  previous?: PointsByMetric
}

/**
 * A point per bucket, empty ones included, for each metric.
 * @throws Refusal (422) for more than MAX_BUCKETS points in all
 */
export async function timeseries(pool: Pool, accountId: number, asked: TimeseriesAsked): Promise<Answer<Timeseries>> {
  const bounds = boundsOf(asked, asked.range)
  const before = asked.compareWith && { range: asked.compareWith, bounds: boundsOf(asked, asked.compareWith) }
  return answer(pool, accountId, async (read) => {
    const points = await pointsOf(read, asked, asked.range, bounds)
    return before ? { points, previous: await pointsOf(read, asked, before.range, before.bounds) } : { points }
  })
}

function boundsOf(asked: TimeseriesAsked, range: Range): Instant[] {
  const bounds = seriesBounds({ ...asked, range })
  if ((bounds.length - 1) * asked.metrics.length <= MAX_BUCKETS) return bounds
  throw invalid(
    `${asked.metrics.length} metrics have more than ${MAX_BUCKETS} points together here. Ask for fewer metrics or coarser buckets.`,
  )
}

async function pointsOf(read: Reading, asked: TimeseriesAsked, range: Range, bounds: Instant[]): Promise<PointsByMetric> {
  const { subject, metrics, businessHours, filter } = asked
  const question = { ...subject, ...range, metrics, businessHours, filter, bounds }
  const rows = isEmpty(range) ? [] : await measure(read, question, measuresOf(asked, subject))
  const byPiece = new Map(rows.map((row) => [row.piece, row]))
  const series = (name: MetricName) =>
    bounds.slice(0, -1).map((start, piece): TimeseriesPoint => ({ start, ...figureIn(byPiece.get(piece), name) }))
  return Object.fromEntries(metrics.map((name) => [name, series(name)]))
}
