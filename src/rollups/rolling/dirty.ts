import type { Instant } from '../../clock.ts'
import { many, sql, type Queryable } from '../../db.ts'
import { HOUR, hourStart, nextHourStart, type Zone } from '../../time/zone.ts'
import type { Span } from '../coverage.ts'

const scopeHours = sql(import.meta.url, './scope-hours.sql')

/** A quarter of an hour in UTC whose raw rows changed since it was rolled. */
export interface Quarter {
  quarter: Instant
  /** Only the label rows are out of date. */
  labels_only: boolean
}

/** A mark that reaches over many hours; see the migration of the dirty log. */
export interface ScopeMark {
  scope: 'conversation' | 'creation' | 'label' | 'tag' | 'tagged' | 'everything'
  id: number | null
  title: string | null
}

/** Marks of wide scope that a reader looks up one by one; with more of them it takes the whole account for dirty. */
export const SCOPES_READ = 2000

/**
 * What of an account is out of date at this moment, from `since` on; `everything` when there are more marks of wide scope
 * than a reader should look up.
 */
export async function dirtyQuarters(db: Queryable, accountId: number, since: Instant): Promise<Quarter[] | 'everything'> {
  return (await dirtyQuartersOf(db, [{ accountId, since }])).get(accountId)!
}

/** The same of several accounts, each from an instant of its own on: two statements, and two for each that has marks of wide scope. */
export async function dirtyQuartersOf(
  db: Queryable,
  accounts: readonly { accountId: number; since: Instant }[],
): Promise<Map<number, Quarter[] | 'everything'>> {
  const ids = accounts.map(({ accountId }) => accountId)
  const marks = await many<Quarter & { id: number }>(
    db,
    `select a.id, extract(epoch from q.quarter)::float8 as quarter, q.labels_only from unnest($1::bigint[], $2::float8[]) as a (id, since)
     cross join lateral tidemark.dirty_quarters(a.id, to_timestamp(a.since)) as q`,
    [ids, accounts.map(({ since }) => since)],
  )
  const wide = await many<{ id: number | null }>(
    db,
    'select distinct account_id as id from tidemark.dirty_scopes where account_id = any ($1::bigint[]) or account_id is null',
    [ids],
  )
  const dirty = new Map<number, Quarter[] | 'everything'>(ids.map((id) => [id, []]))
  for (const { id, ...quarter } of marks) (dirty.get(id) as Quarter[]).push(quarter)
  const concerned = wide.some(({ id }) => id === null) ? ids : wide.map(({ id }) => id!)
  for (const id of concerned) dirty.set(id, await withScopes(db, id, dirty.get(id) as Quarter[]))
  return dirty
}

/** Adds those of its marks of wide scope to the dirty quarters of an account; `everything` when there are too many. */
export async function withScopes(db: Queryable, accountId: number, quarters: Quarter[]): Promise<Quarter[] | 'everything'> {
  const marks = await many<ScopeMark & Record<string, unknown>>(
    db,
    `select scope, id, title from tidemark.dirty_scopes where account_id = $1 or account_id is null limit $2`,
    [accountId, SCOPES_READ + 1],
  )
  if (marks.length > SCOPES_READ || marks.some((mark) => mark.scope === 'everything')) return 'everything'
  return marks.length === 0 ? quarters : [...quarters, ...(await quartersOfScopes(db, accountId, marks))]
}

/** The quarter hours in which marks of wide scope have rows, as this statement sees them. */
export function quartersOfScopes(db: Queryable, accountId: number, marks: ScopeMark[]): Promise<Quarter[]> {
  const ids = (scope: ScopeMark['scope']) => [...new Set(marks.filter((mark) => mark.scope === scope).map((mark) => mark.id))]
  const titles = marks.flatMap((mark) => mark.title ?? [])
  return many<Quarter & Record<string, unknown>>(db, scopeHours, [
    accountId,
    [...ids('conversation'), ...ids('tagged')],
    ids('creation'),
    titles,
    ids('tag'),
  ])
}

/** The account's hour buckets that quarters touch, ascending. A bucket may start within a quarter where a zone's offset does. */
export function bucketsTouched(zone: Zone, quarters: Instant[]): Span[] {
  const starts = new Set<Instant>()
  for (const quarter of quarters) {
    for (let at = hourStart(zone, quarter); at < quarter + HOUR / 4; at = nextHourStart(zone, at)) starts.add(at)
  }
  return [...starts].sort((a, b) => a - b).map((from) => ({ from, until: nextHourStart(zone, from) }))
}
