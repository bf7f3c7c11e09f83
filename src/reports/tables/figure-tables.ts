import type { Instant } from '../../clock.ts'
import { clockText } from '../../time/local-text.ts'
import type { Grouping } from '../../time/calendar.ts'
import type { FiguresByMetric } from '../asked.ts'
import type { EntityDimension, EntityTable } from '../entity-table.ts'
import { figureColumns } from './figure-columns.ts'
import { frameOf, type Column, type Table, type Value } from './tabular.ts'
import type { PointsByMetric, Timeseries } from '../timeseries.ts'
import type { Understood } from '../understand.ts'
import type { Range, Subject } from '../values.ts'

/** Whom a row is about, for programs. */
export const entityColumns: readonly Column[] = [
  { key: 'dimension', title: 'Of', unit: 'text', forPrograms: true },
  { key: 'entity_id', title: 'Id', unit: 'id' },
  { key: 'entity_name', title: 'Name', unit: 'text' },
]

/** A subject with its name. */
export type Named = Required<Subject> & { name: string }

const hidden = (columns: readonly Column[]): Column[] => columns.map((column) => ({ ...column, forPrograms: true as const }))

/** The figures of one subject: a single row. */
export function summaryTable(accountId: number, asked: Understood, of: Named, figures: FiguresByMetric): Table {
  const columns = figureColumns(asked)
  return {
    name: 'summary',
    title: `Summary: ${of.name}`,
    ...frameOf(accountId, asked, { withStat: true }),
    columns: [...hidden(entityColumns), ...columns],
    rows: [[of.dimension, of.id, of.name, ...columns.map(({ pick }) => pick(figures))]],
    layout: 'record',
  }
}

/** How a time series was cut. */
export interface Cut {
  asked: Understood
  grouping: Grouping
}

/**
 * A row per bucket; the buckets of the range that is compared with follow in rows of their own, as there may be more or fewer.
 * `period_start` and `period_end` are what a row counts: a bucket that the range cuts holds only its part of it.
 */
export function timeseriesTable(accountId: number, { asked, grouping }: Cut, of: Named, series: Timeseries): Table {
  const figures = figureColumns(asked, { compared: false })
  const { points, previous } = series
  const isCompared = previous !== undefined
  const bucket: Column = { key: 'bucket', title: bucketTitles[grouping], unit: grouping === 'hour' ? 'instant' : 'date' }
  const row = (which: string, range: Range, { start, end, figures: values }: Bucket): Value[] => [
    Math.max(start, range.since),
    Math.min(end, range.until),
    ...(isCompared ? [which] : []),
    grouping === 'hour' ? start : clockText(asked.zone, start).slice(0, 10),
    of.dimension,
    of.id,
    of.name,
    ...figures.map(({ pick }) => pick(values)),
  ]
  const rows = (which: string, range: Range, series: PointsByMetric) =>
    bucketsOf(series, range).map((one) => row(which, range, one))
  return {
    name: 'timeseries',
    title: `By ${grouping}: ${of.name}`,
    ...frameOf(accountId, asked, { withStat: true }),
    columns: [
      { key: 'period_start', title: 'From', unit: 'instant', forPrograms: true },
      { key: 'period_end', title: 'Until', unit: 'instant', forPrograms: true },
      ...(isCompared ? [{ key: 'period', title: 'Period', unit: 'text' } as const] : []),
      bucket,
      ...hidden(entityColumns),
      ...figures,
    ],
    rows: [...rows('current', asked.range, points), ...(previous ? rows('previous', asked.compareWith!, previous) : [])],
  }
}

const bucketTitles: Record<Grouping, string> = { hour: 'Hour', day: 'Day', week: 'Week from', month: 'Month', year: 'Year' }

interface Bucket {
  start: Instant
  end: Instant
  figures: FiguresByMetric
}

function bucketsOf(points: PointsByMetric, { until }: Range): Bucket[] {
  const [first = []] = Object.values(points)
  return first.map(({ start }, i) => ({
    start,
    end: first[i + 1]?.start ?? until,
    figures: Object.fromEntries(Object.entries(points).map(([metric, series]) => [metric, series[i]!])),
  }))
}

/** A row per agent, inbox, team or label; the figures of the whole account are the total. */
export function entitiesTable(
  accountId: number,
  asked: Understood,
  { name, dimension }: { name: string; dimension: EntityDimension },
  { total, rows }: EntityTable<{ id: number; name: string }>,
): Table {
  const figures = figureColumns(asked)
  const frame = frameOf(accountId, asked, { withStat: true })
  const overlap = dimension === 'label' ? ['Labels overlap: do not add them up.'] : []
  const row = (id: number, name: string, values: FiguresByMetric): Value[] => [
    dimension,
    id,
    name,
    ...figures.map(({ pick }) => pick(values)),
  ]
  return {
    name,
    title: `${name[0]!.toUpperCase()}${name.slice(1)}`,
    ...frame,
    notes: [...frame.notes, ...overlap],
    columns: [...entityColumns, ...figures],
    rows: rows.map(({ entity, figures }) => row(entity.id, entity.name, figures)),
    total: row(accountId, 'Account total', total),
  }
}
