import type { Instant } from '../../clock.ts'
import { dateAt } from '../../time/calendar.ts'
import { localText } from '../../time/local-text.ts'
import type { Zone } from '../../time/zone.ts'
import type { Understood } from '../understand.ts'
import type { Range } from '../values.ts'

/** What a column holds. Times are seconds, percents 0 to 100, dates `2026-05-04`, instants Unix seconds, flags booleans. */
export type Unit = 'text' | 'id' | 'count' | 'seconds' | 'percent' | 'rating' | 'date' | 'instant' | 'flag'

/** Null is "no data", never 0. */
export type Value = string | number | boolean | null

/** What a column says of a metric: its value, what that was made from, or the share of times within the target. */
export type Facet = 'value' | 'n' | 'target' | 'share' | 'share_n'

export interface Column {
  /** Stable and in snake_case, for programs; seconds end in `_s`. */
  key: string
  /** For people. */
  title: string
  unit: Unit
  /** Of a column of figures: the metric's title, what is said of it, and whether of the range that is compared with. */
  figure?: { of: string; facet: Facet; previous: boolean }
  /** What only programs need: people read it in the notes. */
  forPrograms?: true
}

/** A report as a table, before it becomes a file or lines on a terminal. */
export interface Table {
  /** What its files are called. */
  name: string
  title: string
  /** What a reader must know: the period, the clock, what must not be added up. */
  notes: readonly string[]
  zone: Zone
  /** The moment that it speaks of: the end of its period, or now. */
  at: Instant
  period?: Range
  /** What is the same for every row. Programs get it on every row, in front; a column of the same key takes its place. */
  constants: readonly (Column & { value: Value })[]
  columns: readonly Column[]
  rows: readonly (readonly Value[])[]
  /** The figures of the whole, for people. */
  total?: readonly Value[]
  /** How people see it: a line per row; a line per metric of its only row; or a column for each value of one of its columns. */
  layout?: 'record' | Across
}

/** Columns by their keys: those that name a line, the one whose values become columns, and the one that fills the cells. */
export interface Across {
  down: readonly string[]
  across: string
  cells: string
}

/** The period and the clock of a report, in words and as leading columns. */
export type Framed = Pick<Table, 'zone' | 'at' | 'constants'> & { period: Range; notes: string[] }

/** What the tables of a report with a range have in common. */
export function frameOf(accountId: number, asked: Understood, { withStat = false } = {}): Framed {
  const { zone, range, compareWith, businessHours, stat } = asked
  return {
    zone,
    at: range.until,
    period: range,
    constants: [
      { key: 'account_id', title: 'Account', unit: 'id', value: accountId },
      { key: 'period_start', title: 'From', unit: 'instant', value: range.since },
      { key: 'period_end', title: 'Until', unit: 'instant', value: range.until },
      { key: 'time_zone', title: 'Time zone', unit: 'text', value: zone.name },
      { key: 'business_hours', title: 'Business hours', unit: 'flag', value: businessHours },
      ...(withStat ? [{ key: 'stat', title: 'Times', unit: 'text', value: stat } as const] : []),
      ...(compareWith ? previousConstants(compareWith) : []),
    ],
    notes: [
      [
        periodInWords(zone, range),
        ...(compareWith ? [`compared with ${periodInWords(zone, compareWith)}`] : []),
        zone.name,
        businessHours ? 'times in business hours' : 'times around the clock',
        ...(withStat && stat !== 'avg' ? [`times: ${statTitles[stat]}`] : []),
      ].join(' · '),
      ...filterInWords(asked),
    ],
  }
}

const previousConstants = ({ since, until }: Range) =>
  [
    { key: 'previous_period_start', title: 'Before from', unit: 'instant', value: since },
    { key: 'previous_period_end', title: 'Before until', unit: 'instant', value: until },
  ] as const

export const statTitles = { avg: 'mean', p50: 'median', p90: '90th percentile' } as const

/** `2026-05-04 – 2026-05-10` for whole days, else both moments. */
export function periodInWords(zone: Zone, { since, until }: Range): string {
  const [start, end] = [localText(zone, since), localText(zone, until)]
  const wholeDays = [start, end].every((text) => text.slice(11, 19) === '00:00:00')
  const [first, last] = datesOf(zone, { since, until })
  if (!wholeDays) return `${start} – ${end}`
  return first === last ? first : `${first} – ${last}`
}

/** The local dates of the first and the last instant of a range. */
export const datesOf = (zone: Zone, { since, until }: Range): [first: string, last: string] => [
  dateAt(zone, since),
  dateAt(zone, until - 1),
]

function filterInWords({ filter }: Understood): string[] {
  const names = Object.entries(filter ?? {}) as [string, readonly number[]][]
  if (names.length === 0) return []
  return [`Only ${names.map(([dimension, ids]) => `${dimension} ${ids.join(', ')}`).join(' · ')}.`]
}

/** What a file of a table is called, without its ending: `agents_2026-05-04_2026-05-10`. */
export function fileStem({ name, zone, period, at }: Table): string {
  return [name, ...(period ? datesOf(zone, period) : [dateAt(zone, at)])].join('_')
}
