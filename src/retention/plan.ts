import type { Instant } from '../clock.ts'
import { EVERYTHING_KEPT, keptThings, retentionOf, type Kept as KeptThing } from '../accounts/settings.ts'
import { maybeOne, one, transaction, type Client, type Pool } from '../db.ts'
import { notFound } from '../errors.ts'
import { boundaryOf, isGrain, type Grain, type Hold } from './boundary.ts'
import { oldFiles } from './old-files.ts'
import { oldLogRows } from './old-logs.ts'
import { oldSnapshots } from './old-slots.ts'
import { cutOf } from './purge.ts'
import { count, finishedBefore, oldRawRows, type RowCounts } from './raw-rows.ts'
import { oldRolledRows } from './rolled-rows.ts'

/** What a purge would do to one thing that an account keeps. */
export interface PlannedPurge {
  thing: KeptThing
  /** Whole local days before today that it is kept; null: for ever. */
  days: number | null
  /** From when on it is kept now; null: nothing of it was purged, or it has no boundary. */
  since: Instant | null
  /** What is older goes; null: nothing does. */
  until: Instant | null
  /** Why not all that is old enough goes, and from where on. */
  hold: { reason: Hold; at: Instant } | null
  /** How many rows (or files) would go, by table; of logs and snapshots those of the first step. */
  rows: RowCounts
}

/**
 * What a purge of an account would do at this moment, and what keeps it back. Writes nothing.
 * @throws Refusal (404) when there is no such account
 */
export function planPurge(pool: Pool, accountId: number, now: Instant, outbox?: string): Promise<PlannedPurge[]> {
  return transaction(
    pool,
    async (tx) => {
      const account = await maybeOne(tx, 'select id from accounts where id = $1', [accountId])
      if (!account) throw notFound(`There is no account ${accountId} here.`)
      const retention = { ...EVERYTHING_KEPT, ...(await retentionOf(tx, accountId)) }
      const planned: PlannedPurge[] = []
      for (const thing of keptThings) planned.push(await plannedOf(tx, accountId, { thing, days: retention[thing], now, outbox }))
      return planned
    },
    'repeatable read read only',
  )
}

interface Asked {
  thing: KeptThing
  days: number | null
  now: Instant
  outbox: string | undefined
}

async function plannedOf(tx: Client, accountId: number, { thing, days, now, outbox }: Asked): Promise<PlannedPurge> {
  const nothing: PlannedPurge = { thing, days, since: await sinceOf(tx, accountId, thing), until: null, hold: null, rows: {} }
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

async function sinceOf(tx: Client, accountId: number, thing: KeptThing): Promise<Instant | null> {
  if (!isGrain(thing)) return null
  const { at } = await one<{ at: Instant | null }>(
    tx,
    `select (select extract(epoch from ${thing}_since)::float8 from tidemark.accounts where account_id = $1) as at`,
    [accountId],
  )
  return at
}
