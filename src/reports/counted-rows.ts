import { sql } from '../db.ts'
import { invalid } from '../errors.ts'
import { filterClause, filterColumns, type Filter } from '../rollups/rolling/filter.ts'
import type { Metric } from '../rollups/metric.ts'
import { formulaOf, metricNames, metrics, type MetricName } from '../rollups/metrics.ts'
import { eventOf, type Part } from '../rollups/parts.ts'
import type { Range, Subject } from './values.ts'

/** Metrics that count things one by one. Those of Chatwoot's label summary do not: they are read as they are shown there. */
export type CountingMetric = Exclude<MetricName, `tagged_${string}` | `created_${string}`>
export const countingMetrics = metricNames.filter((name): name is CountingMetric => !/^(tagged|created)_/.test(name))

/** What a counted row is. */
export type RecordKind = 'conversation' | 'message' | 'event' | 'response'

/** Raw rows that a figure is made from: a statement of (id, conversation_id, at, value) with places to fill in. */
export interface Counted {
  kind: RecordKind
  statement: string
  columns: (typeof filterColumns)[keyof typeof filterColumns]
  /** Conditions and columns of the statement; what is a value is placed as a parameter. */
  fill?: (place: Place, businessHours: boolean) => Record<string, string>
}

/** Adds a parameter to a statement and gives its placeholder. */
type Place = (value: unknown) => string

const read = (name: string) => sql(import.meta.url, `./records/${name}.sql`)
const messages = read('messages')
const events = read('events')
const statusChanges = read('status-changes')
const responses = read('responses')

const time = (businessHours: boolean) => `e.${businessHours ? 'value_in_business_hours' : 'value'}`

const conversation = (statement: string): Counted => ({
  kind: 'conversation',
  statement,
  columns: filterColumns.conversations,
})

const event = (statement: string, name?: string): Counted => ({
  kind: 'event',
  statement,
  columns: filterColumns.events,
  fill: (place, businessHours) => ({
    time: time(businessHours),
    ...(name === undefined ? {} : { name: `${place(name)}::text` }),
  }),
})

/** Messages of some types, incoming (0) or outgoing (1), which count for the agent who wrote them. */
export const messagesOfTypes = (types: readonly number[]): Counted => ({
  kind: 'message',
  statement: messages,
  columns: filterColumns.messages,
  fill: (place) => ({
    agent: `case when b.sender_type = 'User' then b.sender_id end`,
    which: `b.message_type = any (${place(types)}::int[])`,
  }),
})

/** Surveys, which nobody writes: they count for the conversation's assignee. */
const surveys: Counted = {
  kind: 'message',
  statement: messages,
  columns: filterColumns.messages,
  fill: () => ({ agent: 'c.assignee_id', which: 'b.content_type = 9' }),
}

const statusChange = (name: string, wasResolved: boolean, value: (businessHours: boolean) => string): Counted => ({
  kind: 'event',
  statement: statusChanges,
  columns: filterColumns.status,
  fill: (place, businessHours) => ({
    name: `${place(name)}::text`,
    was_resolved: `${place(wasResolved)}::boolean`,
    value: value(businessHours),
  }),
})

const responsesWith = (ratings: readonly number[]): Counted => ({
  kind: 'response',
  statement: responses,
  columns: filterColumns.csat,
  fill: (place) => ({ ratings: place(ratings) }),
})

const open = conversation(read('open'))

const withoutRepeats: Record<NonNullable<Metric['distinct']>, Counted> = {
  contacts: conversation(read('contacts')),
  bot_handoffs: event(read('bot-handoffs')),
  bot_resolutions: event(read('bot-resolutions')),
}

/** The rows behind a part; each counts 1. */
const byPart: Partial<Record<Part, Counted>> = {
  conversations: conversation(read('conversations')),
  incoming_messages: messagesOfTypes([0]),
  outgoing_messages: messagesOfTypes([1]),
  surveys,
  first_response_n: event(events, eventOf.first_response),
  reply_n: event(events, eventOf.reply),
  resolution_n: event(events, eventOf.resolution),
  // A mean of these values is the share: 100 for a resolution by first contact, 0 for another.
  closings: statusChange('conversation_resolved', false, () => '100 * e.first_contact::int::float8'),
  reopenings: statusChange('conversation_opened', true, time),
}

/** The rows that a metric's `n` counts. */
export function countedBy(metric: CountingMetric): Counted {
  const { stock, distinct } = metrics[metric]
  if (stock) return open
  if (distinct) return withoutRepeats[distinct]
  const parts = Object.keys(formulaOf(metric).n) as Part[]
  const ratings = parts.filter((part) => part.startsWith('csat_')).map((part) => Number(part.slice('csat_'.length)))
  const counted = ratings.length > 0 ? responsesWith(ratings) : byPart[parts[0]!]
  if (!counted) throw new Error(`nothing is known of the rows that ${metric} counts`)
  return counted
}

/** Which of the counted rows are meant; those that `Reading.totals` counts for the same question. */
export interface RowsAsked {
  subject: Subject
  range: Range
  filter?: Filter | undefined
  businessHours?: boolean
}

/** A statement under way: its text, and its parameters but for `$1`, the account. */
export interface Statement {
  text: string
  values: unknown[]
}

export const placeIn =
  (values: unknown[]): Place =>
  (value) =>
    `$${values.push(value) + 1}`

/** What a row counts for as often as it carries a tag that fits: "bug" and "Bug" count twice, as in Chatwoot's join. */
const tagsThatFit = (label: string) => `cross join lateral (
  select from taggings sg join tags st on st.id = sg.tag_id join labels sl on sl.account_id = $1 and lower(sl.title) = lower(st.name)
  where sg.taggable_id = c.id and sg.taggable_type = 'Conversation' and sl.id = ${label}::bigint
) as fits`

/**
 * The statement of the rows that are counted for a subject: (id, conversation_id, at, value). `$1` is the account.
 * @throws Refusal (422) for a subject that lacks its id
 */
export function countedRows(counted: Counted, { subject, range, filter, businessHours = false }: RowsAsked): Statement {
  const values: unknown[] = [range.since, range.until]
  const place = placeIn(values)
  const { dimension, id } = subject
  if (dimension !== 'account' && id === undefined) throw invalid(`Name one ${dimension} by its id.`)
  const perTag = dimension === 'label' && counted.statement.includes('/*tags*/')
  const only = dimension === 'account' || perTag ? undefined : { [dimension]: [id] as number[] }
  const places: Record<string, string> = {
    ...counted.fill?.(place, businessHours),
    tags: perTag ? tagsThatFit(place(id)) : '',
    filter: `${filterClause(only, counted.columns, place)} ${filterClause(filter, counted.columns, place)}`,
  }
  return { text: counted.statement.replaceAll(/\/\*(\w+)\*\//g, (whole, name: string) => places[name] ?? whole), values }
}
