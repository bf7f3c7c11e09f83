import type { Source } from '../parts.ts'

/**
 * Only what counts for these inboxes, agents, teams and labels is counted; what is named must fit all at once. An id of 0
 * stands for none (unassigned, no team). An inbox's, agent's and team's rows are those that the dimension files there;
 * of several labels, one must fit.
 */
export interface Filter {
  inbox?: readonly number[] | undefined
  agent?: readonly number[] | undefined
  team?: readonly number[] | undefined
  label?: readonly number[] | undefined
}

/** Where a row says what it counts for, by what is read; `conversation` is the one whose labels are meant. */
interface Columns {
  inbox: string
  agent: string
  team: string
  conversation: string
}

const conversation: Columns = { inbox: 'c.inbox_id', agent: 'c.assignee_id', team: 'c.team_id', conversation: 'c.id' }

/** In the words of the statements that read them; bot events are filed as all events are. */
export const filterColumns: Record<Exclude<Source, 'tagged'>, Columns> = {
  conversations: conversation,
  status: conversation,
  messages: { ...conversation, inbox: 'b.inbox_id', agent: 'k.agent_id' },
  events: { ...conversation, inbox: 'e.inbox_id', agent: 'e.user_id' },
  csat: { ...conversation, agent: 'r.assigned_agent_id' },
}

const carriesLabel = (conversation: string, ids: string) => `exists (
  select from taggings fg join tags ft on ft.id = fg.tag_id join labels fl on fl.account_id = $1 and lower(fl.title) = lower(ft.name)
  where fg.taggable_id = ${conversation} and fg.taggable_type = 'Conversation' and fl.id = any (${ids}::bigint[]))`

/**
 * The conditions of a filter, each begun by `and`, for a statement whose `$1` is the account.
 * @param place adds a parameter to the statement and gives its placeholder
 */
export function filterClause(filter: Filter | undefined, columns: Columns, place: (ids: readonly number[]) => string): string {
  if (!filter) return ''
  const { inbox, agent, team, label } = filter
  const among = (column: string, ids: readonly number[] | undefined) =>
    ids ? `and coalesce(${column}, 0) = any (${place(ids)}::bigint[])` : ''
  return [
    among(columns.inbox, inbox),
    among(columns.agent, agent),
    among(columns.team, team),
    label ? `and ${carriesLabel(columns.conversation, place(label))}` : '',
  ].join(' ')
}
