import type { Instant } from '../clock.ts'
import { figureOf, type MetricName } from '../rollups/metrics.ts'
import type { Dimension } from '../rollups/parts.ts'
import type { Reading, TotalsRow } from './report.ts'

/** A stretch of time, half-open: [since, until). One that ends before it starts holds nothing. */
export interface Range {
  since: Instant
  until: Instant
}

/** The whole of history: as far as ranges reach, from 1840 to 2100. */
export const EVER: Range = { since: -4_102_444_800, until: 4_102_444_800 }

/** What a report is about: the whole account (no id), or one entity of it. */
export interface Subject {
  dimension: Dimension
  id?: number
}

/** Values of metrics by name: counts are numbers, averages null where there is nothing to average. Times are seconds. */
export type Values<M extends MetricName> = { [K in M]: K extends `${string}_count` ? number : number | null }

/** The values of a row of figures; of no row, what "nothing happened" means for each metric. */
export function valuesOf<M extends MetricName>(metrics: readonly M[], row: TotalsRow | undefined): Values<M> {
  const values: Partial<Record<M, number | null>> = {}
  for (const name of metrics) values[name] = (row?.figures[name] ?? figureOf(name, {})).value
  return values as Values<M>
}

export const isEmpty = (range: Range): boolean => !(range.until > range.since)

/** Rows of totals; an empty range has none, and costs no statement. */
export async function totalsIn(
  read: Reading,
  subject: Subject,
  range: Range,
  metrics: readonly MetricName[],
  businessHours: boolean,
): Promise<TotalsRow[]> {
  if (isEmpty(range)) return []
  return read.totals({ ...subject, since: range.since, until: range.until, metrics, businessHours })
}
