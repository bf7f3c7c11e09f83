import type { Instant } from '../clock.ts'
import { many, one, sql, transaction, type Client, type Pool } from '../db.ts'
import { completeThrough } from './completeness.ts'
import { coverageOf, type Span } from './coverage.ts'
import { bucketsTouched, dirtyQuarters } from './dirty.ts'

const backlog = sql(import.meta.url, './backlog.sql')
const COUNTED = 100_000

/** How fresh an account's rollups are. Ages and lag in seconds; null where there is nothing to be old. */
export interface RollupStatus {
  accountId: number
  /** The zone whose clock the buckets follow; null before anything is rolled. */
  zone: string | null
  /** The stretches that are rolled. */
  covered: Span[]
  /** The instant up to which rolled rows are complete and current; null: nothing is rolled. */
  completeThrough: Instant | null
  /** How far that is behind now. */
  lag: number | null
  dirtyQuarters: number
  dirtyScopes: number
  oldestAge: number | null
  failedQuarters: number
}

/** The status of one account, or of every account that Tidemark knows. */
export async function rollupStatus(pool: Pool, now: Instant, accountId: number | null = null): Promise<RollupStatus[]> {
  const accounts = await many<{ id: number }>(
    pool,
    `select account_id as id from tidemark.accounts where $1::bigint is null or account_id = $1 order by 1`,
    [accountId],
  )
  const statuses: RollupStatus[] = []
  for (const { id } of accounts) {
    statuses.push(await transaction(pool, (tx) => accountStatus(tx, id, now), 'repeatable read read only'))
  }
  return statuses
}

async function accountStatus(tx: Client, accountId: number, now: Instant): Promise<RollupStatus> {
  const counts = await one<
    Pick<RollupStatus, 'dirtyQuarters' | 'dirtyScopes' | 'oldestAge' | 'failedQuarters'> & Record<string, unknown>
  >(tx, backlog, [accountId, COUNTED])
  const coverage = await coverageOf(tx, accountId)
  if (!coverage) return { accountId, zone: null, covered: [], completeThrough: null, lag: null, ...counts }
  const { zone, covered } = coverage
  const dirty = await dirtyQuarters(tx, accountId, covered[0]?.from ?? 0)
  const stale =
    dirty === 'everything'
      ? covered
      : bucketsTouched(
          zone,
          dirty.map((mark) => mark.quarter),
        )
  const through = completeThrough(covered, stale, now) ?? null
  return {
    accountId,
    zone: zone.name,
    covered,
    completeThrough: through,
    lag: through === null ? null : now - through,
    ...counts,
  }
}
