import type { Instant } from '../../clock.ts'
import { many, run, sql, type Queryable } from '../../db.ts'
import type { Span } from '../coverage.ts'

const verifiedShares = sql(import.meta.url, './verified-shares.sql')

/** Records days of which every row was found, or made, to be what the raw rows give. */
export async function recordVerified(tx: Queryable, accountId: number, days: readonly Span[], now: Instant): Promise<void> {
  if (days.length === 0) return
  await run(
    tx,
    `insert into tidemark.verified_days (account_id, day, verified_at)
     select $1, to_timestamp(unnest($2::float8[])), to_timestamp($3)
     on conflict (account_id, day) do update set verified_at = excluded.verified_at`,
    [accountId, days.map((day) => day.from), now],
  )
}

/** Takes the verification of some days (their starts) back: something in them was found to differ, and was left as it is. */
export async function forgetVerified(tx: Queryable, accountId: number, days: readonly Instant[]): Promise<void> {
  if (days.length === 0) return
  await run(
    tx,
    'delete from tidemark.verified_days where account_id = $1 and day = any (array(select to_timestamp(unnest($2::float8[]))))',
    [accountId, days],
  )
}

/** When each day of an account was last verified, by its start. */
export async function verifiedDays(db: Queryable, accountId: number): Promise<Map<Instant, Instant>> {
  const rows = await many<{ day: number; at: number }>(
    db,
    `select extract(epoch from day)::float8 as day, extract(epoch from verified_at)::float8 as at
     from tidemark.verified_days where account_id = $1`,
    [accountId],
  )
  return new Map(rows.map(({ day, at }) => [day, at]))
}

/** How much of an account is verified. */
export interface VerifiedShare {
  accountId: number
  /** Days that hold anything and are rolled, as of the last turn of its reconciliation; 0 before the first. */
  days: number
  verifiedDays: number
  /** Share of these days, 0 to 1; null without any. A day that is rolled again is not verified until its turn comes. */
  ratio: number | null
  /** The oldest verification that still holds; null without any. */
  oldestVerifiedAt: Instant | null
  /** When the recent days were last verified. */
  recentAt: Instant | null
  /** Rows that differed from the raw rows, ever. */
  mismatches: number
}

/** How much of some accounts is verified, or of all that are rolled: for pages, the command line and metrics. */
export async function verifiedShareOf(db: Queryable, accountIds: readonly number[] | null = null): Promise<VerifiedShare[]> {
  const rows = await many<Omit<VerifiedShare, 'ratio'> & Record<string, unknown>>(db, verifiedShares, [accountIds])
  return rows.map(({ days, verifiedDays, ...row }) => ({
    ...row,
    days,
    verifiedDays: Math.min(days, verifiedDays),
    ratio: days === 0 ? null : Math.min(days, verifiedDays) / days,
  }))
}
