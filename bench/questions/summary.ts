import { sql } from '../../src/db.ts'
import { conversations, events, messages, previous, ranged } from '../live/statements.ts'
import { days, daysAndSeconds, type Question } from '../question.ts'

const botResolutions = sql(import.meta.url, '../live/bot-resolutions.sql')
const botHandoffs = sql(import.meta.url, '../live/bot-handoffs.sql')

const totals = [
  conversations('count(*)'),
  messages('count(*)', 0),
  messages('count(*)', 1),
  events('avg(value)', 'first_response'),
  events('avg(value)', 'conversation_resolved'),
  events('count(*)', 'conversation_resolved'),
  events('avg(value)', 'reply_time'),
]

/** The account's figures, with those of the range before. */
export const summaryQuestions: Question[] = [
  {
    name: 'summary, 7 metrics × 2 periods',
    ranges: daysAndSeconds,
    path: 'v2/reports/summary',
    query: () => ({ type: 'account' }),
    live: (asked) => [...ranged(asked, ...totals), ...ranged(previous(asked), ...totals)],
  },
  {
    name: 'bot summary, 2 metrics × 2 periods',
    ranges: days,
    path: 'v2/reports/bot_summary',
    query: () => ({ type: 'account' }),
    live: (asked) => [...ranged(asked, botResolutions, botHandoffs), ...ranged(previous(asked), botResolutions, botHandoffs)],
  },
]
