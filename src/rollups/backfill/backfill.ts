import { now as clockNow } from '../../clock.ts'
import { accountZone } from '../../accounts/zone.ts'
import { SYSTEM } from '../../audit/actor.ts'
import { recordAct } from '../../audit/record.ts'
import { many, maybeOne, one, run, sql, transaction, type Client, type Pool, type Queryable } from '../../db.ts'
import { notFound } from '../../errors.ts'
import { unitStart } from '../../time/calendar.ts'
import { rulesOf, rulesUntil } from '../../time/zone.ts'
import { optionsJson, rangeJson } from './backfill-json.ts'
import { readBackfills, underWay, type Backfill, type BackfillState } from './backfill-row.ts'
import { coverageOf, lockRolls } from '../coverage.ts'
import { startBackfill, type BackfillRequest } from './start-backfill.ts'
import { waitingForTurn } from './turns.ts'
import { bucketTables } from '../rolling/statements.ts'

const followZoneSql = sql(import.meta.url, './follow-zone.sql')

/** Asks for a stretch of history to be rolled without anybody having asked for it: `startBackfill` has the rules. */
export async function requestBackfill(pool: Pool, request: BackfillRequest): Promise<Backfill> {
  return (await startBackfill(pool, request, { actor: SYSTEM, at: clockNow() })).backfill
}

/** Backfills that are under way, of one account or of all (at most 1000), the first asked for first. */
export async function activeBackfills(db: Queryable, accountId: number | null = null): Promise<Backfill[]> {
  return (await readBackfills(db, { accounts: accountId === null ? null : [accountId], states: underWay }, 1000)).toReversed()
}

/** A page of the backfills of some accounts, the newest first, and how many there are. */
export async function backfillsOf(
  db: Queryable,
  accounts: readonly number[],
  { page, perPage, states }: { page: number; perPage: number; states?: readonly BackfillState[] },
): Promise<{ backfills: Backfill[]; total: number }> {
  const { total } = await one<{ total: number }>(
    db,
    `select count(*)::int as total from tidemark.backfills
     where account_id = any ($1::bigint[]) and ($2::text[] is null or state = any ($2))`,
    [accounts, states ?? null],
  )
  const backfills = await readBackfills(db, { accounts, ...(states && { states }) }, perPage, (page - 1) * perPage)
  return { backfills, total }
}

/**
 * Backfills that nobody works on though they may go on: never begun, rested enough, or whose runner is gone.
 * @param idleSeconds longer than a chunk ever takes
 */
export async function abandonedBackfills(db: Queryable, idleSeconds: number): Promise<{ id: number; accountId: number }[]> {
  return many(
    db,
    `select id, account_id as "accountId" from tidemark.backfills
     where state in ('queued', 'running') and coalesce(paced_until, '-infinity') <= now()
       and (state = 'queued' or progressed_at is null or progressed_at < now() - make_interval(secs => $1) or paced_until > progressed_at)
       and id <> all ($2::bigint[])
     order by id limit 1000`,
    [idleSeconds, await waitingForTurn(db)],
  )
}

/** A backfill as it stands. @throws Refusal (404) when the account has none of this id. */
export function backfill(db: Queryable, accountId: number, id: number): Promise<Backfill> {
  return backfillAmong(db, [accountId], id)
}

/** The same among several accounts. */
export async function backfillAmong(db: Queryable, accounts: readonly number[], id: number): Promise<Backfill> {
  const [found] = await readBackfills(db, { accounts, id })
  if (!found) throw notFound(`There is no backfill ${id}${accounts.length === 1 ? ` of account ${accounts[0]}` : ''}.`)
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

/** The zone that an account's buckets are to follow, and from when on they can be rolled again. */
async function followed(db: Queryable, accountId: number) {
  const coverage = await coverageOf(db, accountId)
  const raw = coverage?.kept.raw ?? -Infinity
  const wanted = coverage && raw > -Infinity ? coverage.zone : await accountZone(db, accountId)
  return { wanted, raw, values: [accountId, wanted.name, rulesOf(wanted)] as unknown[] }
}

const moved = 'account_id = $1 and rolled_zone is not null and (rolled_zone, rolled_rules) <> ($2, $3)'

/**
 * Rolls an account anew in the zone that its settings name now, if its buckets follow another, or other rules of it. Until the
 * backfill that this asks for is through, reports read raw rows. Returns whether there was anything to do.
 *
 * Where raw rows were purged nothing can be rolled in another zone: the buckets keep following the one they were rolled in, and
 * whoever asks for another gets what their hours tell. Other rules of that same zone are followed from there on.
 */
export async function followZone(pool: Pool, accountId: number): Promise<boolean> {
  const { values } = await followed(pool, accountId)
  // Looked at before the lock is taken: mostly there is nothing to do, and the lock may be held for seconds.
  if (!(await maybeOne(pool, `select 1 as moved from tidemark.accounts where ${moved}`, values))) return false
  return transaction(pool, async (tx) => {
    await lockRolls(tx, accountId)
    const { wanted, raw, values } = await followed(tx, accountId)
    const changed = await run(tx, followZoneSql, [...values, unitStart(wanted, clockNow(), 'day'), raw, rulesUntil(wanted, raw)])
    if (changed === 0) return false
    for (const table of bucketTables) {
      await run(tx, `delete from tidemark.${table} where account_id = $1 and bucket >= to_timestamp($2::float8)`, [
        accountId,
        raw,
      ])
    }
    await run(tx, 'delete from tidemark.verified_days where account_id = $1', [accountId])
    await replaceBackfill(tx, accountId, wanted.name)
    return true
  })
}

/** Calls off what is under way and begins with all there is, as whatever was rolled follows another clock; both are acts of Tidemark. */
async function replaceBackfill(tx: Client, accountId: number, zone: string): Promise<void> {
  const [said, reason] = ['The time zone of the account or its rules changed.', `The time zone of the account is ${zone} now.`]
  const act = { actor: SYSTEM, accountId, at: clockNow() }
  const standing = ({ state, hoursDone, hoursTotal }: Backfill) => ({ state, hours_done: hoursDone, hours_total: hoursTotal })
  const [active] = await readBackfills(tx, { accounts: [accountId], states: underWay })
  const cancelled = await maybeOne<{ id: number }>(
    tx,
    `update tidemark.backfills set state = 'cancelled', finished_at = now(), paused_at = null, error = $2
     where account_id = $1 and state in ('queued', 'running', 'paused') returning id`,
    [accountId, said],
  )
  if (active && cancelled) {
    const [before, after] = [standing(active), { ...standing(active), state: 'cancelled' }]
    await recordAct(tx, { ...act, action: 'backfill.cancel', subjectId: active.id, reason: said, before, after })
  }
  const { id } = await one<{ id: number }>(
    tx,
    `insert into tidemark.backfills (account_id, since, until, reason) values ($1, '-infinity', 'infinity', $2) returning id`,
    [accountId, reason],
  )
  const [started] = await readBackfills(tx, { accounts: [accountId], id })
  const after = started && { ...rangeJson(started), ...optionsJson(started) }
  await recordAct(tx, { ...act, action: 'backfill.start', subjectId: id, reason, after })
}
