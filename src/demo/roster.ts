import { createHash } from 'node:crypto'
import type { Instant } from '../clock.ts'
import { startOfLocal } from '../time/calendar.ts'
import { DAY, instantOf, localAt, type Zone } from '../time/zone.ts'
import type { DeskShape } from './desk.ts'
import { inboxKinds, type InboxKind } from './inbox-kinds.ts'
import { labelTitles, personName, teamNames } from './names.ts'
import { randomFrom, type Random } from './random.ts'
import type { RawRows } from './raw-rows.ts'

export interface Agent {
  readonly id: number
  readonly name: string
  readonly email: string
  readonly role: 'administrator' | 'agent' | 'reporter'
  readonly joined: Instant
  /** Infinity: still there. Who has left has no membership any more, but his messages and events stay. */
  readonly left: Instant
  /** Share of the work. */
  readonly weight: number
  /** How long replies take him, 1 being usual. */
  readonly pace: number
  /** 0 online, 1 offline, 2 busy. */
  readonly availability: number
}

export interface Inbox extends InboxKind {
  readonly id: number
  readonly botId: number | null
}

export interface Team {
  readonly id: number
  readonly name: string
  readonly weight: number
  readonly members: readonly Agent[]
}

export interface Label {
  readonly id: number
  readonly title: string
  readonly tagId: number
  readonly weight: number
}

/** Who and what an account consists of before anybody writes to it. */
export interface Roster {
  readonly accountId: number
  /** Position among the accounts of the desk: the account's part of the keys of random streams. */
  readonly index: number
  readonly shape: DeskShape
  readonly zone: Zone
  /** When the account was opened: some days before its history starts, so that everybody is there. */
  readonly opened: Instant
  /** Start of the history. */
  readonly start: Instant
  /** The administrator first. */
  readonly agents: readonly Agent[]
  readonly inboxes: readonly Inbox[]
  readonly teams: readonly Team[]
  readonly labels: readonly Label[]
  readonly tokens: Readonly<Record<Agent['role'], string>>
}

const streams = { roster: 10 }

/** The local midnight that lies so many months before the day of `now`. */
function startOfHistory(zone: Zone, now: Instant, months: number): Instant {
  const local = localAt(zone, now)
  const dayOfMonth = startOfLocal(local, 'day') - startOfLocal(local, 'month')
  return instantOf(zone, startOfLocal(local, 'month', -months) + dayOfMonth)
}

interface Circumstances {
  seed: number
  /** Position of the account in the desk. */
  index: number
  zone: Zone
  now: Instant
  /** Ids of the tags, by title of the label. */
  tags: ReadonlyMap<string, number>
}

/** Makes up the account of a shape. Takes ids from `rows`, puts nothing. */
export function rosterOf(rows: RawRows, shape: DeskShape, { seed, index, zone, now, tags }: Circumstances): Roster {
  const random = randomFrom(seed, index, streams.roster)
  const accountId = rows.nextId('accounts')
  const start = startOfHistory(zone, now, shape.months)
  const agents = agentsOf(rows, random, shape, accountId, start, now)
  const token = (role: string) => createHash('sha256').update(`${seed}/${accountId}/${role}`).digest('base64url').slice(0, 24)
  return {
    accountId,
    index,
    shape,
    zone,
    opened: start - 10 * DAY,
    start,
    agents,
    inboxes: inboxKinds
      .slice(0, shape.inboxes)
      .map((kind) => ({ ...kind, id: rows.nextId('inboxes'), botId: kind.bot ? rows.nextId('agent_bots') : null })),
    teams: teamsOf(rows, random, shape, agents.slice(1)),
    labels: titlesOf(shape).map((title, i) => ({
      id: rows.nextId('labels'),
      title,
      tagId: tags.get(title)!,
      weight: 1 / (i + 2),
    })),
    tokens: { administrator: token('administrator'), agent: token('agent'), reporter: token('reporter') },
  }
}

/** The titles of the labels that an account of this shape has. */
export function titlesOf(shape: DeskShape): string[] {
  return labelTitles.slice(0, shape.labels)
}

function agentsOf(rows: RawRows, random: Random, shape: DeskShape, accountId: number, start: Instant, now: Instant): Agent[] {
  const domain = `${shape.name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}-${accountId}.example`
  const taken = new Set<string>()
  return Array.from({ length: shape.agents + 1 }, (_, i) => {
    let name = personName(random)
    while (taken.has(name.plain)) name = personName(random)
    taken.add(name.plain)
    const history = now - start
    // The first three are those whom tokens belong to. Of the others the last joined lately, the one before has left.
    const late = i > 2 && (i === shape.agents || random.chance(0.12))
    const gone = i > 2 && !late && (i === shape.agents - 1 || random.chance(0.08))
    return {
      id: rows.nextId('users'),
      name: name.full,
      email: `${name.plain}@${domain}`,
      role: i === 0 ? 'administrator' : i === 2 ? 'reporter' : 'agent',
      joined: late ? start + history * random.between(0.5, 0.9) : start - random.between(0, 9) * DAY,
      left: gone ? start + history * random.between(0.4, 0.9) : Infinity,
      weight: random.lognormal(1, 0.4),
      pace: random.lognormal(1, 0.25),
      availability: random.pick([0, 0, 0, 1, 2]),
    }
  })
}

function teamsOf(rows: RawRows, random: Random, shape: DeskShape, agents: readonly Agent[]): Team[] {
  const crowd = Math.min(shape.teams, teamNames.length)
  const second = agents.map(() => (random.chance(0.2) ? Math.floor(random.next() * crowd) : -1))
  return teamNames.slice(0, crowd).map((name, team) => ({
    id: rows.nextId('teams'),
    name,
    weight: 1 / (team + 1.5),
    members: agents.filter((_, i) => i % crowd === team || second[i] === team),
  }))
}

/** Whether the agent is a member of the account at that instant. */
export function isThere(agent: Agent, at: Instant): boolean {
  return agent.joined <= at && at < agent.left
}

/** Someone of the team, or of the whole account where none of the team is there, by shares of the work. */
export function someoneOf(roster: Roster, team: Team | null, at: Instant, random: Random): Agent {
  const there = (team?.members ?? []).filter((agent) => isThere(agent, at))
  return random.weighted(
    there.length > 0 ? there : roster.agents.filter((agent) => agent.role !== 'administrator' && isThere(agent, at)),
  )
}
