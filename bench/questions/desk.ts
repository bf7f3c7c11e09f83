import { sql } from '../../src/db.ts'
import { conversations, present, ranged, within } from '../live/statements.ts'
import { days, type Question } from '../question.ts'

const read = (name: string) => sql(import.meta.url, `../live/${name}.sql`)
const botMessages = read('bot-messages')
const botHandoffs = read('bot-handoffs')
const botResolved = read('bot-resolved-conversations')
const drilldownPage = read('drilldown-page')

const now = (select: string, rest: string) => `select ${select} from conversations where account_id = $1 and ${rest}`
const waiting = '(first_reply_created_at is null or waiting_since is not null)'
const withBot = 'and inbox_id in (select inbox_id from agent_bot_inboxes where account_id = $1 and status = 0)'

/** Bots, satisfaction, the records behind a day, and what is open at this moment. */
export const deskQuestions: Question[] = [
  {
    name: 'bot metrics',
    ranges: days,
    path: 'v2/reports/bot_metrics',
    live: (asked) => ranged(asked, conversations('count(*)', withBot), botMessages, botResolved, botHandoffs),
  },
  {
    name: 'CSAT metrics',
    ranges: days,
    path: 'v1/csat_survey_responses/metrics',
    live: (asked) =>
      ranged(
        asked,
        `select count(*) from csat_survey_responses where ${within}`,
        `select rating, count(*) from csat_survey_responses where ${within} group by 1`,
        `select count(*) from messages where ${within} and content_type = 9`,
      ),
  },
  {
    name: 'drill-down into resolutions',
    ranges: ['a day'],
    path: 'v2/reports/drilldown',
    query: ({ since, zone }) => ({
      metric: 'resolutions_count',
      bucket_timestamp: String(since),
      group_by: 'day',
      timezone: zone.name,
    }),
    live: (asked) =>
      ranged(
        asked,
        `select count(*) from reporting_events where ${within} and name = 'conversation_resolved'`,
        `select count(distinct conversation_id) from reporting_events where ${within} and name = 'conversation_resolved'`,
        drilldownPage,
      ),
  },
  {
    name: 'live counts',
    ranges: ['now'],
    path: 'v2/live_reports/conversation_metrics',
    live: (asked) =>
      present(
        asked,
        now('count(*)', 'status = 0'),
        now('count(*)', `status = 0 and ${waiting}`),
        now('count(*)', 'status = 0 and assignee_id is null'),
        now('count(*)', 'status = 2'),
      ),
  },
  ...['team_id', 'assignee_id'].map((group): Question => ({
    name: `live counts by ${group}`,
    ranges: ['now'],
    path: 'v2/live_reports/grouped_conversation_metrics',
    query: () => ({ group_by: group }),
    live: (asked) =>
      present(
        asked,
        now(`${group}, count(*)`, 'status = 0 group by 1'),
        now(`${group}, count(*)`, `status = 0 and ${waiting} group by 1`),
        now(`${group}, count(*)`, 'status = 0 and assignee_id is null group by 1'),
      ),
  })),
]
