import { ENTITIES_MAX } from '../../accounts/entities.ts'
import type { Instant } from '../../clock.ts'
import { many, one, sql, type Queryable } from '../../db.ts'
import type { Language, TableName } from './snapshot.ts'
import { wordsOf } from '../mail/words/choose.ts'

const rosterSql = sql(import.meta.url, './roster.sql')
const formerAgents = sql(import.meta.url, './former-agents.sql')
const activity = sql(import.meta.url, './activity.sql')

/** Somebody or something that figures are listed for. `since` is null for what is there no more. */
export interface Member {
  id: number
  name: string
  since: Instant | null
}

export type Roster = Record<TableName, Map<number, Member>>

/** Who and what an account has now, by table and id. */
export async function rosterOf(db: Queryable, accountId: number): Promise<Roster> {
  const roster: Roster = { agents: new Map(), teams: new Map(), inboxes: new Map(), labels: new Map() }
  for (const { table, ...member } of await many<{ table: TableName; id: number; name: string; since: number }>(db, rosterSql, [
    accountId,
    ENTITIES_MAX,
  ])) {
    roster[table].set(member.id, { ...member, name: member.name ?? '' })
  }
  return roster
}

/** Names for ids that did something but are not on the roster: former agents by name, all else by kind and number. */
export async function absentMembers(
  db: Queryable,
  accountId: number,
  table: TableName,
  ids: number[],
  language: Language,
): Promise<Member[]> {
  const words = wordsOf(language).tables[table]
  const known =
    table === 'agents' && ids.some((id) => id > 0)
      ? await many<{ id: number; name: string }>(db, formerAgents, [accountId, ids])
      : []
  const nameOf = (id: number) => known.find((agent) => agent.id === id)?.name ?? words.unnamed(id)
  return ids.map((id) => ({ id, name: id === 0 ? words.none : nameOf(id), since: null }))
}

/** The first instant at which anything happened in an account and the last one before `until`; nulls when there is none. */
export function activityOf(
  db: Queryable,
  accountId: number,
  until: Instant,
): Promise<{ first: Instant | null; last: Instant | null }> {
  return one(db, activity, [accountId, until])
}
