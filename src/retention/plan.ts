import type { Instant } from '../clock.ts'
import { requireAccount } from '../accounts/account.ts'
import { keptThings, retentionOf, type Kept as KeptThing } from '../accounts/settings.ts'
import { maybeOne, transaction, type Client, type Pool, type Queryable } from '../db.ts'
import { boundaryOf, isGrain, type Grain, type Hold } from './boundary.ts'
import { oldFiles } from './old-files.ts'
import { oldLogRows } from './old-logs.ts'
import { oldSnapshots } from './old-slots.ts'
import { cutOf } from './purge.ts'
import { count, finishedBefore, oldRawRows, type RowCounts } from './raw-rows.ts'
import { oldRolledRows } from './rolled-rows.ts'

/** For how long an account keeps a thing. */
export interface Keeping {
  thing: KeptThing
  /** Whole local days before today that it is kept; null: for ever. */
  days: number | null
  /** From when on it is kept now; null: nothing of it was purged, or it has no boundary. */
  since: Instant | null
}

/** What a purge would do to one thing that an account keeps. */
export interface PlannedPurge extends Keeping {
  /** What is older goes; null: nothing does. */
  until: Instant | null
  /** Why not all that is old enough goes, and from where on. */
  hold: { reason: Hold; at: Instant } | null
  /** How many rows (or files) would go, by table; of logs and snapshots those of the first step. */
  rows: RowCounts
}

/** For how long an account keeps what, and since when it is there. @throws Refusal (404) when there is no such account */
export async function keepingsOf(db: Queryable, accountId: number): Promise<Keeping[]> {
  await requireAccount(db, accountId)
  const retention = await retentionOf(db, accountId)
  const since = await maybeOne<Record<Grain, Instant | null>>(
    db,
    `select extract(epoch from raw_since)::float8 as raw, extract(epoch from hourly_since)::float8 as hourly,
       extract(epoch from daily_since)::float8 as daily
     from tidemark.accounts where account_id = $1`,
    [accountId],
  )
  return keptThings.map((thing) => ({
    thing,
    days: retention[thing],
    since: isGrain(thing) ? (since?.[thing] ?? null) : null,
  }))
}

/**
 * What a purge of an account would do at this moment, and what keeps it back. Writes nothing.
 * @throws Refusal (404) when there is no such account
 */
export function planPurge(pool: Pool, accountId: number, now: Instant, outbox?: string): Promise<PlannedPurge[]> {
  return transaction(
    pool,
    async (tx) => {
      const planned: PlannedPurge[] = []
      for (const keeping of await keepingsOf(tx, accountId))
        planned.push(await plannedOf(tx, accountId, keeping, { now, outbox }))
      return planned
    },
    'repeatable read read only',
  )
}

interface Asked {
  now: Instant
  outbox: string | undefined
}

async function plannedOf(tx: Client, accountId: number, keeping: Keeping, { now, outbox }: Asked): Promise<PlannedPurge> {
  const { thing, days } = keeping
  const nothing: PlannedPurge = { ...keeping, until: null, hold: null, rows: {} }
  if (days === null) return nothing
  if (!isGrain(thing)) {
    const until = await cutOf(tx, accountId, days, now)
    return { ...nothing, until, rows: await thingRows(tx, accountId, thing, { until, now, outbox }) }
  }
  const boundary = await boundaryOf(tx, accountId, thing, days, now)
  if (!boundary) return nothing
  const { from, until, hold } = boundary
  if (until <= from) return { ...nothing, hold }
  return { ...nothing, until, hold, rows: await grainRows(tx, accountId, thing, until) }
}

async function grainRows(tx: Client, accountId: number, grain: Grain, until: Instant): Promise<RowCounts> {
  if (grain !== 'raw') return count(tx, oldRolledRows(accountId, grain, until))
  return count(tx, oldRawRows(accountId, until, await finishedBefore(tx, accountId, until)))
}

async function thingRows(
  tx: Client,
  accountId: number,
  thing: Exclude<KeptThing, Grain>,
  { until, now, outbox }: { until: Instant; now: Instant; outbox: string | undefined },
): Promise<RowCounts> {
  if (thing === 'snapshots') return count(tx, await oldSnapshots(tx, accountId, until, now))
  if (thing === 'files') return { files: outbox === undefined ? 0 : (await oldFiles(tx, accountId, until, outbox)).length }
  return count(tx, oldLogRows(accountId, until))
}
