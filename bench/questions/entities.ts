import { sql } from '../../src/db.ts'
import type { Asked } from '../asked.ts'
import { conversations, groupedBy, messages, ranged, type Statement } from '../live/statements.ts'
import { days, daysAndSeconds, type Question } from '../question.ts'

const read = (name: string) => sql(import.meta.url, `../live/${name}.sql`)
const entityEvents = read('entity-events')
const teamEvents = read('team-events')
const labelEvents = read('label-events')
const teamMessages = read('team-messages')
const labelMessages = read('label-messages')
const labels = read('labels')
const labelAverages = read('label-averages')
const labelResolutions = read('label-resolutions')
const channels = read('channels')

type Entity = 'agent' | 'inbox' | 'team' | 'label'

const counts = (column: string) => conversations(`${column}, count(*)`, 'group by 1')

const summaries: Record<Entity, (asked: Asked) => Statement[]> = {
  agent: (asked) => ranged(asked, counts('assignee_id'), groupedBy(entityEvents, 'user_id')),
  inbox: (asked) => ranged(asked, counts('inbox_id'), groupedBy(entityEvents, 'inbox_id')),
  team: (asked) => ranged(asked, counts('team_id'), teamEvents),
  // The averages are of conversations created in the range, whenever their events were.
  label: (asked) => [
    ...ranged(asked, labels, labelResolutions),
    ...['conversation_resolved', 'first_response', 'reply_time'].flatMap((name) =>
      ranged(asked, labelAverages).map(({ text, values }) => ({ text, values: [...values, name] })),
    ),
  ],
}

/** Messages of each; an agent's are those he wrote, and customers write the ones received. */
const messagesOf: Record<Entity, string[]> = {
  agent: [messages('sender_id, count(*)', 1, `and sender_type = 'User' group by 1`)],
  inbox: [messages('inbox_id, count(*)', 0, 'group by 1'), messages('inbox_id, count(*)', 1, 'group by 1')],
  team: [teamMessages],
  label: [labelMessages],
}

const lists: Record<Entity, (asked: Asked) => Statement[]> = {
  agent: (asked) => [...summaries.agent(asked), ...ranged(asked, ...messagesOf.agent)],
  inbox: (asked) => [...summaries.inbox(asked), ...ranged(asked, ...messagesOf.inbox)],
  team: (asked) => [...summaries.team(asked), ...ranged(asked, ...messagesOf.team)],
  label: (asked) => ranged(asked, labels, labelEvents, ...messagesOf.label),
}

const paths: Record<Entity, string> = { agent: 'agents', inbox: 'inboxes', team: 'teams', label: 'labels' }
const entities = Object.keys(paths) as Entity[]

/** A row for every agent, inbox, team, label or channel. */
export const entityQuestions: Question[] = [
  ...entities.map((entity) => ({
    name: paths[entity],
    ranges: entity === 'agent' || entity === 'label' ? daysAndSeconds : days,
    path: `v2/summary_reports/${entity}`,
    live: summaries[entity],
  })),
  {
    name: 'channels',
    // Half a year is the longest that is answered.
    ranges: ['30 days', '180 days'],
    path: 'v2/summary_reports/channel',
    live: (asked) => ranged(asked, channels),
  },
  ...entities.map((entity) => ({
    name: `list of ${paths[entity]} with messages`,
    ranges: days,
    path: `v2/reports/${paths[entity]}`,
    live: lists[entity],
  })),
]
