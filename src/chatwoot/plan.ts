import { invalid } from '../errors.ts'
import { botSummaryMetrics, summaryMetrics } from '../reports/chatwoot/summary.ts'
import type { Range } from '../reports/values.ts'
import type { Question } from './question.ts'

export const kinds = ['agent', 'inbox', 'team', 'label'] as const
export type Kind = (typeof kinds)[number]
/** The ids that are asked about, by kind. */
export type Sample = Readonly<Record<Kind, readonly number[]>>

export interface Asked {
  range: Range
  /** As text, as it is sent; undefined: days are those of UTC. */
  timezoneOffset?: string
  businessHours?: boolean
}

const groupings = ['hour', 'day', 'week', 'month'] as const
const seriesMetrics = [...summaryMetrics, ...botSummaryMetrics]
const PAGE = 25

/**
 * Every question of a comparison: each GET route of Chatwoot's reports, series of every metric by every grouping, for the
 * account and each entity of the sample. Left out is `year_in_review`, whose first answer Chatwoot stores for good.
 * @throws Refusal (422) for a range that holds nothing.
 */
export function questionsOf(asked: Asked, sample: Sample): Question[] {
  const { since, until } = asked.range
  if (!(since < until)) throw invalid('since must lie before until.')
  const range = { since: String(since), until: String(until) }
  const timed = { ...range, ...(asked.businessHours && { business_hours: 'true' }) }
  const zoned = { ...timed, ...(asked.timezoneOffset !== undefined && { timezone_offset: asked.timezoneOffset }) }
  const subjects = [{ type: 'account' }, ...kinds.flatMap((type) => sample[type].map((id) => ({ type, id: String(id) })))]
  return [
    ...subjects.flatMap((subject) => seriesQuestions({ ...zoned, ...subject })),
    ...subjects.flatMap((subject) => [
      v2('reports/summary', { ...timed, ...subject }),
      v2('reports/bot_summary', { ...timed, ...subject }),
    ]),
    ...firstOfEachType(subjects).flatMap((subject) => drilldowns({ ...zoned, ...subject })),
    ...wholeAccount(range, timed, sample),
    ...files(range, timed, asked.timezoneOffset),
    ...liveQuestions(sample),
    ...csatQuestions(range, sample),
    ...neighbours(range),
  ]
}

function v2(route: string, query: Question['query'], more: Partial<Question> = {}): Question {
  return { endpoint: route, version: 'v2', route, query, ...more }
}

function seriesQuestions(query: Record<string, string>): Question[] {
  return groupings.flatMap((group_by) =>
    seriesMetrics.map((metric) => v2('reports', { metric, ...query, group_by }, { endpoint: `reports by ${group_by}` })),
  )
}

function firstOfEachType<S extends { type: string }>(subjects: readonly S[]): S[] {
  return subjects.filter(({ type }, i) => subjects.findIndex((subject) => subject.type === type) === i)
}

/** The records of the first week: the bucket that holds `since`. */
function drilldowns(query: Record<string, string>): Question[] {
  const bucket = { group_by: 'week', bucket_timestamp: query['since'] ?? '', per_page: String(PAGE) }
  const order = { unordered: 'payload', page: { key: 'occurred_at', size: PAGE } } as const
  return seriesMetrics.map((metric) => v2('reports/drilldown', { metric, ...query, ...bucket }, order))
}

function wholeAccount(range: Question['query'], timed: Question['query'], sample: Sample): Question[] {
  const [inbox_ids, label_ids] = [sample.inbox.map(String), sample.label.map(String)]
  return [
    v2('reports/bot_metrics', range),
    v2('reports/inbox_label_matrix', range),
    ...(inbox_ids.length > 0 && label_ids.length > 0
      ? [v2('reports/inbox_label_matrix', { ...range, inbox_ids, label_ids })]
      : []),
    v2('reports/first_response_time_distribution', range),
    ...kinds.map((group_by) => v2('reports/outgoing_messages_count', { ...range, group_by }, { unordered: 'root' })),
    ...kinds.map((kind) => v2(`summary_reports/${kind}`, timed, kind === 'label' ? {} : { unordered: 'root' })),
    v2('summary_reports/channel', range),
  ]
}

/** Files, asked for as such: where Tidemark would answer JSON, `format` names CSV, which Chatwoot ignores. */
function files(range: Question['query'], timed: Question['query'], offset = '0'): Question[] {
  return [
    ...['agents', 'inboxes', 'teams', 'labels'].map((name) => v2(`reports/${name}`, { ...timed, format: 'csv' }, { heading: 4 })),
    v2('reports/conversations_summary', timed),
    v2('reports/conversation_traffic', { ...range, timezone_offset: offset }),
  ]
}

function liveQuestions({ team }: Sample): Question[] {
  const live = { live: true } as const
  const teams = [{}, ...team.slice(0, 1).map((id) => ({ team_id: String(id) }))]
  return [
    ...teams.map((query) => v2('live_reports/conversation_metrics', query, live)),
    ...teams.flatMap((query) =>
      ['team_id', 'assignee_id'].map((group_by) =>
        v2('live_reports/grouped_conversation_metrics', { ...query, group_by }, { ...live, unordered: 'root' }),
      ),
    ),
    v2('reports/conversations', { type: 'account' }, live),
    v2(
      'reports/conversations',
      { type: 'agent', page: '1' },
      { ...live, unordered: 'root', page: { key: 'metric.open', size: PAGE } },
    ),
  ]
}

function csatQuestions(range: Record<string, string>, { agent, inbox, team }: Sample): Question[] {
  const first = (name: string, ids: readonly number[]) => ids.slice(0, 1).map((id) => ({ [name]: String(id) }))
  const filters = [{}, ...first('inbox_id', inbox), ...first('team_id', team)]
  const filtered: Question['query'][] = filters.map((filter) => ({ ...range, ...filter }))
  if (agent.length > 0) filtered.push({ ...range, user_ids: agent.slice(0, 3).map(String) })
  const route = 'csat_survey_responses'
  const v1 = (name: string, query: Question['query'], more: Partial<Question> = {}) => v2(name, query, { version: 'v1', ...more })
  const order = { unordered: 'root', page: { key: 'created_at', size: PAGE } } as const
  return filtered.flatMap((query) => [
    v1(route, { ...query, sort: '-created_at' }, order),
    v1(`${route}/metrics`, query),
    v1(`${route}/download`, query, { heading: 1 }),
  ])
}

function neighbours(range: Question['query']): Question[] {
  return ['reporting_events', 'applied_slas', 'applied_slas/metrics'].map((route) => v2(route, range, { version: 'v1' }))
}
