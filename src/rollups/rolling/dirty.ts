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
  const quarters = await many<Quarter & Record<string, unknown>>(
    db,
    'select extract(epoch from quarter)::float8 as quarter, labels_only from tidemark.dirty_quarters($1, to_timestamp($2))',
    [accountId, since],
  )
  return withScopes(db, accountId, quarters)
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
