import { sql, type Pool } from '../../db.ts'
import { dimensions } from '../../rollups/parts.ts'
import { answer, type Answer } from '../answer.ts'
import { conversationRecords, eventRecords, messageRecords, type DrilldownRecord } from './drilldown-records.ts'
import type { Reading } from '../report.ts'
import type { botSummaryMetrics, summaryMetrics } from './summary.ts'
import type { Range, Subject } from '../values.ts'

export type DrilldownMetric = (typeof summaryMetrics)[number] | (typeof botSummaryMetrics)[number]

/** The records behind one bucket: `bucket` is what it holds of `range`. Pages count from 1. */
export interface DrilldownAsked {
  metric: DrilldownMetric
  subject: Subject
  range: Range
  bucket: Range
  businessHours: boolean
  page: number
  perPage: number
}

/** A page of records, newest first, with how many there are in all and of how many different conversations. */
export interface Drilldown {
  records: DrilldownRecord[]
  total: number
  conversations: number
}

/** The raw rows that a metric counts: all conversations, messages of a type, or events of a name. */
type Counted = { rows: 'conversations' } | { rows: 'messages'; type: number } | { rows: 'events'; name: string }

const counted: Record<DrilldownMetric, Counted> = {
  conversations_count: { rows: 'conversations' },
  incoming_messages_count: { rows: 'messages', type: 0 },
  outgoing_messages_count: { rows: 'messages', type: 1 },
  avg_first_response_time: { rows: 'events', name: 'first_response' },
  reply_time: { rows: 'events', name: 'reply_time' },
  avg_resolution_time: { rows: 'events', name: 'conversation_resolved' },
  resolutions_count: { rows: 'events', name: 'conversation_resolved' },
  bot_resolutions_count: { rows: 'events', name: 'conversation_bot_resolved' },
  bot_handoffs_count: { rows: 'events', name: 'conversation_bot_handoff' },
}

const found = {
  conversations: pageOf(sql(import.meta.url, './drilldown-conversations.sql')),
  messages: pageOf(sql(import.meta.url, './drilldown-messages.sql')),
  events: pageOf(sql(import.meta.url, './drilldown-events.sql')),
}

/** What a metric's records are called: those of response times are messages, although a message may not be found for each. */
export function recordTypeOf(metric: DrilldownMetric): 'message' | 'conversation' {
  const isMessage = counted[metric].rows === 'messages' || metric === 'avg_first_response_time' || metric === 'reply_time'
  return isMessage ? 'message' : 'conversation'
}

/**
 * The records that a bucket of a series counts, always from raw rows. They are as many as the series says, but for
 * handoffs: here those of conversations that are gone are listed, too.
 */
export function drilldown(pool: Pool, accountId: number, asked: DrilldownAsked): Promise<Answer<Drilldown>> {
  return answer(pool, accountId, async (read) => {
    const what = counted[asked.metric]
    const { ids, total, conversations } = await find(read, what, asked)
    return { records: await recordsOf(read, what, ids, asked.businessHours), total, conversations }
  })
}

interface Found extends Record<string, unknown> {
  ids: number[]
  total: number
  conversations: number
}

async function find(read: Reading, what: Counted, asked: DrilldownAsked): Promise<Found> {
  const { metric, subject, range, bucket, page, perPage } = asked
  // Whether a resolution by a bot counts, the whole range tells.
  read.requireRaw(metric === 'bot_resolutions_count' ? range.since : bucket.since)
  const values: unknown[] = [perPage, (page - 1) * perPage, dimensions[subject.dimension], subject.id ?? null]
  values.push(bucket.since, bucket.until)
  if (what.rows === 'messages') values.push(what.type)
  if (what.rows === 'events') values.push(what.name, range.since, range.until)
  const [row] = await read.raw<Found>(found[what.rows], values)
  return row!
}

function recordsOf(read: Reading, what: Counted, ids: number[], businessHours: boolean): Promise<DrilldownRecord[]> {
  if (what.rows === 'conversations') return conversationRecords(read, ids)
  if (what.rows === 'messages') return messageRecords(read, ids)
  return eventRecords(read, ids, businessHours)
}

/** A statement that counts rows of (id, conversation_id, at) and gives the ids of one page: `$2` how many, `$3` after which. */
function pageOf(rows: string): string {
  return `with found as (${rows})
    select (select count(*) from found)::int as total, (select count(distinct conversation_id) from found)::int as conversations,
      array(select id from found order by at desc, id desc limit $2 offset $3)::float8[] as ids`
}
