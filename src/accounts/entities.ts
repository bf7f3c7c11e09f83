import { many, maybeOne, prepared, sql, type Queryable } from '../db.ts'
import { notFound } from '../errors.ts'
import type { Dimension } from '../rollups/parts.ts'

export type Availability = 'online' | 'busy' | 'offline'

export interface Agent {
  id: number
  name: string
  email: string
  availability: Availability
}

export interface Inbox {
  id: number
  name: string
  /** Chatwoot's class, such as `Channel::WebWidget`. */
  channelType: string
  /** The channel's name in reports, such as `Website`. */
  channelName: string
}

/** A table holds at most this many entities; lists are read with one more, so that a caller sees when there are too many. */
export const ENTITIES_MAX = 10_000

const agents = sql(import.meta.url, './agents.sql')
const inboxes = sql(import.meta.url, './inboxes.sql')

/** The members of an account, administrators too, by id. Without a picture of who is connected, `auto_offline` means offline. */
export function agentsOf(db: Queryable, accountId: number): Promise<Agent[]> {
  return many<Agent & Record<string, unknown>>(db, agents, [accountId, ENTITIES_MAX + 1])
}

const ids = {
  agent: prepared(
    `select u.id from account_users m join users u on u.id = m.user_id where m.account_id = $1 order by u.id limit $2`,
  ),
  inbox: prepared(`select id from inboxes where account_id = $1 order by id limit $2`),
  team: prepared(`select id from teams where account_id = $1 order by id limit $2`),
}

/** The same agents, inboxes or teams as their lists have, for who needs no more of them than which there are. */
export function idsOf(db: Queryable, accountId: number, dimension: keyof typeof ids): Promise<{ id: number }[]> {
  return many(db, ids[dimension], [accountId, ENTITIES_MAX + 1])
}

/** The inboxes of an account, by id. */
export function inboxesOf(db: Queryable, accountId: number): Promise<Inbox[]> {
  return many<Inbox & Record<string, unknown>>(db, inboxes, [accountId, ENTITIES_MAX + 1])
}

/** The teams of an account, by id. */
export function teamsOf(db: Queryable, accountId: number): Promise<{ id: number; name: string }[]> {
  return many(db, `select id, name from teams where account_id = $1 order by id limit $2`, [accountId, ENTITIES_MAX + 1])
}

/** The labels of an account, by title. */
export function labelsOf(db: Queryable, accountId: number): Promise<{ id: number; title: string }[]> {
  return many(db, `select id, title from labels where account_id = $1 order by title, id limit $2`, [accountId, ENTITIES_MAX + 1])
}

const lookups: Record<Exclude<Dimension, 'account'>, string> = {
  inbox: `select id, name from inboxes where account_id = $1 and id = $2::bigint`,
  agent: `select u.id, u.name from account_users m join users u on u.id = m.user_id where m.account_id = $1 and u.id = $2::bigint`,
  team: `select id, name from teams where account_id = $1 and id = $2::bigint`,
  label: `select id, title as name from labels where account_id = $1 and id = $2::bigint`,
}

/**
 * The inbox, agent, team or label of an account that has this id; undefined when there is none, in particular when it is
 * another account's or an agent who has left.
 */
export async function findEntity(
  db: Queryable,
  accountId: number,
  dimension: Dimension,
  id: number,
): Promise<{ id: number; name: string } | undefined> {
  if (dimension === 'account') return id === accountId ? { id, name: '' } : undefined
  return maybeOne(db, lookups[dimension], [accountId, id])
}

const names = {
  inbox: `select id, name from inboxes where account_id = $1 and id = any ($2::bigint[])`,
  agent: `select u.id, u.name from account_users m join users u on u.id = m.user_id where m.account_id = $1 and u.id = any ($2::bigint[])`,
  team: `select id, name from teams where account_id = $1 and id = any ($2::bigint[])`,
}

/** The names of those of the inboxes, agents or teams that the account has; an agent who left has none. */
export async function namesOf(
  db: Queryable,
  accountId: number,
  dimension: keyof typeof names,
  ids: readonly number[],
): Promise<Map<number, string>> {
  if (ids.length === 0) return new Map()
  const rows = await many<{ id: number; name: string }>(db, names[dimension], [accountId, ids])
  return new Map(rows.map(({ id, name }) => [id, name]))
}

/** Like `findEntity`. @throws Refusal (404) when there is none. */
export async function requireEntity(db: Queryable, accountId: number, dimension: Dimension, id: number) {
  const entity = await findEntity(db, accountId, dimension, id)
  if (!entity) throw notFound()
  return entity
}
