import type { Instant } from '../clock.ts'
import { encodeCells, stamp } from './cells.ts'
import type { Random } from './random.ts'
import type { Agent, Inbox, Label, Roster, Team } from './roster.ts'
import type { Timed } from './timeline.ts'
import { openSeconds } from './weekly-hours.ts'

/** A row without its id, which comes when its turn in time does: the cells after the id, as COPY has them. */
export interface WaitingRow extends Timed {
  cells: string
  id?: number
}

/** An answer to a survey; its last cell is the id that the survey's message has got by then. */
export interface WaitingAnswer extends WaitingRow {
  readonly survey: WaitingRow
}

export const OPEN = 0
export const RESOLVED = 1
export const PENDING = 2
export const SNOOZED = 3

/** A conversation as far as it has gone, with all rows it has left behind. */
export interface Conversation {
  readonly id: number
  readonly roster: Roster
  readonly inbox: Inbox
  readonly contactId: number
  readonly random: Random
  readonly created: Instant
  /** Nothing happens at or after this instant. */
  readonly end: Instant
  /** How much slower than usual people answer on the day it began. */
  readonly load: number
  /** The instant up to which it has gone. */
  at: Instant
  status: typeof OPEN | typeof RESOLVED | typeof PENDING | typeof SNOOZED
  assignee: Agent | null
  team: Team | null
  labels: readonly Label[]
  firstReply: Instant | null
  waitingSince: Instant | null
  snoozedUntil: Instant | null
  lastActivity: Instant
  /** What later events are measured from. */
  lastOpened: Instant | null
  lastResolved: Instant | null
  lastBotResolved: Instant | null
  handedOff: boolean
  /** An agent has written something, if only a note: what resolves it now is no bot. */
  agentWrote: boolean
  surveyed: boolean
  readonly messages: WaitingRow[]
  readonly events: WaitingRow[]
  readonly answers: WaitingAnswer[]
}

/** Rounds to the microsecond, which is all that a row keeps, so that what is computed from it agrees with it. */
export const micro = (at: Instant): Instant => Math.round(at * 1e6) / 1e6

/** Goes on to `at`, a moment later at least. False, and nothing more may happen, when that is beyond the end. */
export function reach(c: Conversation, at: Instant): boolean {
  const next = micro(Math.max(at, c.at + 0.01 + c.random.next() / 10))
  if (next >= c.end) return false
  c.at = next
  return true
}

export const INCOMING = 0
export const OUTGOING = 1
export const ACTIVITY = 2
export const TEMPLATE = 3
const SURVEY = 9

interface Said {
  type: typeof INCOMING | typeof OUTGOING | typeof ACTIVITY | typeof TEMPLATE
  content: string
  sender?: readonly [type: 'User' | 'Contact' | 'AgentBot', id: number]
  private?: boolean
  survey?: boolean
}

/** Adds a message at the instant that has been reached. */
export function say(c: Conversation, said: Said): WaitingRow {
  const byUser = said.sender?.[0] === 'User'
  if (byUser) c.agentWrote = true
  // Rare states that reports must count all the same: failed to send, and deleted since.
  const failed = said.type === OUTGOING && !said.private && c.random.chance(0.004)
  const deleted = said.type !== ACTIVITY && c.random.chance(0.002)
  const [senderType, senderId] = said.sender ?? [null, null]
  const content = deleted ? 'This message was deleted' : said.content
  const cells = [
    c.roster.accountId, c.inbox.id, c.id, said.type, said.survey ? SURVEY : 0, said.private ?? false, failed ? 3 : 0, senderType,
    senderId, content, deleted ? '{"deleted": true}' : '{}', stamp(c.at), stamp(c.at),
  ] // prettier-ignore
  const row: WaitingRow = { at: c.at, cells: encodeCells(cells) }
  c.messages.push(row)
  c.lastActivity = c.at
  return row
}

export type EventName =
  | 'conversation_resolved'
  | 'conversation_bot_resolved'
  | 'conversation_bot_handoff'
  | 'conversation_opened'
  | 'first_response'
  | 'reply_time'

/**
 * Adds the event of something that just happened. Its value is the time since `start` in whole seconds, both ends cut to
 * the second; null: there is nothing to measure from, the value is 0. The row is written by a job, up to 3 s later.
 */
export function note(c: Conversation, name: EventName, start: Instant | null, userId: number | null): void {
  const [from, to] = [Math.floor(start ?? c.at), Math.floor(c.at)]
  const business = c.inbox.hours ? openSeconds(c.inbox.hours, c.roster.zone, from, to) : 0
  const written = micro(c.at + c.random.next() * 3)
  const cells = [
    c.roster.accountId, c.inbox.id, c.id, userId, name, to - from, business, stamp(start ?? c.created), stamp(c.at),
    stamp(written), stamp(written),
  ] // prettier-ignore
  c.events.push({ at: written, cells: encodeCells(cells) })
}

/** Adds the customer's answer to the survey, given at `at`; not if that is still to come. */
export function answer(c: Conversation, survey: WaitingRow, at: Instant, rating: number, feedback: string | null): void {
  const answered = micro(Math.max(at, survey.at + 1))
  if (answered >= c.end) return
  const assigned = c.assignee && c.assignee.left > answered ? c.assignee.id : null
  const cells = [c.roster.accountId, c.id, c.contactId, assigned, rating, feedback, stamp(answered), stamp(answered)]
  c.answers.push({ at: answered, survey, cells: encodeCells(cells) })
}
