import type { Instant } from '../clock.ts'
import { many, maybeOne, run, type Queryable } from '../db.ts'
import type { Zone } from '../time/zone.ts'
import { zoneNamed } from '../time/zones.ts'

/** A stretch of time, [from, until); the ends may be infinite. */
export interface Span {
  from: Instant
  until: Instant
}

export interface Coverage {
  /** The zone whose clock the account's buckets follow. */
  zone: Zone
  /** The stretches that have been rolled, ascending and apart from each other. */
  covered: Span[]
}

/** How far an account is rolled; undefined when nothing of it is. */
export async function coverageOf(db: Queryable, accountId: number): Promise<Coverage | undefined> {
  const rows = await many<{ zone: string; from: number; until: number }>(
    db,
    `select rolled_zone as zone, extract(epoch from lower(span))::float8 as "from", extract(epoch from upper(span))::float8 as until
     from tidemark.accounts, unnest(covered) as span
     where account_id = $1 and rolled_zone is not null order by span`,
    [accountId],
  )
  const [first] = rows
  return first && { zone: await zoneNamed(db, first.zone), covered: rows.map(({ from, until }) => ({ from, until })) }
}

/** Records that a stretch has been rolled. */
export async function addCovered(tx: Queryable, accountId: number, { from, until }: Span): Promise<void> {
  await run(
    tx,
    `update tidemark.accounts set covered = covered + tstzmultirange(tstzrange(to_timestamp($2), to_timestamp($3)))
     where account_id = $1`,
    [accountId, from, until],
  )
}

/**
 * Makes sure that the account has its row and a zone for its buckets, and returns that zone's name. An account without a
 * row appeared after the triggers did, so that all of its history is in the dirty log: it counts as covered.
 */
export async function ensureAccount(tx: Queryable, accountId: number, zoneName: string): Promise<string> {
  const row = await maybeOne<{ zone: string }>(
    tx,
    `insert into tidemark.accounts as a (account_id, rolled_zone, covered)
     values ($1, $2, '{[-infinity, infinity)}')
     on conflict (account_id) do update set rolled_zone = coalesce(a.rolled_zone, excluded.rolled_zone)
     returning rolled_zone as zone`,
    [accountId, zoneName],
  )
  return row?.zone ?? zoneName
}

/**
 * Takes the account's roll lock until the transaction ends: one roll at a time, so that no recompute that read earlier
 * can commit later. Whoever rolls takes it before reading anything.
 */
export async function lockRolls(tx: Queryable, accountId: number): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtext('tidemark roll'), $1::int)`, [accountId])
}
