import { sql } from '../../src/db.ts'
import { conversations, events, ranged, within } from '../live/statements.ts'
import { days, type Question } from '../question.ts'

const read = (name: string) => sql(import.meta.url, `../live/${name}.sql`)
const csatAnswers = read('csat-answers')
const csatSurveys = read('csat-surveys')
const botHandedOff = read('bot-handed-off')
const matrix = read('matrix')
const recordsPage = read('records-page')
const withBot = 'and inbox_id in (select inbox_id from agent_bot_inboxes where account_id = $1 and status = 0)'

/** Our own reports on satisfaction, bots and labels, and our own drill-down. */
export const ownDeskQuestions: Question[] = [
  {
    name: 'own CSAT, of all and by agent',
    ranges: days,
    path: 'v1/reports/csat',
    live: (asked) => ranged(asked, csatAnswers, csatSurveys),
  },
  {
    name: 'own bots',
    ranges: days,
    path: 'v1/reports/bots',
    live: (asked) =>
      ranged(
        asked,
        conversations('count(*)', withBot),
        botHandedOff,
        events('count(*), avg(value)', 'conversation_bot_resolved', withBot),
      ),
  },
  {
    name: 'own inbox × label matrix',
    ranges: days,
    path: 'v1/reports/inbox_label_matrix',
    live: (asked) => ranged(asked, matrix),
  },
  {
    name: 'own drill-down into resolutions',
    ranges: ['a day'],
    path: 'v1/reports/drilldown',
    query: () => ({ metric: 'resolutions_count' }),
    live: (asked) =>
      ranged(
        asked,
        `select count(*), count(distinct conversation_id) from reporting_events where ${within} and name = 'conversation_resolved'`,
        recordsPage,
      ),
  },
]
