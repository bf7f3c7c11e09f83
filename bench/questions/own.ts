import { sql } from '../../src/db.ts'
import { unitStart } from '../../src/time/calendar.ts'
import type { Asked } from '../asked.ts'
import { conversations, events, fieldOf, groupedBy, messages, periodOf, ranged, type Statement } from '../live/statements.ts'
import { days, type Question } from '../question.ts'

const read = (name: string) => sql(import.meta.url, `../live/${name}.sql`)
const agentMedians = read('agent-medians')
const buckets = read('buckets')
const crossFilter = read('cross-filter')
const openConversations = read('open-conversations')

const totals = [
  conversations('count(*)'),
  messages('count(*)', 0),
  messages('count(*)', 1),
  events('avg(value)', 'first_response'),
  events('count(*), avg(value)', 'conversation_resolved'),
  events('avg(value)', 'reply_time'),
]
const totalMetrics =
  'conversations_count,incoming_messages_count,outgoing_messages_count,avg_first_response_time,resolutions_count,avg_resolution_time,reply_time'
const tableMetrics = 'conversations_count,resolutions_count,avg_resolution_time,avg_first_response_time,reply_time'

/** The period before by the calendar: as many local days. */
function daysBefore(asked: Asked): Asked {
  const count = Math.round((asked.until - asked.since) / 86_400)
  return { ...asked, since: unitStart(asked.zone, asked.since, 'day', -count), until: asked.since }
}

/** Of one agent in one inbox. */
function ofPair(asked: Asked): Statement[] {
  const pair = [asked.agentId, asked.inboxId]
  const count = conversations('count(*)', 'and assignee_id = $4 and inbox_id = $5')
  return ranged(asked, count, crossFilter).map(({ text, values }) => ({ text, values: [...values, ...pair] }))
}

/** Our own figures, in the course of time and by agent; "own" tells them from Chatwoot's of the same name. */
export const ownFigureQuestions: Question[] = [
  {
    name: 'own summary, 7 metrics × 2 periods',
    ranges: days,
    path: 'v1/reports/summary',
    query: () => ({ metrics: totalMetrics, compare: 'previous' }),
    live: (asked) => [...ranged(asked, ...totals), ...ranged(daysBefore(asked), ...totals)],
  },
  {
    name: 'own p90 of first response by day',
    ranges: days,
    path: 'v1/reports/timeseries',
    query: () => ({ metrics: 'avg_first_response_time', stat: 'p90', group_by: 'day' }),
    live: (asked) => {
      const p90 = 'count(*), percentile_cont(0.9) within group (order by value)'
      return ranged(asked, events(`${periodOf(asked.zone, 'day')}, ${p90}`, 'first_response', 'group by 1'))
    },
  },
  {
    name: 'own open conversations by day',
    ranges: days,
    path: 'v1/reports/timeseries',
    query: () => ({ metrics: 'open_conversations_count', group_by: 'day' }),
    live: (asked) => ranged(asked, groupedBy(openConversations, periodOf(asked.zone, 'day'))),
  },
  {
    name: 'own agents with medians',
    ranges: days,
    path: 'v1/reports/agents',
    query: () => ({ metrics: tableMetrics, stat: 'p50' }),
    live: (asked) => ranged(asked, conversations('assignee_id, count(*)', 'group by 1'), agentMedians),
  },
  {
    name: 'own cross filter, agent × inbox',
    ranges: days,
    path: 'v1/reports/summary',
    query: ({ agentId, inboxId }) => ({
      metrics: tableMetrics,
      'agent_ids[]': String(agentId),
      'inbox_ids[]': String(inboxId),
    }),
    live: ofPair,
  },
  {
    name: 'own heatmap of conversations',
    ranges: days,
    path: 'v1/reports/heatmap',
    live: (asked) => {
      const cell = `${fieldOf(asked.zone, 'isodow')}, ${fieldOf(asked.zone, 'hour')}`
      return ranged(asked, conversations(`${cell}, count(*)`, 'group by 1, 2'))
    },
  },
  {
    name: 'own first response buckets',
    ranges: days,
    path: 'v1/reports/first_response_buckets',
    live: (asked) => ranged(asked, buckets),
  },
]
