import { many, type Pool } from '../db.ts'
import type { Filter } from '../rollups/rolling/filter.ts'
import type { Figure, MetricName } from '../rollups/metrics.ts'
import { answer, type Answer } from './answer.ts'
import type { Reading } from './report.ts'
import type { Range } from './values.ts'

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
/**
 * Satisfaction of an account over a range, and by agent. An inbox is the conversation's present one for answers and the
 * message's for surveys.
 */
export async function csatReport(
  pool: Pool,
  accountId: number,
  { range, filter }: { range: Range; filter?: Filter | undefined },
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

async function figuresOf(read: Reading, { since, until }: Range, filter: Filter | undefined): Promise<Counted> {
  const asked = { since, until, metrics, filter }
  const [total] = await read.totals({ ...asked, dimension: 'account' })
  const rows = await read.totals({ ...asked, dimension: 'agent' })
  const happened = rows.filter(({ figures }) => figures.csat_responses_count.n + figures.csat_surveys_count.n > 0)
  return { total: total!.figures, byAgent: happened }
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
