import { now as clockNow, type Instant } from '../clock.ts'
import { accountZone } from '../accounts/zone.ts'
import { isSqlState, many, maybeOne, one, run, SQLSTATE, transaction, type Pool, type Queryable } from '../db.ts'
import { conflict, invalid, notFound } from '../errors.ts'
import { unitStart } from '../time/calendar.ts'
import { rulesOf } from '../time/zone.ts'
import { lockRolls } from './coverage.ts'
import { bucketTables } from './statements.ts'

export interface BackfillRequest {
  accountId: number
  /** From when on; -Infinity for all there is. */
  since: Instant
  /** Until when; Infinity for all there is and will be. */
  until: Instant
  /** Why, for those who read the log later: 1 to 500 characters. */
  reason: string
}

export type BackfillState = 'queued' | 'running' | 'completed' | 'failed' | 'cancelled'

/** A backfill as it stands. `hoursTotal` is 0 until it has started. */
export interface Backfill {
  id: number
  accountId: number
  since: Instant
  until: Instant
  reason: string
  state: BackfillState
  hoursDone: number
  hoursTotal: number
  error: string | null
}

const columns = `id, account_id as "accountId", extract(epoch from since)::float8 as since, extract(epoch from until)::float8 as until,
  reason, state, hours_done as "hoursDone", coalesce(extract(epoch from end_at - start_at) / 3600, 0)::int as "hoursTotal", error`

/**
 * Asks for a stretch of an account's history to be rolled. The same request again, while the first is under way, is that
 * one, so that a command that was killed goes on when it is given again.
 * @throws Refusal 404 without such an account, 409 while another backfill of the account is under way, 422 for a wrong range
 */
export async function requestBackfill(pool: Pool, { accountId, since, until, reason }: BackfillRequest): Promise<Backfill> {
  if (!(since < until)) throw invalid('The range is empty: --since must be before --until.')
  if (reason.trim() === '' || reason.length > 500) throw invalid('Give a reason of 1 to 500 characters (--reason).')
  const account = await maybeOne(pool, 'select id from accounts where id = $1', [accountId])
  if (!account) throw notFound(`There is no account ${accountId}.`)
  try {
    return await one<Backfill & Record<string, unknown>>(
      pool,
      `insert into tidemark.backfills (account_id, since, until, reason)
       values ($1, to_timestamp($2), to_timestamp($3), $4) returning ${columns}`,
      [accountId, since, until, reason.trim()],
    )
  } catch (error) {
    if (!isSqlState(error, SQLSTATE.uniqueViolation)) throw error
    return sameUnderWay(pool, accountId, since, until)
  }
}

async function sameUnderWay(pool: Pool, accountId: number, since: Instant, until: Instant): Promise<Backfill> {
  const [active] = await activeBackfills(pool, accountId)
  if (active?.since === since && active.until === until) return active
  throw conflict(
    active
      ? `Backfill ${active.id} of account ${accountId} is under way (${active.hoursDone} of ${active.hoursTotal} hours). Wait for it.`
      : `Another backfill of account ${accountId} has just ended. Try again.`,
  )
}

/** Backfills that are queued or running, of one account or of all (at most 1000). */
export function activeBackfills(db: Queryable, accountId: number | null = null): Promise<Backfill[]> {
  return many<Backfill & Record<string, unknown>>(
    db,
    `select ${columns} from tidemark.backfills
     where state in ('queued', 'running') and ($1::bigint is null or account_id = $1) order by id limit 1000`,
    [accountId],
  )
}

/**
 * Backfills that nobody works on: never begun, or whose runner is gone.
 * @param idleSeconds longer than a chunk ever takes
 */
export async function abandonedBackfills(db: Queryable, idleSeconds: number): Promise<{ id: number; accountId: number }[]> {
  return many(
    db,
    `select id, account_id as "accountId" from tidemark.backfills
     where state = 'queued' or (state = 'running' and progressed_at < now() - make_interval(secs => $1))
     order by id limit 1000`,
    [idleSeconds],
  )
}

/** A backfill as it stands. @throws Refusal (404) when the account has none of this id. */
export async function backfill(db: Queryable, accountId: number, id: number): Promise<Backfill> {
  const found = await maybeOne<Backfill & Record<string, unknown>>(
    db,
    `select ${columns} from tidemark.backfills where account_id = $1 and id = $2`,
    [accountId, id],
  )
  if (!found) throw notFound(`There is no backfill ${id} of account ${accountId}.`)
  return found
}

/** The accounts of which something is rolled. */
export async function rolledAccounts(db: Queryable): Promise<number[]> {
  const rows = await many<{ id: number }>(
    db,
    'select account_id as id from tidemark.accounts where rolled_zone is not null order by 1',
  )
  return rows.map((row) => row.id)
}

const moved = 'account_id = $1 and rolled_zone is not null and (rolled_zone, rolled_rules) <> ($2, $3)'

/**
 * Rolls an account anew in the zone that its settings name now, if its buckets follow another, or other rules of it. Until the
 * backfill that this asks for is through, reports read raw rows. Returns whether there was anything to do.
 */
export async function followZone(pool: Pool, accountId: number): Promise<boolean> {
  const wanted = await accountZone(pool, accountId)
  const values = [accountId, wanted.name, rulesOf(wanted)]
  // Looked at before the lock is taken: mostly there is nothing to do, and the lock may be held for seconds.
  if (!(await maybeOne(pool, `select 1 as moved from tidemark.accounts where ${moved}`, values))) return false
  return transaction(pool, async (tx) => {
    await lockRolls(tx, accountId)
    const changed = await run(
      tx,
      `update tidemark.accounts set rolled_zone = $2, rolled_rules = $3, covered = '{}', outdated = '{}',
         merged_through = to_timestamp($4)
       where ${moved}`,
      [...values, unitStart(wanted, clockNow(), 'day')],
    )
    if (changed === 0) return false
    for (const table of [...bucketTables, 'verified_days']) {
      await run(tx, `delete from tidemark.${table} where account_id = $1`, [accountId])
    }
    await run(
      tx,
      `update tidemark.backfills set state = 'cancelled', finished_at = now(), error = 'The time zone of the account or its rules changed.'
       where account_id = $1 and state in ('queued', 'running')`,
      [accountId],
    )
    await run(tx, `insert into tidemark.backfills (account_id, since, until, reason) values ($1, '-infinity', 'infinity', $2)`, [
      accountId,
      `The time zone of the account is ${wanted.name} now.`,
    ])
    return true
  })
}
