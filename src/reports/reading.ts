import { now as clockNow, type Instant } from '../clock.ts'
import { isSqlState, many, SQLSTATE, tookTooLong, transaction, type Client, type Pool } from '../db.ts'
import { binEdges } from '../rollups/bins.ts'
import type { Span } from '../rollups/coverage.ts'
import { metrics, type MetricName } from '../rollups/metrics.ts'
import { hourStart } from '../time/zone.ts'
import { correctBots } from './bots.ts'
import { readContacts } from './contacts.ts'
import { coverOf, without, type Cover } from './cover.ts'
import { readCrossed } from './crossed.ts'
import { figuresOf, needsTagged, partsNeeded } from './needs.ts'
import { cut, piecesOf } from './pieces.ts'
import { readable, requireKept } from './purged.ts'
import { memoryOf, RolledMemory, type ReadRolledRows } from './rolled-memory.ts'
import { currentState, type RolledState } from './rolled-state.ts'
import type {
  CrossedQuestion,
  CrossedRow,
  Question,
  Reading,
  ReportSource,
  RolledHours,
  SeriesQuestion,
  SeriesRow,
  SpreadQuestion,
  SpreadRow,
  TaggedQuestion,
  TaggedRow,
  TotalsRow,
} from './report.ts'
import { scopeOf, type Scope } from './scope.ts'
import { readSpreads } from './spreads.ts'
import { merge, readRawPast, readStock, runUp } from './stocks.ts'
import { readRaw, readRolled, type Ask, type SumsRow } from './sums.ts'
import { readTagged } from './tagged.ts'

/** Of a metric without parts. */
const NOTHING_TO_READ: Cover = { month: [], day: [], hour: [], raw: [] }

/** Before anything happened: as early as ranges are read. */
const BEGINNING: Instant = -4_102_444_800

/**
 * Answers questions about one account from one moment of the database: dirty log, rollups and raw rows are read in one
 * repeatable-read transaction, so that the figures agree with each other and with the raw rows of that moment.
 *
 * @throws Refusal (422) when raw rows took longer to read than the pool's statement timeout allows
 */
export async function reading<T>(
  pool: Pool,
  accountId: number,
  work: (read: Reading) => Promise<T>,
  now = clockNow(),
): Promise<T> {
  try {
    const read = async (tx: Client) => work(await accountReading(tx, memoryOf(pool), accountId, now))
    return await transaction(pool, read, 'repeatable read read only')
  } catch (error) {
    if (isSqlState(error, SQLSTATE.statementTimeout)) throw tookTooLong()
    throw error
  }
}

/** The same within a transaction of the caller's, which must be a repeatable-read one: its snapshot is the moment. */
export const readingIn = (tx: Client, accountId: number, now: Instant): Promise<Reading> =>
  accountReading(tx, new RolledMemory(), accountId, now)

const accountReading = async (tx: Client, memory: RolledMemory, accountId: number, now: Instant) =>
  new AccountReading({ tx, memory, accountId, state: await currentState(tx, accountId), now })

interface Moment {
  tx: Client
  memory: RolledMemory
  accountId: number
  state: RolledState
  now: Instant
}

class AccountReading implements Reading {
  readonly #tx: Client
  readonly #readRolledRows: ReadRolledRows
  readonly #accountId: number
  readonly #now: Instant
  readonly #state: RolledState
  #rolled = false
  #raw = false

  constructor({ tx, memory, accountId, state, now }: Moment) {
    this.#state = state
    this.#tx = tx
    this.#readRolledRows = memory.readerOf(tx, state.version)
    this.#accountId = accountId
    this.#now = now
  }

  get source(): ReportSource {
    return this.#raw ? (this.#rolled ? 'mixed' : 'raw') : 'rollup'
  }

  get rolledHours(): RolledHours {
    const { zone, covered, stale, kept } = this.#state
    const dirty = stale(false)
    const hourly = without(covered, [{ from: Math.min(kept.first, kept.hourly), until: kept.hourly }])
    return { zone, covered: without(hourly, dirty).length > 0 ? hourly : [], dirty }
  }

  get completeThrough(): Instant | undefined {
    return this.#state.completeThrough(this.#now)
  }

  async totals(question: Question): Promise<TotalsRow[]> {
    const rows = await this.series({ ...question, bounds: [question.since, question.until] })
    const { dimension, metrics: names } = question
    if (dimension === 'account' && rows.length === 0) return [{ id: this.#accountId, figures: figuresOf(names, {}, question) }]
    return rows.map(({ id, figures }) => ({ id, figures }))
  }

  async series(question: SeriesQuestion): Promise<SeriesRow[]> {
    if (question.since >= question.until) return []
    const stocks = question.metrics.filter((name) => metrics[name].stock)
    const flows = question.metrics.filter((name) => !metrics[name].stock)
    if (stocks.length === 0) {
      const rows = await this.#read(question)
      return rows.map(({ piece, id, sums }) => ({ piece, id, figures: figuresOf(flows, sums, question) }))
    }
    const rows = new Map<string, SeriesRow>()
    const add = (names: MetricName[], { piece, id, sums }: SumsRow) => {
      const known = rows.get(`${piece} ${id}`)?.figures ?? figuresOf(question.metrics, {}, question)
      rows.set(`${piece} ${id}`, { piece, id, figures: { ...known, ...figuresOf(names, sums, question) } })
    }
    if (flows.length > 0) for (const row of await this.#read({ ...question, metrics: flows })) add(flows, row)
    for (const row of await this.#stocks({ ...question, metrics: stocks })) add(stocks, row)
    return [...rows.values()]
  }

  async spreads({ times, edges, ...question }: SpreadQuestion): Promise<SpreadRow[]> {
    if (question.since >= question.until) return []
    const scope = scopeOf(question)
    const pieces = piecesOf(question)
    const cover = this.#cover(pieces, scope.filter, { finest: 'day', rawOnly: edges !== undefined })
    const { businessHours = false } = question
    const asked = { times, businessHours, edges: edges ?? binEdges }
    return readSpreads({ ...this.#access, scope, pieces, cover, ...asked })
  }

  async crossed(question: CrossedQuestion): Promise<CrossedRow[]> {
    if (question.since >= question.until) return []
    // A stock is read at the range's end, from what conversations that are kept tell of their past.
    const flows = question.metrics.some((name) => !metrics[name].stock)
    this.requireRaw(flows ? question.since : question.until)
    this.#raw = true
    return readCrossed(this.#tx, this.#accountId, question)
  }

  async tagged({ since, until, counted }: TaggedQuestion): Promise<TaggedRow[]> {
    if (since >= until) return []
    const cover = this.#cover([{ from: since, until }], undefined, { finest: 'day' })
    return readTagged({ ...this.#access, counted, cover })
  }

  requireRaw(since: Instant): void {
    requireKept(this.#state.kept, since)
  }

  raw<R extends Record<string, unknown>>(statement: string, values: readonly unknown[] = []): Promise<R[]> {
    this.#raw = true
    return this.lookUp<R>(statement, values)
  }

  lookUp<R extends Record<string, unknown>>(statement: string, values: readonly unknown[] = []): Promise<R[]> {
    return many<R>(this.#tx, statement, [this.#accountId, ...values])
  }

  /** Sums that run up from the beginning of history. */
  async #stocks(question: SeriesQuestion): Promise<SumsRow[]> {
    const { zone, kept } = this.#state
    const pieces = piecesOf(question)
    const early = pieces.filter(({ until }) => until <= kept.raw).length
    if (early < pieces.length && kept.raw > -Infinity) {
      const rows = early > 0 ? await this.#stocks({ ...question, ...cut(question, 0, early) }) : []
      return [...rows, ...(await this.#stocksAfterPurge(question, early))]
    }
    // On an hour of the account's clock, so that no sliver is left over.
    const since = hourStart(zone, BEGINNING)
    const past = { ...question, since, until: question.since, bounds: [since, question.since] }
    return runUp(await this.#read(past, readRawPast), await this.#read(question), pieces.length)
  }

  /**
   * Stocks of the pieces from `first` on, which end after raw rows were purged. What was rolled before is final, also where a
   * conversation has moved since; the conversations that are kept tell how each stands, so that sums begin with those.
   */
  async #stocksAfterPurge(question: SeriesQuestion, first: number): Promise<SumsRow[]> {
    const { raw } = this.#state.kept
    const rest = cut(question, first, question.bounds.length - 1)
    const since = Math.max(raw, rest.since)
    const late = { ...question, ...rest, since, bounds: [since, ...rest.bounds.slice(1)] }
    this.#raw = true
    const scope = scopeOf(late)
    const rows = await readStock({ tx: this.#tx, accountId: this.#accountId, scope }, since)
    const before = scope.together ? merge(rows.map((row) => ({ ...row, id: this.#accountId }))) : rows
    const sums = runUp(before, await this.#read(late), late.bounds.length - 1)
    return sums.map((row) => ({ ...row, piece: row.piece + first }))
  }

  async #read(question: SeriesQuestion, raw = readRaw): Promise<SumsRow[]> {
    const scope = scopeOf(question)
    const pieces = piecesOf(question)
    const parts = partsNeeded(question)
    const cover = parts.length > 0 ? this.#cover(pieces, scope.filter, { labels: needsTagged(parts) }) : NOTHING_TO_READ
    const ask = { ...this.#access, question, scope, pieces, cover, parts }
    const sums = merge([...(await readRolled(ask)), ...(await raw(ask)), ...(await this.#contacts(ask))])
    const counted = question.metrics.some((name) => metrics[name].distinct?.startsWith('bot_'))
      ? await correctBots(ask, sums, this.#state.kept.raw)
      : sums
    return scope.together ? merge(counted.map((row) => ({ ...row, id: this.#accountId }))) : counted
  }

  /** With what rows are read, raw ones and rolled ones. */
  get #access() {
    return { tx: this.#tx, readRolledRows: this.#readRolledRows, accountId: this.#accountId }
  }

  /** Exactly the pieces, split into what may be read from rollups and what may not. */
  #cover(
    pieces: Span[],
    filter: Scope['filter'],
    { labels = false, finest = 'hour', rawOnly = false }: { labels?: boolean; finest?: 'day' | 'hour'; rawOnly?: boolean },
  ): Cover {
    const { zone, covered, mergedThrough, stale, kept } = this.#state
    const clean = filter || rawOnly ? [] : without(covered, stale(labels))
    const cover = coverOf(zone, pieces, clean, mergedThrough, finest, kept)
    cover.raw = readable(cover.raw, kept)
    this.#rolled ||= cover.month.length + cover.day.length + cover.hour.length > 0
    this.#raw ||= cover.raw.length > 0
    return cover
  }

  #contacts(ask: Ask): Promise<SumsRow[]> | SumsRow[] {
    if (!ask.question.metrics.some((name) => metrics[name].distinct === 'contacts')) return []
    this.requireRaw(ask.question.since)
    this.#raw = true
    return readContacts(ask)
  }
}
