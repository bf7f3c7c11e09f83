import type { Instant } from '../../clock.ts'
import { sql } from '../../db.ts'
import type { Reading } from '../report.ts'

/** A message as Chatwoot's drill-down shows it; the type is a word. */
export interface ShownMessage {
  id: number
  content: string | null
  message_type: string | null
  sender_name: string | null
  created_at: Instant
}

/** A conversation as Chatwoot's drill-down shows it; `{}` stands for one that is gone. */
export interface ShownConversation {
  id: number
  display_id: number
  contact_id: number | null
  contact_name: string | null
  inbox_id: number
  inbox_name: string | null
  assignee_id: number | null
  assignee_name: string | null
  status: string | null
  created_at: Instant
  last_activity_at: Instant
  last_message: ShownMessage | null
}

/** One thing that a bucket counts: a message or a conversation, with its time in seconds where a time is measured. */
export interface DrilldownRecord {
  record_type: 'message' | 'conversation'
  conversation: ShownConversation | Record<string, never>
  message: ShownMessage | null
  metric_value: number | null
  occurred_at: Instant
  /** Of an event that is shown through its conversation. */
  event_name?: string
}

interface ConversationRow extends Record<string, unknown>, Omit<ShownConversation, 'status' | 'last_message'> {
  status: number
  last_message_id: number | null
}

interface MessageRow extends Record<string, unknown>, Omit<ShownMessage, 'message_type'> {
  conversation_id: number
  message_type: number
}

interface EventRow extends Record<string, unknown> {
  name: string
  conversation_id: number | null
  value: number | null
  business_value: number | null
  occurred_at: Instant
  message_id: number | null
}

const shownEvents = sql(import.meta.url, './shown-events.sql')
const shownConversations = sql(import.meta.url, './shown-conversations.sql')
const shownMessages = sql(import.meta.url, './shown-messages.sql')

const statuses = ['open', 'resolved', 'pending', 'snoozed']
const messageTypes = ['incoming', 'outgoing', 'activity', 'template']

/** Records of conversations, in the order of the ids. */
export async function conversationRecords(read: Reading, ids: readonly number[]): Promise<DrilldownRecord[]> {
  const conversations = await conversationsOf(read, ids)
  return ids.map((id) => {
    const conversation = conversations.get(id)!
    return { record_type: 'conversation', conversation, message: null, metric_value: null, occurred_at: conversation.created_at }
  })
}

/** Records of messages, in the order of the ids. */
export async function messageRecords(read: Reading, ids: readonly number[]): Promise<DrilldownRecord[]> {
  const messages = await messagesOf(read, ids)
  const conversations = await conversationsOf(
    read,
    [...messages.values()].map((row) => row.conversation_id),
  )
  return ids.map((id) => {
    const row = messages.get(id)!
    const conversation = conversations.get(row.conversation_id) ?? {}
    return { record_type: 'message', conversation, message: shown(row), metric_value: null, occurred_at: row.created_at }
  })
}

/** Records of events, in the order of the ids: through the reply that was found for them, else through the conversation. */
export async function eventRecords(read: Reading, ids: readonly number[], businessHours: boolean): Promise<DrilldownRecord[]> {
  const events = await read.raw<EventRow>(shownEvents, [ids])
  const messages = await messagesOf(read, present(events.map((event) => event.message_id)))
  const conversations = await conversationsOf(read, present(events.map((event) => event.conversation_id)))
  return events.map((event) => {
    const reply = event.message_id === null ? undefined : messages.get(event.message_id)
    const conversation = (event.conversation_id !== null && conversations.get(event.conversation_id)) || {}
    const value = { metric_value: businessHours ? event.business_value : event.value, occurred_at: event.occurred_at }
    return reply
      ? { record_type: 'message', conversation, message: shown(reply), ...value }
      : { record_type: 'conversation', conversation, message: null, ...value, event_name: event.name }
  })
}

async function conversationsOf(read: Reading, ids: readonly number[]): Promise<Map<number, ShownConversation>> {
  if (ids.length === 0) return new Map()
  const rows = await read.raw<ConversationRow>(shownConversations, [[...new Set(ids)]])
  const messages = await messagesOf(read, present(rows.map((row) => row.last_message_id)))
  return new Map(
    rows.map(({ last_message_id, ...row }) => {
      const last = last_message_id === null ? undefined : messages.get(last_message_id)
      return [row.id, { ...row, status: statuses[row.status] ?? null, last_message: last ? shown(last) : null }]
    }),
  )
}

async function messagesOf(read: Reading, ids: readonly number[]): Promise<Map<number, MessageRow>> {
  if (ids.length === 0) return new Map()
  const rows = await read.raw<MessageRow>(shownMessages, [ids])
  return new Map(rows.map((row) => [row.id, row]))
}

const present = (ids: readonly (number | null)[]) => ids.filter((id) => id !== null)

function shown({ id, content, message_type, sender_name, created_at }: MessageRow): ShownMessage {
  return { id, content, message_type: messageTypes[message_type] ?? null, sender_name, created_at }
}
