import { sql } from '../../src/db.ts'
import type { Asked } from '../asked.ts'
import { conversations, events, groupedBy, messages, periodOf, ranged, type Statement } from '../live/statements.ts'
import { days, daysAndSeconds, type Question } from '../question.ts'

const botResolutions = sql(import.meta.url, '../live/bot-resolutions.sql')
const botHandoffs = sql(import.meta.url, '../live/bot-handoffs.sql')

const groupings = ['hour', 'day', 'week', 'month'] as const
type Grouping = (typeof groupings)[number]

const counted =
  (select: typeof conversations) =>
  (asked: Asked, grouping: Grouping): Statement[] =>
    ranged(asked, select(`${periodOf(asked.zone, grouping)}, count(*)`, 'group by 1'))

/** Averages and counts are two statements. */
const averaged =
  (name: string) =>
  (asked: Asked, grouping: Grouping): Statement[] => {
    const period = periodOf(asked.zone, grouping)
    return ranged(asked, events(`${period}, avg(value)`, name, 'group by 1'), events(`${period}, count(*)`, name, 'group by 1'))
  }

const byBot =
  (text: string) =>
  (asked: Asked, grouping: Grouping): Statement[] =>
    ranged(asked, groupedBy(text, periodOf(asked.zone, grouping, 'reporting_events.created_at')))

const series: { title: string; metric: string; live: (asked: Asked, grouping: Grouping) => Statement[] }[] = [
  { title: 'conversations', metric: 'conversations_count', live: counted(conversations) },
  {
    title: 'messages sent',
    metric: 'outgoing_messages_count',
    live: counted((select, rest) => messages(select, 1, rest)),
  },
  { title: 'reply time', metric: 'reply_time', live: averaged('reply_time') },
  { title: 'bot resolutions', metric: 'bot_resolutions_count', live: byBot(botResolutions) },
  { title: 'bot handoffs', metric: 'bot_handoffs_count', live: byBot(botHandoffs) },
]

/** One metric of the account in the course of time: counts, an average, and what bots did. */
export const seriesQuestions: Question[] = series.flatMap(({ title, metric, live }) =>
  groupings.map((grouping) => ({
    name: `${title} by ${grouping}`,
    ranges: metric === 'reply_time' && grouping === 'day' ? daysAndSeconds : days,
    path: 'v2/reports',
    query: ({ zone }: Asked) => ({ metric, type: 'account', group_by: grouping, timezone: zone.name }),
    live: (asked: Asked) => live(asked, grouping),
  })),
)
