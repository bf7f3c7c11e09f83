import type { Instant } from '../../clock.ts'
import { many, sql, transaction, type Client, type Pool } from '../../db.ts'
import { FARTHEST, UTC } from '../../time/zone.ts'
import { coveragesOf, type Span } from '../coverage.ts'
import { bucketsTouched, type ScopeMark } from '../rolling/dirty.ts'

const dirtyList = sql(import.meta.url, './dirty-list.sql')

/** Hours that a list may have. */
export const DIRTY_HOURS_MAX = 1000
/** Quarters of an hour that one hour may have marks of: one more where its zone does not start hours on one. */
const QUARTERS = 5

/** An hour whose raw rows changed since it was rolled. */
export interface DirtyHour extends Span {
  accountId: number
  /** Only the label rows are out of date. */
  labelsOnly: boolean
  /** Since when the oldest of its marks waits. */
  waitingSince: Instant
  /** How often it could not be rolled, and why the last time; null where that is not known. */
  failures: number
  error: string | null
  /** When it is tried next; null: with the next sweep. */
  nextTry: Instant | null
}

/** Marks of an account that reach over many hours; these are looked up when they are rolled. */
export interface WideMarks {
  accountId: number
  scope: ScopeMark['scope']
  marks: number
  waitingSince: Instant
}

export interface DirtyList {
  /** By account, newest first, as they are rolled. */
  hours: DirtyHour[]
  wide: WideMarks[]
  /** There are more hours than these. */
  isMore: boolean
}

interface Row extends Record<string, unknown> {
  id: number
  quarter: Instant
  labelsOnly: boolean
  at: Instant
  failures: number
  error: string | null
  nextTry: Instant | null
}

/** What of some accounts waits to be rolled, at most `limit` hours of it, as it is at one moment. */
export function dirtyHours(pool: Pool, accounts: readonly number[], limit: number): Promise<DirtyList> {
  return transaction(pool, (tx) => listIn(tx, accounts, limit), 'repeatable read read only')
}

async function listIn(tx: Client, accounts: readonly number[], limit: number): Promise<DirtyList> {
  // So many quarters hold more hours than are asked for, all but the last of them whole.
  const rows = await many<Row>(tx, dirtyList, [accounts, QUARTERS * (limit + 1), FARTHEST])
  const coverages = await coveragesOf(tx, [...new Set(rows.map((row) => row.id))])
  const hours = new Map<string, DirtyHour>()
  for (const row of rows) {
    for (const span of bucketsTouched(coverages.get(row.id)?.zone ?? UTC, [row.quarter])) {
      const key = `${row.id} ${span.from}`
      hours.set(key, together(hours.get(key), { ...span, ...hourOf(row) }))
    }
  }
  const wide = await many<WideMarks & Record<string, unknown>>(
    tx,
    `select account_id as "accountId", scope, count(*)::int as marks, extract(epoch from min(at))::float8 as "waitingSince"
     from tidemark.dirty_scopes where account_id = any ($1::bigint[]) group by 1, 2 order by 1, 2 limit $2`,
    [accounts, DIRTY_HOURS_MAX],
  )
  const listed = [...hours.values()].sort((a, b) => a.accountId - b.accountId || b.from - a.from)
  return { hours: listed.slice(0, limit), wide, isMore: listed.length > limit }
}

const hourOf = ({ id, labelsOnly, at, failures, error, nextTry }: Row) => ({
  accountId: id,
  labelsOnly,
  waitingSince: at,
  failures,
  error,
  nextTry,
})

/** An hour of which several quarters are dirty: it is rolled with the first of them that is tried. */
function together(a: DirtyHour | undefined, b: DirtyHour): DirtyHour {
  if (!a) return b
  return {
    ...b,
    labelsOnly: a.labelsOnly && b.labelsOnly,
    waitingSince: Math.min(a.waitingSince, b.waitingSince),
    failures: Math.max(a.failures, b.failures),
    error: a.error ?? b.error,
    nextTry: a.nextTry === null || b.nextTry === null ? null : Math.min(a.nextTry, b.nextTry),
  }
}
