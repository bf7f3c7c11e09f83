import type { Instant } from '../../clock.ts'
import type { Span } from '../coverage.ts'
import { figureOf, metricNames, metrics, type MetricName, type Sums } from '../metrics.ts'
import { dimensionNames, dimensions, parts, type Dimension } from '../parts.ts'
import { HOURLY } from '../rolling/statements.ts'
import { isSame, type StoredRow } from '../verify/stored-rows.ts'

/** Changes of a metric that are named. */
const LARGEST = 5

/** Metrics that rows of days tell: not what stands at an instant, and not what raw rows alone tell. */
export const comparedMetrics = metricNames.filter((name) => !metrics[name].stock && metrics[name].distinct !== 'contacts')

export interface Change {
  day: Instant
  dimension: Dimension
  id: number
  before: number | null
  after: number | null
}

/** What would become of a metric over some days. `new` are days that had never been rolled, whose rows replace none. */
export interface MetricDiff {
  metric: MetricName
  unit: string
  days: { changed: number; unchanged: number; new: number }
  /** The same of every inbox, agent, team and label that has a row, the account's included. */
  rows: { changed: number; unchanged: number; new: number }
  /** The account over the days that had been rolled: as it is stored, and as it would be. */
  before: number | null
  after: number | null
  /** The account over those that had not. */
  added: number | null
  largest: Change[]
}

/** Rows of a table, over days that had been rolled, by what would become of them; `new` over days that had not. */
export interface TableDiff {
  table: string
  unchanged: number
  changed: number
  added: number
  removed: number
  new: number
}

/** A day's rows as they are and as a roll makes them. */
export interface DayRows extends Span {
  /** It had been rolled before, by whatever definitions. */
  isKnown: boolean
  before: ReadonlyMap<string, StoredRow>
  after: ReadonlyMap<string, StoredRow>
}

/** Adds up what would change, day by day, so that no more than one day's rows are held. */
export class DiffSum {
  readonly #metrics = new Map<MetricName, MetricDiff>()
  readonly #tables = new Map<string, TableDiff>()
  readonly #sums: Record<'before' | 'after' | 'added', Sums> = { before: {}, after: {}, added: {} }

  readonly #seen = { known: false, new: false }

  add(day: DayRows): void {
    this.#seen[day.isKnown ? 'known' : 'new'] = true
    this.#countRows(day)
    const [before, after] = [figuresOf(day, day.before), figuresOf(day, day.after)]
    const account = `${dimensions.account} `
    for (const [key, sums] of before) if (day.isKnown && key.startsWith(account)) addUp(this.#sums.before, sums)
    for (const [key, sums] of after) if (key.startsWith(account)) addUp(this.#sums[day.isKnown ? 'after' : 'added'], sums)
    for (const name of comparedMetrics) this.#compare(name, day, before, after)
  }

  get metrics(): MetricDiff[] {
    const { before, after, added } = this.#sums
    return comparedMetrics.map((name) => ({
      ...this.#of(name),
      before: this.#seen.known ? figureOf(name, before).value : null,
      after: this.#seen.known ? figureOf(name, after).value : null,
      added: this.#seen.new ? figureOf(name, added).value : null,
    }))
  }

  get tables(): TableDiff[] {
    return [...this.#tables.values()].sort((a, b) => a.table.localeCompare(b.table))
  }

  #countRows({ isKnown, before, after }: DayRows): void {
    for (const key of new Set([...before.keys(), ...after.keys()])) {
      const [old, made] = [before.get(key), after.get(key)]
      const { table } = (made ?? old)!
      const counts = this.#tables.get(table) ?? { table, unchanged: 0, changed: 0, added: 0, removed: 0, new: 0 }
      this.#tables.set(table, counts)
      if (!isKnown) counts.new += Number(made !== undefined)
      else if (!old) counts.added++
      else if (!made) counts.removed++
      else counts[isSame(old.parts, made.parts) ? 'unchanged' : 'changed']++
    }
  }

  #compare(name: MetricName, { from, isKnown }: DayRows, before: Figures, after: Figures): void {
    const diff = this.#of(name)
    const account = [...before.keys(), ...after.keys()].find((key) => key.startsWith(`${dimensions.account} `))
    const told = { changed: 0, unchanged: 0, new: 0 }
    for (const key of new Set([...before.keys(), ...after.keys()])) {
      const [old, made] = [figureOf(name, before.get(key) ?? {}), figureOf(name, after.get(key) ?? {})]
      const fate = !isKnown
        ? 'new'
        : isSame({ a_sum: old.value, n: old.n }, { a_sum: made.value, n: made.n })
          ? 'unchanged'
          : 'changed'
      diff.rows[fate]++
      if (key === account) told[fate]++
      if (fate !== 'changed') continue
      const [dimension, id] = key.split(' ').map(Number) as [number, number]
      const change = { day: from, dimension: dimensionNames[dimension]!, id, before: old.value, after: made.value }
      diff.largest = [...diff.largest, change].sort((a, b) => sizeOf(b) - sizeOf(a)).slice(0, LARGEST)
    }
    // A day on which nothing happened, then and now, has no rows at all.
    if (account === undefined) told[isKnown ? 'unchanged' : 'new']++
    for (const fate of ['changed', 'unchanged', 'new'] as const) diff.days[fate] += told[fate]
  }

  #of(name: MetricName): MetricDiff {
    const empty = () => ({ changed: 0, unchanged: 0, new: 0 })
    const made = {
      metric: name,
      unit: metrics[name].unit,
      days: empty(),
      rows: empty(),
      before: null,
      after: null,
      added: null,
      largest: [],
    }
    return this.#metrics.get(name) ?? this.#metrics.set(name, made).get(name)!
  }
}

/** Infinite where there was, or would be, nothing to say. */
const sizeOf = ({ before, after }: Change) => (before === null || after === null ? Infinity : Math.abs(after - before))

/** Parts by dimension and id, keyed by both. */
type Figures = Map<string, Sums>

/** The parts of a day: from its own rows, or while it has none from those of its hours. */
function figuresOf({ from }: Span, rows: ReadonlyMap<string, StoredRow>): Figures {
  const all = [...rows.values()]
  const daily = all.filter(({ table, bucket }) => table === 'rollup_daily' && bucket === from)
  const figures: Figures = new Map()
  for (const row of daily.length > 0 ? daily : all.filter(({ table }) => table === HOURLY)) {
    const key = `${row.dimension} ${row.dimension_id}`
    const sums = figures.get(key) ?? figures.set(key, {}).get(key)!
    addUp(sums, row.parts)
  }
  return figures
}

function addUp(sums: Sums, more: Sums): void {
  for (const part of parts) {
    const value = more[part] ?? null
    if (value !== null) sums[part] = (sums[part] ?? 0) + value
  }
}
