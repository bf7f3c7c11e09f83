import { many, sql, type Pool } from '../db.ts'
import { figureOf, type Figure, type MetricName } from '../rollups/metrics.ts'
import type { Part } from '../rollups/parts.ts'
import { answer, type Answer } from './answer.ts'
import type { Reading } from './report.ts'
import { isEmpty, totalsIn, type Range } from './values.ts'

/** One agent, inbox or team, or several of them together; ids of other accounts find nothing. */
export interface CsatReportFilter {
  agentId?: number
  inboxId?: number
  teamId?: number
}

/**
 * Satisfaction in figures, each with `n`, the things it was made from. Answers and surveys are each counted in the period, so a
 * response rate can pass 100.
 */
export interface CsatFigures {
  /** Percent of answers that rate 4 or 5; null without answers. */
  score: Figure
  /** Mean rating, 1 to 5; null without answers. */
  averageRating: Figure
  /** Answers per hundred surveys; null without surveys. `n` is surveys. */
  responseRate: Figure
  responses: Figure
  surveysSent: Figure
  ratings: Record<1 | 2 | 3 | 4 | 5, Figure>
  /** Answers of 4 and 5; `n` is all answers. */
  positive: Figure
  /** Answers of 1 and 2; `n` is all answers. */
  negative: Figure
}

/** Of one agent: answers that are about him, surveys of conversations that are his now. Id and name are null for nobody's. */
export interface CsatAgentFigures extends CsatFigures {
  agentId: number | null
  name: string | null
}

export interface CsatReport extends CsatFigures {
  /** By id, nobody's last; agents without answers and surveys are not there. */
  agents: CsatAgentFigures[]
}

const metrics = [
  'csat_score',
  'csat_rating',
  'csat_response_rate',
  'csat_responses_count',
  'csat_surveys_count',
  'csat_1_count',
  'csat_2_count',
  'csat_3_count',
  'csat_4_count',
  'csat_5_count',
] as const satisfies readonly MetricName[]

type Figures = Readonly<Record<(typeof metrics)[number], Figure>>
type PartsRow = { id: number } & Partial<Record<Part, number>>

const agentParts = sql(import.meta.url, './csat-agents.sql')

/**
 * Satisfaction of an account over a range, and by agent. From rollups without a filter; with one from raw rows, as rollups
 * know no pairs of dimensions. An inbox is the conversation's present one for answers and the message's for surveys.
 */
export async function csatReport(
  pool: Pool,
  accountId: number,
  { range, filter = {} }: { range: Range; filter?: CsatReportFilter },
): Promise<Answer<CsatReport>> {
  const report = await answer(pool, accountId, (read) => figuresOf(read, range, filter))
  const { total, byAgent } = report.data
  const ids = byAgent.map(({ id }) => id)
  const users = await many<{ id: number; name: string }>(pool, 'select id, name from users where id = any ($1)', [ids])
  const names = new Map(users.map(({ id, name }) => [id, name]))
  const agents = byAgent
    .sort((a, b) => (a.id || Infinity) - (b.id || Infinity))
    .map(({ id, figures }) => ({ agentId: id || null, name: names.get(id) ?? null, ...shape(figures) }))
  return { ...report, data: { ...shape(total), agents } }
}

interface Counted {
  total: Figures
  byAgent: { id: number; figures: Figures }[]
}

async function figuresOf(read: Reading, range: Range, filter: CsatReportFilter): Promise<Counted> {
  if (isEmpty(range)) return { total: fromParts({}), byAgent: [] }
  const filters = [filter.agentId, filter.inboxId, filter.teamId]
  if (filters.some((id) => id !== undefined)) {
    const rows = await read.raw<PartsRow>(agentParts, [range.since, range.until, ...filters.map((id) => id ?? null)])
    return { total: fromParts(added(rows)), byAgent: rows.map(({ id, ...parts }) => ({ id, figures: fromParts(parts) })) }
  }
  const [total] = await totalsIn(read, { dimension: 'account' }, range, metrics, false)
  const rows = await totalsIn(read, { dimension: 'agent' }, range, metrics, false)
  const happened = rows.filter(({ figures }) => figures.csat_responses_count.n + figures.csat_surveys_count.n > 0)
  return { total: total?.figures ?? fromParts({}), byAgent: happened }
}

const fromParts = (parts: Partial<Record<Part, number>>) =>
  Object.fromEntries(metrics.map((name) => [name, figureOf(name, parts)])) as Figures

function added(rows: readonly PartsRow[]): Partial<Record<Part, number>> {
  const sums: Partial<Record<Part, number>> = {}
  for (const { id: _id, ...parts } of rows) {
    for (const [part, n] of Object.entries(parts)) sums[part as Part] = (sums[part as Part] ?? 0) + n
  }
  return sums
}

function shape(figures: Figures): CsatFigures {
  const of = (rating: 1 | 2 | 3 | 4 | 5) => figures[`csat_${rating}_count`]
  const together = (one: Figure, other: Figure) => ({
    value: (one.value ?? 0) + (other.value ?? 0),
    n: figures.csat_responses_count.n,
  })
  return {
    score: figures.csat_score,
    averageRating: figures.csat_rating,
    responseRate: figures.csat_response_rate,
    responses: figures.csat_responses_count,
    surveysSent: figures.csat_surveys_count,
    ratings: { 1: of(1), 2: of(2), 3: of(3), 4: of(4), 5: of(5) },
    positive: together(of(4), of(5)),
    negative: together(of(1), of(2)),
  }
}
