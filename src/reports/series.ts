import type { Instant } from '../clock.ts'
import type { Pool } from '../db.ts'
import { invalid } from '../errors.ts'
import { figureOf, type Figure, type MetricName } from '../rollups/metrics.ts'
import { bucketBounds, type Grouping, type Weekday } from '../time/calendar.ts'
import { DAY, HOUR, type Zone } from '../time/zone.ts'
import { answer, type Answer } from './answer.ts'
import { asChatwootHours, type HourPieces } from './repeated-hour.ts'
import { isEmpty, type Range, type Subject } from './values.ts'

/** One metric in the course of time. `chatwootHours`: a repeated hour's rows all stand in its second pass. */
export interface SeriesAsked {
  metric: MetricName
  subject: Subject
  range: Range
  grouping: Grouping
  zone: Zone
  firstWeekday: Weekday
  businessHours?: boolean
  chatwootHours?: boolean
}

/** A bucket: where it starts in its zone (perhaps before the range does) and what it holds of the range. */
export interface SeriesPoint extends Figure {
  start: Instant
}

/** What a series may have at most: two years by hour, half a century by day. */
export const MAX_BUCKETS = 20_000

/** No unit is longer than this (a day of 25 hours, a leap year), so the division below never over-counts. */
const longest: Record<Grouping, number> = { hour: HOUR, day: 25 * HOUR, week: 7 * DAY + HOUR, month: 32 * DAY, year: 367 * DAY }

/**
 * A point per bucket from the one that holds `since` to the last that starts before `until`, empty ones included; a
 * range that ends before it starts has the one bucket that holds `since`.
 * @throws Refusal (422) when that would be more than MAX_BUCKETS.
 */
export async function metricSeries(pool: Pool, accountId: number, asked: SeriesAsked): Promise<Answer<SeriesPoint[]>> {
  const bounds = seriesBounds(asked)
  const cut = asked.chatwootHours && asked.grouping === 'hour' ? asChatwootHours(asked.zone, bounds) : asTheyAre(bounds)
  return answer(pool, accountId, async (read) => {
    const { metric, subject, range, businessHours = false } = asked
    const rows = isEmpty(range)
      ? []
      : await read.series({ ...subject, ...range, metrics: [metric], businessHours, bounds: cut.bounds })
    const figures = new Map(rows.map((row) => [row.piece, row.figures[metric]]))
    const nothing = figureOf(metric, {}, businessHours)
    return cut.pieces.map((piece, i) => ({ start: bounds[i]!, ...((piece !== undefined && figures.get(piece)) || nothing) }))
  })
}

/**
 * Where the buckets of a range start, and where the last one ends.
 * @throws Refusal (422) for more than MAX_BUCKETS
 */
export function seriesBounds({
  range,
  grouping,
  zone,
  firstWeekday,
}: Pick<SeriesAsked, 'range' | 'grouping' | 'zone' | 'firstWeekday'>): Instant[] {
  const atLeast = (range.until - range.since) / longest[grouping]
  // Before enumerating: a range of a million years must cost nothing.
  if (!(atLeast <= MAX_BUCKETS)) throw tooMany(grouping)
  // A range that ends before it starts has the bucket of its first moment.
  const until = isEmpty(range) ? range.since + 0.001 : range.until
  const bounds = bucketBounds(zone, range.since, until, grouping, firstWeekday)
  if (bounds.length - 1 > MAX_BUCKETS) throw tooMany(grouping)
  return bounds
}

const tooMany = (grouping: Grouping) =>
  invalid(
    `A series has at most ${MAX_BUCKETS} points, and this range has more of them by ${grouping}. ` +
      'Ask for a shorter range or a coarser group_by (hour, day, week, month, year).',
  )

function asTheyAre(bounds: readonly Instant[]): HourPieces {
  return { bounds: [...bounds], pieces: bounds.slice(0, -1).map((_, i) => i) }
}
