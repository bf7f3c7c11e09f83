import type { Instant } from '../clock.ts'
import { OPEN, SNOOZED, type Conversation } from './conversation.ts'
import { personName, type PersonName } from './names.ts'
import { randomFrom, type Random } from './random.ts'
import { stamp } from './cells.ts'
import type { RawRows } from './raw-rows.ts'
import type { Label, Roster, Team } from './roster.ts'

const streams = { conversation: 30 }

/** The first instant of a conversation. */
export interface Beginning {
  readonly seed: number
  readonly roster: Roster
  /** Ids of whoever has written to the account so far; a new contact is added. */
  readonly contacts: number[]
  /** Position among the account's conversations. */
  readonly ordinal: number
  /** How much busier than usual the day is. */
  readonly load: number
  readonly at: Instant
}

/** A conversation at its first instant, which will go on until `end` at most. Puts the row of its contact, if new. */
export function begin(rows: RawRows, { seed, roster, contacts, ordinal, load, at }: Beginning, end: Instant): Conversation {
  const random = randomFrom(seed, roster.index, streams.conversation, ordinal)
  return {
    id: rows.nextId('conversations'),
    roster,
    inbox: random.weighted(roster.inboxes),
    contactId: contactOf(rows, roster, contacts, at, random),
    random,
    created: at,
    end,
    load,
    at,
    status: OPEN,
    assignee: null,
    team: teamOf(roster, random),
    labels: labelsOf(roster, random),
    firstReply: null,
    waitingSince: at,
    snoozedUntil: null,
    lastActivity: at,
    lastOpened: null,
    lastResolved: null,
    lastBotResolved: null,
    handedOff: false,
    agentWrote: false,
    surveyed: false,
    messages: [],
    events: [],
    answers: [],
  }
}

/** Someone who has written before, or someone new: a bit more than two conversations for each. */
function contactOf(rows: RawRows, roster: Roster, contacts: number[], at: Instant, random: Random): number {
  if (contacts.length > 0 && random.chance(0.56)) return random.pick(contacts)
  const id = rows.nextId('contacts')
  contacts.push(id)
  const name = personName(random)
  const made = [stamp(at), stamp(at), stamp(at)]
  rows.put('contacts', id, [roster.accountId, name.full, addressOf(name, id, random), phoneOf(id, random), ...made])
  return id
}

const addressOf = (name: PersonName, id: number, random: Random) =>
  random.chance(0.85) ? `${name.plain}.${id}@mail.example` : null
const phoneOf = (id: number, random: Random) => (random.chance(0.4) ? `+1303555${String(id).padStart(4, '0')}` : null)

function teamOf(roster: Roster, random: Random): Team | null {
  return roster.teams.length === 0 || random.chance(0.12) ? null : random.weighted(roster.teams)
}

// None, one, two or three labels: three quarters of one on average.
const labelCounts = [{ weight: 48 }, { weight: 34 }, { weight: 13 }, { weight: 5 }]

function labelsOf(roster: Roster, random: Random): Label[] {
  const wanted = Math.min(labelCounts.indexOf(random.weighted(labelCounts)), roster.labels.length)
  const labels = new Set<Label>()
  while (labels.size < wanted) labels.add(random.weighted(roster.labels))
  return [...labels]
}

/** Puts the row of a conversation as it is at the end, and its taggings. */
export function putConversation(rows: RawRows, c: Conversation): void {
  const { random, labels } = c
  // An agent who has left holds no conversations any more.
  const assignee = c.assignee && c.assignee.left >= c.end ? c.assignee.id : null
  const uuid = (random.hex() + random.hex() + random.hex() + random.hex()).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
  const priority = random.chance(0.75) ? null : random.pick([0, 1, 1, 2, 3])
  const snoozedUntil = c.status === SNOOZED ? c.snoozedUntil : null
  const titles = labels.map((label) => label.title).join(', ') || null
  rows.put('conversations', c.id, [
    c.roster.accountId, c.inbox.id, c.status, assignee, c.team?.id ?? null, c.contactId, uuid, priority, stamp(snoozedUntil),
    stamp(c.firstReply), stamp(c.waitingSince), titles, stamp(c.lastActivity), stamp(c.created), stamp(c.at),
  ]) // prettier-ignore
  const tagged = stamp(Math.min(c.created + random.between(5, 3000), c.at))
  for (const { tagId } of labels) rows.add('taggings', [tagId, 'Conversation', c.id, 'labels', tagged])
}
