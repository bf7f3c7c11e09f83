import type { Instant } from '../clock.ts'
import type { Figures, Reading, TotalsRow } from '../reports/report.ts'
import { metrics, type Figure } from '../rollups/metrics.ts'
import type { Dimension } from '../rollups/parts.ts'
import { bucketBounds, dateAt, weekdayAt, type Weekday } from '../time/calendar.ts'
import { HOUR, localAt, type Zone } from '../time/zone.ts'
import type { Period } from './window.ts'
import { digestMetrics, tableNames, type Day, type DigestMetric, type Pair, type TableName } from './snapshot.ts'

const dimensionOf = { agents: 'agent', teams: 'team', inboxes: 'inbox', labels: 'label' } as const satisfies Record<
  TableName,
  Dimension
>

/** What is asked for: two periods in a zone, and whether times are counted in business hours. */
export interface Request {
  zone: Zone
  firstWeekday: Weekday
  businessHours: boolean
  period: Period
  previous: Period
}

/** The figures of one account: its own and those of each id that did something in either period. */
export interface PeriodFigures {
  totals: Record<DigestMetric, Pair>
  tables: Record<TableName, Map<number, Record<DigestMetric, Pair>>>
  daily: { current: Day[]; previous: Day[] }
  /** New conversations by weekday (from `firstWeekday` on) and local hour. */
  hours: number[][]
  previousHours: number[][]
  completeThrough: Instant | undefined
}

/** Asks one reading for everything that a digest shows, so that all of it is of one moment. */
export async function readFigures(read: Reading, request: Request): Promise<PeriodFigures> {
  const { period, previous } = request
  const [account] = (await pairsById(read, 'account', request)).values()
  const tables = {} as PeriodFigures['tables']
  for (const table of tableNames) tables[table] = await pairsById(read, dimensionOf[table], request)
  const daily = { current: await daysOf(read, request, period), previous: await daysOf(read, request, previous) }
  const hours = await hoursOf(read, request, period)
  const previousHours = await hoursOf(read, request, previous)
  return { totals: account ?? pairOf(), tables, daily, hours, previousHours, completeThrough: read.completeThrough }
}

/** Figures of a time in which nothing happened: counts are 0, averages have no value. */
export function pairOf(current?: Figures, previous?: Figures): Record<DigestMetric, Pair> {
  return byMetric((name) => ({ current: current?.[name] ?? nothing(name), previous: previous?.[name] ?? nothing(name) }))
}

const nothing = (name: DigestMetric): Figure => ({ value: metrics[name].unit === 'count' ? 0 : null, n: 0 })

function byMetric<T>(of: (name: DigestMetric) => T): Record<DigestMetric, T> {
  return Object.fromEntries(digestMetrics.map((name) => [name, of(name)])) as Record<DigestMetric, T>
}

async function pairsById(read: Reading, dimension: Dimension, { period, previous, businessHours }: Request) {
  const ask = ({ since, until }: Period) => read.totals({ dimension, since, until, metrics: digestMetrics, businessHours })
  const [current, before] = [byId(await ask(period)), byId(await ask(previous))]
  const ids = [...new Set([...current.keys(), ...before.keys()])]
  return new Map(ids.map((id) => [id, pairOf(current.get(id), before.get(id))]))
}

const byId = (rows: TotalsRow[]) => new Map(rows.map((row) => [row.id, row.figures]))

/** A row per local date, days without anything included. */
async function daysOf(read: Reading, { zone, businessHours }: Request, { since, until }: Period): Promise<Day[]> {
  const bounds = bucketBounds(zone, since, until, 'day')
  const rows = await read.series({ dimension: 'account', since, until, metrics: digestMetrics, businessHours, bounds })
  return bounds.slice(0, -1).map((start, piece) => {
    const figures = rows.find((row) => row.piece === piece)?.figures
    return { date: dateAt(zone, start), figures: byMetric((name) => figures?.[name] ?? nothing(name)) }
  })
}

/** An hour that the clocks show twice counts both times; one that they skip stays 0. */
async function hoursOf(read: Reading, { zone, firstWeekday }: Request, { since, until }: Period): Promise<number[][]> {
  const bounds = bucketBounds(zone, since, until, 'hour')
  const rows = await read.series({ dimension: 'account', since, until, metrics: ['conversations_count'], bounds })
  const hours = Array.from({ length: 7 }, () => Array.from({ length: 24 }, () => 0))
  for (const { piece, figures } of rows) {
    const start = bounds[piece] as Instant
    const hour = Math.floor((localAt(zone, start) / HOUR) % 24)
    const row = hours[(weekdayAt(zone, start) - firstWeekday + 7) % 7] as number[]
    row[hour] = (row[hour] ?? 0) + (figures.conversations_count.value ?? 0)
  }
  return hours
}
