import type { Instant } from '../../clock.ts'
import { many, one, type Queryable } from '../../db.ts'
import { isoOf } from '../../time/local-text.ts'
import type { Backfill } from './backfill-row.ts'

/** Hours on a page where nobody says otherwise. */
export const FAILED_ON_PAGE = 100

/** An hour that a backfill could not roll. */
export interface FailedHourJson {
  hour: string
  /** Why, without data. */
  error: string
  /** Since when it fails. */
  failed_at: string
  /** When the dirty log tries it again; null once it has been rolled. */
  next_try_at: string | null
  rolled: boolean
}

type Of = Pick<Backfill, 'accountId' | 'id'>

/** A page of the hours that a backfill could not roll, the newest hour first, with what became of each since. */
export function failedHours(
  db: Queryable,
  backfill: Of,
  { page, perPage } = { page: 1, perPage: FAILED_ON_PAGE },
): Promise<FailedHourJson[]> {
  return read(db, 'order by hour desc limit $3 offset $4', [backfill.accountId, backfill.id, perPage, (page - 1) * perPage])
}

/** How many hours a backfill could not roll, those included that have been rolled since. */
export async function failedHoursCount(db: Queryable, { accountId, id }: Of): Promise<number> {
  const text = 'select count(*)::int as total from tidemark.backfill_errors where account_id = $1 and backfill_id = $2'
  return (await one<{ total: number }>(db, text, [accountId, id])).total
}

/** The hours that fail still and failed last, the latest first: at most so many. */
export function latestFailures(db: Queryable, { accountId, id }: Of, count: number): Promise<FailedHourJson[]> {
  return read(db, 'where waits order by "failedAt" desc, hour desc limit $3', [accountId, id, count])
}

async function read(db: Queryable, which: string, values: readonly number[]): Promise<FailedHourJson[]> {
  const rows = await many<{ hour: Instant; error: string; failedAt: Instant; nextTry: Instant | null; waits: boolean }>(
    db,
    `select * from (
       select extract(epoch from e.hour)::float8 as hour, coalesce(d.error, e.error) as error, d.waits,
         extract(epoch from e.failed_at)::float8 as "failedAt", extract(epoch from d.next_try)::float8 as "nextTry"
       from tidemark.backfill_errors e
       cross join lateral (
         select min(retry_at) as next_try, max(error) as error, count(*) > 0 as waits from tidemark.dirty_hours d
         where d.account_id = e.account_id and d.hour >= e.hour and d.hour < e.hour + interval '1 hour' and d.failures > 0) as d
       where e.account_id = $1 and e.backfill_id = $2
     ) as failed ${which}`,
    [...values],
  )
  return rows.map(({ hour, error, failedAt, nextTry, waits }) => ({
    hour: isoOf(hour),
    error,
    failed_at: isoOf(failedAt),
    next_try_at: nextTry === null ? null : isoOf(nextTry),
    rolled: !waits,
  }))
}
