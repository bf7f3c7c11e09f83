import type { Instant } from '../clock.ts'
import type { Dimension, Timed } from '../rollups/parts.ts'
import type { Bins } from '../rollups/bins.ts'
import type { Span } from '../rollups/coverage.ts'
import type { Filter } from '../rollups/rolling/filter.ts'
import type { Figure, MetricName } from '../rollups/metrics.ts'
import type { Zone } from '../time/zone.ts'

/** How an answer was made: from rollups alone, from raw rows alone, or both. */
export type ReportSource = 'rollup' | 'mixed' | 'raw'

/** What is asked: metrics of one dimension over [since, until), for one id or for all that have any. */
export interface Question {
  dimension: Dimension
  id?: number
  since: Instant
  until: Instant
  metrics: readonly MetricName[]
  businessHours?: boolean
  filter?: Filter | undefined
}

/** A question cut into pieces: piece i is [bounds[i], bounds[i + 1]) within [since, until). Bounds ascend. */
export interface SeriesQuestion extends Question {
  bounds: readonly Instant[]
}

/** A question about what two dimensions have in common, over one range. */
export interface CrossedQuestion extends Omit<Question, 'id'> {
  /** What rows are told apart by besides the dimension; labels overlap, so that they cannot be. */
  by: 'inbox' | 'agent' | 'team'
}

/** The figures of one id of the dimension as far as they are also those of `within`, an id of the other (0: none). */
export interface CrossedRow extends TotalsRow {
  within: number
}

export type Figures = Readonly<Record<MetricName, Figure>>

/** The figures of one id; ids for which nothing happened have no row (an account always has one). */
export interface TotalsRow {
  id: number
  figures: Figures
}

/** The figures of one id in the piece that starts at `start`; a piece in which nothing happened has no row. */
export interface SeriesRow extends TotalsRow {
  piece: number
}

/** How the times of one kind of event spread over each piece. Pieces as in a series. */
export interface SpreadQuestion extends Omit<SeriesQuestion, 'metrics'> {
  times: Timed
  /** Edges of other bins than the stored ones, ascending; counted from raw rows then. */
  edges?: readonly number[]
}

/** The events of one id in one piece by bin of time (see rollups/bins.ts); those without a time are left out. */
export interface SpreadRow {
  piece: number
  id: number
  bins: Bins
}

/** Where hours are read from rollups: in the covered stretches, but for the dirty hours. */
export interface RolledHours {
  /** The zone whose clock hours these are. */
  zone: Zone
  covered: readonly Span[]
  dirty: readonly Span[]
}

/** What is counted by tag and inbox, over [since, until). */
export interface TaggedQuestion {
  since: Instant
  until: Instant
  /** Conversations created, or outgoing messages written, in the range. */
  counted: 'conversations' | 'outgoing_messages'
}

/** How many in conversations that carry the tag now (context `labels`) and are now in the inbox; each once per tag. */
export interface TaggedRow {
  tag_id: number
  inbox_id: number
  n: number
}

/**
 * Questions to one account, all answered from one moment of the database. `totals` and `series` hold exactly the asked
 * metrics. `source` and `completeThrough` speak of everything asked so far; `completeThrough` is the instant up to
 * which the rollups are complete (undefined: nothing is rolled); answers are exact whatever it is.
 */
export interface Reading {
  totals(question: Question): Promise<TotalsRow[]>
  series(question: SeriesQuestion): Promise<SeriesRow[]>
  spreads(question: SpreadQuestion): Promise<SpreadRow[]>
  /**
   * What one `totals` for each id of `by` would tell when filtered by that id alone, from raw rows, which are read once for
   * all of them. Pairs that have nothing have no row.
   */
  crossed(question: CrossedQuestion): Promise<CrossedRow[]>
  /** Counts by tag and inbox; pairs that have none have no row. */
  tagged(question: TaggedQuestion): Promise<TaggedRow[]>
  /**
   * Makes sure that raw rows from `since` on are there; whoever counts any with `raw` asks before.
   * @throws Refusal (422) when some were purged
   */
  requireRaw(since: Instant): void
  /**
   * Rows of a statement on raw rows, for what no rollup holds. Its `$1` is the account; `values` follow from `$2` on.
   */
  raw<R extends Record<string, unknown>>(statement: string, values?: readonly unknown[]): Promise<R[]>
  readonly rolledHours: RolledHours
  /** The same for names and settings, from which nothing is counted: it leaves `source` as it is. */
  lookUp<R extends Record<string, unknown>>(statement: string, values?: readonly unknown[]): Promise<R[]>
  readonly source: ReportSource
  readonly completeThrough: Instant | undefined
}
