import type { Instant } from '../../clock.ts'
import { many, run, sql, type Client, type Queryable } from '../../db.ts'
import type { Span } from '../coverage.ts'

const noteLateHours = sql(import.meta.url, './note-late-hours.sql')

/** An hour whose raw rows were purged and in which something came or changed since; it is not counted. */
export interface LateHour {
  hour: Instant
  firstAt: Instant
  lastAt: Instant
  /** How often it was noticed. */
  times: number
}

/** Hours shown of an account at most. */
export const LATE_SHOWN = 1000

/** Keeps in mind what came or changed in hours that are final. */
export async function noteLate(tx: Client, accountId: number, hours: Span[], now: Instant): Promise<void> {
  if (hours.length === 0) return
  await run(tx, noteLateHours, [accountId, hours.map((hour) => hour.from), now])
}

/** The late hours of an account, the newest first: what came or changed there is not counted. */
export function lateHours(db: Queryable, accountId: number, limit = LATE_SHOWN): Promise<LateHour[]> {
  return many<LateHour & Record<string, unknown>>(
    db,
    `select extract(epoch from hour)::float8 as hour, extract(epoch from first_at)::float8 as "firstAt",
       extract(epoch from last_at)::float8 as "lastAt", times
     from tidemark.late_hours where account_id = $1 order by hour desc limit $2`,
    [accountId, limit],
  )
}
