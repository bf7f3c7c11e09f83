import { now as clockNow, type Instant } from '../clock.ts'
import { isSqlState, many, SQLSTATE, tookTooLong, transaction, type Client, type Pool } from '../db.ts'
import { figureOf, metrics, partsOf, type MetricName } from '../rollups/metrics.ts'
import type { Part } from '../rollups/parts.ts'
import { correctBots } from './bots.ts'
import { coverOf, without, type Cover } from './cover.ts'
import { currentState, type RolledState } from './rolled-state.ts'
import type { Figures, Question, Reading, ReportSource, SeriesQuestion, SeriesRow, TotalsRow } from './report.ts'
import { readRaw, readRolled, type SumsRow } from './sums.ts'

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
    return await transaction(
      pool,
      async (tx) => work(new AccountReading(tx, accountId, await currentState(tx, accountId), now)),
      'repeatable read read only',
    )
  } catch (error) {
    if (isSqlState(error, SQLSTATE.statementTimeout)) throw tookTooLong()
    throw error
  }
}

class AccountReading implements Reading {
  readonly #tx: Client
  readonly #accountId: number
  readonly #now: Instant
  readonly #state: RolledState
  #rolled = false
  #raw = false

  constructor(tx: Client, accountId: number, state: RolledState, now: Instant) {
    this.#state = state
    this.#tx = tx
    this.#accountId = accountId
    this.#now = now
  }

  get source(): ReportSource {
    return this.#raw ? (this.#rolled ? 'mixed' : 'raw') : 'rollup'
  }

  get completeThrough(): Instant | undefined {
    return this.#state.completeThrough(this.#now)
  }

  async totals(question: Question): Promise<TotalsRow[]> {
    const rows = await this.#read({ ...question, bounds: [question.since, question.until] })
    const { dimension, metrics: names } = question
    if (dimension === 'account' && rows.length === 0) return [{ id: this.#accountId, figures: figures(names, {}, question) }]
    return rows.map(({ id, sums }) => ({ id, figures: figures(names, sums, question) }))
  }

  async series(question: SeriesQuestion): Promise<SeriesRow[]> {
    const rows = await this.#read(question)
    return rows.map(({ piece, id, sums }) => ({ piece, id, figures: figures(question.metrics, sums, question) }))
  }

  raw<R extends Record<string, unknown>>(statement: string, values: readonly unknown[] = []): Promise<R[]> {
    this.#raw = true
    return many<R>(this.#tx, statement, [this.#accountId, ...values])
  }

  async #read(question: SeriesQuestion): Promise<SumsRow[]> {
    if (question.since >= question.until) return []
    const state = this.#state
    const pieces = piecesOf(question)
    const clean = without(state.covered, state.stale(needsTagged(question)))
    const cover = coverOf(state.zone, pieces, clean, state.mergedThrough)
    this.#note(cover)
    const ask = { tx: this.#tx, accountId: this.#accountId, question, pieces, cover, parts: partsNeeded(question) }
    const sums = merge([...(await readRolled(ask)), ...(await readRaw(ask))])
    return isDistinct(question) ? correctBots(ask, sums) : sums
  }

  #note(cover: Cover): void {
    this.#rolled ||= cover.month.length + cover.day.length + cover.hour.length > 0
    this.#raw ||= cover.raw.length > 0
  }
}

const figures = (names: readonly MetricName[], sums: Partial<Record<Part, number>>, { businessHours = false }: Question) =>
  Object.fromEntries(names.map((name) => [name, figureOf(name, sums, businessHours)])) as Figures

const partsNeeded = ({ metrics: names, businessHours = false }: Question): Part[] => [
  ...new Set(names.flatMap((name) => [...partsOf(name, businessHours), ...extraParts(name)])),
]

/** What the correction of a metric without repeats needs besides the metric's own part. */
function extraParts(name: MetricName): Part[] {
  return metrics[name].distinct === 'bot_resolutions' ? ['bot_resolutions_detached', 'bot_handoffs'] : []
}

const isDistinct = ({ metrics: names }: Question) => names.some((name) => metrics[name].distinct)

/** Label rows hold parts that are filed under a conversation's creation; their marks concern nobody else. */
const needsTagged = (question: Question) => partsNeeded(question).some((part) => part.startsWith('created_'))

function piecesOf({ since, until, bounds }: SeriesQuestion) {
  return bounds.slice(0, -1).map((bound, i) => {
    const from = Math.min(Math.max(bound, since), until)
    return { from, until: Math.max(from, Math.min(bounds[i + 1]!, until)) }
  })
}

/** Adds up the rows of one piece and id that came from different places. */
function merge(rows: SumsRow[]): SumsRow[] {
  const merged = new Map<string, SumsRow>()
  for (const row of rows) {
    const key = `${row.piece} ${row.id}`
    const known = merged.get(key)
    if (!known) merged.set(key, row)
    else for (const [part, sum] of Object.entries(row.sums)) known.sums[part as Part] = (known.sums[part as Part] ?? 0) + sum
  }
  return [...merged.values()]
}
