import {
  ACTIVITY,
  INCOMING,
  OPEN,
  OUTGOING,
  RESOLVED,
  TEMPLATE,
  note,
  say,
  type Conversation,
  type WaitingRow,
} from './conversation.ts'
import { phrases } from './phrases.ts'
import { isThere, type Agent } from './roster.ts'

// What people and the bot do, each with the events that Chatwoot writes when it happens. They happen at the instant that
// the conversation has reached.

/** The customer writes. If nothing of his waited for an answer, this does from now on. */
export function customerWrites(c: Conversation, content: string): void {
  say(c, { type: INCOMING, content, sender: ['Contact', c.contactId] })
  c.waitingSince ??= c.at
}

/** The bot answers, which ends the customer's waiting. */
export function botWrites(c: Conversation, content: string): void {
  say(c, { type: OUTGOING, content, sender: ['AgentBot', c.inbox.botId!] })
  c.waitingSince = null
}

export function agentNotes(c: Conversation, agent: Agent): void {
  say(c, { type: OUTGOING, private: true, content: c.random.pick(phrases.note), sender: ['User', agent.id] })
}

/**
 * An agent answers in public: the first response, credited to him, or a reply to the waiting customer, credited to the
 * assignee whoever wrote it.
 */
export function agentWrites(c: Conversation, agent: Agent): void {
  say(c, { type: OUTGOING, content: c.random.pick(phrases.agent), sender: ['User', agent.id] })
  if (c.firstReply === null) {
    note(c, 'first_response', c.lastOpened ?? c.lastBotResolved ?? c.created, agent.id)
    c.firstReply = c.at
  } else if (c.waitingSince !== null) note(c, 'reply_time', c.waitingSince, c.assignee?.id ?? null)
  c.waitingSince = null
}

export function assign(c: Conversation, agent: Agent): void {
  c.assignee = agent
  say(c, { type: ACTIVITY, content: `Assigned to ${agent.name} by Automation System` })
}

/** Whoever of the assignee is still with the account. */
export function presentAssignee(c: Conversation): Agent | null {
  return c.assignee && isThere(c.assignee, c.at) ? c.assignee : null
}

/** Resolved, by the assignee or, when no agent has written yet, by the inbox's bot. Measured from the creation each time. */
export function resolve(c: Conversation): void {
  c.status = RESOLVED
  c.waitingSince = null
  const resolver = c.assignee?.name ?? (c.inbox.bot ? 'Pip' : 'system due to inactivity')
  say(c, { type: ACTIVITY, content: `Conversation was marked resolved by ${resolver}` })
  note(c, 'conversation_resolved', c.created, c.assignee?.id ?? null)
  c.lastResolved = c.at
  if (!c.inbox.bot || c.agentWrote) return
  note(c, 'conversation_bot_resolved', c.created, c.assignee?.id ?? null)
  c.lastBotResolved = c.at
}

/** Opened again, or at last: measured from the latest resolution, 0 if there was none. */
export function open(c: Conversation, activity: string): void {
  c.status = OPEN
  c.snoozedUntil = null
  say(c, { type: ACTIVITY, content: activity })
  note(c, 'conversation_opened', c.lastResolved, c.assignee?.id ?? null)
  c.lastOpened = c.at
}

/** The bot hands over to people. Only the first time is noted, but a job that was retried may have noted it twice. */
export function handOff(c: Conversation): void {
  const times = c.handedOff ? 0 : c.random.chance(0.02) ? 2 : 1
  for (let i = 0; i < times; i++) note(c, 'conversation_bot_handoff', c.created, c.assignee?.id ?? null)
  c.handedOff = true
  open(c, 'Conversation was marked open by Pip')
}

/** Sends the satisfaction survey: one in a conversation's life. */
export function survey(c: Conversation): WaitingRow {
  c.surveyed = true
  return say(c, { type: TEMPLATE, survey: true, content: phrases.survey })
}

export function greetOutOfHours(c: Conversation): void {
  say(c, { type: TEMPLATE, content: phrases.greeting })
}
