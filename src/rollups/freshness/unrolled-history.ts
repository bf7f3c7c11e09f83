import type { Instant } from '../../clock.ts'
import { many, sql, type Queryable } from '../../db.ts'
import { DEFINITIONS } from '../definitions/definitions.ts'

const unrolled = sql(import.meta.url, './unrolled-history.sql')

/** Seconds of an account's history that reports read from raw rows, and that no backfill is rolling. */
export interface UnrolledHistory {
  accountId: number
  /** Rolled by older definitions. */
  outdated: number
  /** Never rolled. */
  missing: number
}

/** The history that a backfill is needed for, of at most 100 accounts, those with outdated history first. */
export function unrolledHistory(db: Queryable, now: Instant): Promise<UnrolledHistory[]> {
  return many<UnrolledHistory & Record<string, unknown>>(db, unrolled, [DEFINITIONS, now])
}
