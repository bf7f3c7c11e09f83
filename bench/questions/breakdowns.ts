import { sql } from '../../src/db.ts'
import { unitStart } from '../../src/time/calendar.ts'
import { DAY, UTC } from '../../src/time/zone.ts'
import type { Asked } from '../asked.ts'
import { conversations, messages, periodOf, present, ranged } from '../live/statements.ts'
import { days, type Question } from '../question.ts'

const read = (name: string) => sql(import.meta.url, `../live/${name}.sql`)
const matrix = read('matrix')
const distribution = read('distribution')

const outgoing = {
  agent: messages('sender_id, count(*)', 1, `and sender_type = 'User' group by 1`),
  team: read('team-outgoing'),
  inbox: messages('inbox_id, count(*)', 1, 'group by 1'),
  label: read('label-outgoing'),
}

const daysOf = ({ since, until }: Asked) => Math.round((until - since) / DAY)

/** The file's own range: whole UTC days before today. */
function utcDays(asked: Asked): Asked {
  const until = unitStart(UTC, asked.until, 'day')
  return { ...asked, since: until - daysOf(asked) * DAY, until }
}

/** One count by one or two dimensions. */
export const breakdownQuestions: Question[] = [
  {
    name: 'inbox × label matrix',
    ranges: days,
    path: 'v2/reports/inbox_label_matrix',
    live: (asked) => [
      ...present(
        asked,
        'select * from inboxes where account_id = $1 order by name',
        'select * from labels where account_id = $1 order by title',
      ),
      ...ranged(asked, matrix),
    ],
  },
  {
    name: 'first response distribution',
    ranges: days,
    path: 'v2/reports/first_response_time_distribution',
    live: (asked) => ranged(asked, distribution),
  },
  ...Object.entries(outgoing).map(([group, statement]) => ({
    name: `messages sent, each ${group}`,
    ranges: days,
    path: 'v2/reports/outgoing_messages_count',
    query: () => ({ group_by: group }),
    live: (asked: Asked) => ranged(asked, statement),
  })),
  {
    name: 'conversation traffic, a file',
    ranges: days,
    path: 'v2/reports/conversation_traffic',
    query: (asked) => ({ timezone_offset: '-5', days_before: String(daysOf(asked)) }),
    live: (asked) => ranged(utcDays(asked), conversations(`${periodOf(asked.zone, 'hour')}, count(*)`, 'group by 1')),
  },
]
