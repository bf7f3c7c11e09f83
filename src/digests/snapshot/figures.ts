import { hoursOfWeek } from '../../reports/heatmap.ts'
import type { Figures, Reading, TotalsRow } from '../../reports/report.ts'
import type { Filter } from '../../rollups/rolling/filter.ts'
import { metrics, type Figure } from '../../rollups/metrics.ts'
import type { Dimension } from '../../rollups/parts.ts'
import { bucketBounds, dateAt, type Weekday } from '../../time/calendar.ts'
import type { Zone } from '../../time/zone.ts'
import { digestMetrics, tableNames, type Day, type DigestMetric, type Pair, type TableName } from './snapshot.ts'
import type { Period } from '../schedule/window.ts'

/** What the rows of each table are. */
export const dimensionOf = { agents: 'agent', teams: 'team', inboxes: 'inbox', labels: 'label' } as const satisfies Record<
  TableName,
  Dimension
>

/** What is asked for: a period and the one it is compared with, in a zone, of the whole account or of what fits a filter. */
export interface Request {
  zone: Zone
  firstWeekday: Weekday
  /** Times are counted in business hours. */
  businessHours: boolean
  period: Period
  /** Undefined where nothing is compared. */
  previous: Period | undefined
  filter: Filter | undefined
  /** Rows that were read already, for many requests at once. */
  known?: ((dimension: Dimension, which: keyof Pair) => TotalsRow[] | undefined) | undefined
}

/** The figures of one account: its own and those of each id that has any in either period. */
export interface PeriodFigures {
  totals: Record<DigestMetric, Pair>
  tables: Record<TableName, Map<number, Record<DigestMetric, Pair>>>
  daily: { current: Day[]; previous: Day[] }
  /** New conversations by weekday (from `firstWeekday` on) and local hour. */
  hours: number[][]
  previousHours: number[][]
}

/** Asks one reading for everything that a digest shows, so that all of it is of one moment. */
export async function readFigures(read: Reading, request: Request): Promise<PeriodFigures> {
  const { period, previous } = request
  const [account] = (await pairsById(read, 'account', request)).values()
  const tables = {} as PeriodFigures['tables']
  for (const table of tableNames) tables[table] = await pairsById(read, dimensionOf[table], request)
  const daily = { current: await daysOf(read, request, period), previous: previous ? await daysOf(read, request, previous) : [] }
  const hours = await hoursOf(read, request, period)
  const previousHours = previous ? await hoursOf(read, request, previous) : weekOf(() => 0)
  return { totals: account ?? pairOf(), tables, daily, hours, previousHours }
}

/** Figures of a time in which nothing happened: counts are 0, averages have no value. */
export function pairOf(current?: Figures, previous?: Figures): Record<DigestMetric, Pair> {
  return byMetric((name) => ({ current: current?.[name] ?? nothing(name), previous: previous?.[name] ?? nothing(name) }))
}

const nothing = (name: DigestMetric): Figure => ({ value: metrics[name].unit === 'count' ? 0 : null, n: 0 })

function byMetric<T>(of: (name: DigestMetric) => T): Record<DigestMetric, T> {
  return Object.fromEntries(digestMetrics.map((name) => [name, of(name)])) as Record<DigestMetric, T>
}

/**
 * The figures of both periods by id, without ids of which there is nothing to say. Each period is asked for by itself: what
 * is counted without repeats is so within the range of a question.
 */
async function pairsById(read: Reading, dimension: Dimension, request: Request) {
  const { period, previous, businessHours, filter, known } = request
  const ask = async (which: keyof Pair, asked: Period | undefined) => {
    if (!asked) return byId([])
    const question = { dimension, ...rangeOf(asked), metrics: digestMetrics, businessHours, filter }
    return byId(known?.(dimension, which) ?? (await read.totals(question)))
  }
  const [current, before] = [await ask('current', period), await ask('previous', previous)]
  const ids = [...new Set([...current.keys(), ...before.keys()])]
  return new Map(ids.map((id) => [id, pairOf(current.get(id), before.get(id))] as const).filter(([, pairs]) => !isNothing(pairs)))
}

const byId = (rows: TotalsRow[]) => new Map(rows.map((row) => [row.id, row.figures]))
const rangeOf = ({ since, until }: Period) => ({ since, until })

/** A stock has a row for every id that ever had anything, of 0 when it has nothing left. */
const isNothing = (pairs: Record<DigestMetric, Pair>) =>
  Object.values(pairs).every(({ current, previous }) => [current, previous].every(({ value, n }) => !value && n === 0))

/** A row per local date, days without anything included. */
async function daysOf(read: Reading, { zone, businessHours, filter }: Request, period: Period): Promise<Day[]> {
  const { since, until } = period
  const bounds = bucketBounds(zone, since, until, 'day')
  const rows = await read.series({ dimension: 'account', since, until, metrics: digestMetrics, businessHours, filter, bounds })
  const byPiece = new Map(rows.map((row) => [row.piece, row.figures]))
  return bounds.slice(0, -1).map((start, piece) => {
    const figures = byPiece.get(piece)
    return { date: dateAt(zone, start), figures: byMetric((name) => figures?.[name] ?? nothing(name)) }
  })
}

/** An hour that the clocks show twice counts both times; one that they skip stays 0. */
async function hoursOf(read: Reading, { zone, firstWeekday, filter }: Request, period: Period): Promise<number[][]> {
  // From Monday on, which is weekday 1.
  const counts = await hoursOfWeek(read, { range: rangeOf(period), zone, filter, counted: 'conversations' })
  return weekOf((day, hour) => counts[((day + firstWeekday + 6) % 7) * 24 + hour] ?? 0)
}

const weekOf = (cell: (day: number, hour: number) => number) =>
  Array.from({ length: 7 }, (_, day) => Array.from({ length: 24 }, (_, hour) => cell(day, hour)))
