import { now as clockNow, stopwatch, type Instant } from '../clock.ts'
import { keptThings, retentionOf, type Kept as KeptThing } from '../accounts/settings.ts'
import { accountZone } from '../accounts/zone.ts'
import { SYSTEM, type Actor } from '../audit/actor.ts'
import { recordAct } from '../audit/record.ts'
import { many, transaction, type Client, type Pool, type Queryable } from '../db.ts'
import { LOCK_MILLISECONDS, patiently } from '../patience.ts'
import { coverageOf, lockRolls } from '../rollups/coverage.ts'
import { unitStart } from '../time/calendar.ts'
import { isoOf } from '../time/local-text.ts'
import { boundaryOf, isGrain, type Grain } from './boundary.ts'
import { oldFiles, removeFiles } from './old-files.ts'
import { oldLogRows } from './old-logs.ts'
import { oldSnapshots } from './old-slots.ts'
import { purgeRaw } from './purge-raw.ts'
import { remove, type RowCounts } from './raw-rows.ts'
import { purgeRolled } from './rolled-rows.ts'

export interface PurgeOptions {
  actor?: Actor
  /** Why, for the audit log: 1 to 500 characters. */
  reason: string
  /** Where mails were written as files; without, files stay. */
  outbox?: string
  signal?: AbortSignal
  now?: Instant
  requestId?: string | null
}

/** A step aims at this long: rolls of the account wait for it, and a kill loses no more. */
const STEP_SECONDS = 1
const STEP_DAYS_MAX = 31

/**
 * Purges what an account does not keep, the oldest first, some days or rows a transaction: rows go, the boundary moves and the
 * act is recorded together. Killed anywhere, the next purge goes on there. Returns how many rows of each table went.
 */
export async function purge(pool: Pool, accountId: number, options: PurgeOptions): Promise<RowCounts> {
  const total: RowCounts = {}
  const retention = await retentionOf(pool, accountId)
  for (const thing of keptThings) {
    if (retention[thing] === null) continue
    let days = 7
    while (!options.signal?.aborted) {
      const elapsed = stopwatch()
      const gone = await patiently(() => transaction(pool, (tx) => step(tx, accountId, thing, days, options)))
      if (!gone) break
      for (const [table, n] of Object.entries(gone)) total[table] = (total[table] ?? 0) + n
      days = Math.min(STEP_DAYS_MAX, Math.max(1, Math.round(days * Math.min(4, Math.max(0.25, STEP_SECONDS / elapsed())))))
    }
  }
  return total
}

/** What a step did: rows and, of what has a boundary, how it moved. */
interface Step {
  before?: unknown
  after: { rows: RowCounts } & Record<string, unknown>
}

/** Purges some of a thing. Undefined when there is nothing more that may go. */
async function step(tx: Client, accountId: number, thing: KeptThing, days: number, options: PurgeOptions) {
  const { actor = SYSTEM, reason, now = clockNow(), requestId = null } = options
  await lockRolls(tx, accountId)
  // Writers of the same rows go first: it gives up before they would be taken for being in each other's way (1 s).
  await tx.query(`set local lock_timeout = ${LOCK_MILLISECONDS}`)
  // Read under the lock: somebody may have settled to keep more meanwhile.
  const keep = (await retentionOf(tx, accountId))[thing]
  if (keep === null) return undefined
  const done = isGrain(thing)
    ? await purgeGrain(tx, accountId, thing, { keep, days, now })
    : await purgeThing(tx, accountId, thing, { until: await cutOf(tx, accountId, keep, now), now }, options.outbox)
  if (!done) return undefined
  await recordAct(tx, { actor, accountId, at: now, action: 'retention.purge', reason, requestId, ...done })
  return done.after.rows
}

/** The start of the local day before which things are older than the days that are kept. */
export async function cutOf(db: Queryable, accountId: number, days: number, now: Instant): Promise<Instant> {
  const zone = (await coverageOf(db, accountId))?.zone ?? (await accountZone(db, accountId))
  return unitStart(zone, now, 'day', -days)
}

async function purgeGrain(
  tx: Client,
  accountId: number,
  grain: Grain,
  { keep, days, now }: { keep: number; days: number; now: Instant },
): Promise<Step | undefined> {
  const boundary = await boundaryOf(tx, accountId, grain, keep, now)
  const coverage = await coverageOf(tx, accountId)
  if (!boundary || !coverage || boundary.until <= boundary.from) return undefined
  const { zone, kept } = coverage
  const [unit, count] = grain === 'daily' ? (['month', 1] as const) : (['day', days] as const)
  let until = Math.min(boundary.until, unitStart(zone, boundary.from, unit, count))
  // Where rows of days are gone, raw rows go by whole months.
  if (grain === 'raw' && kept.daily > until) until = Math.min(boundary.until, unitStart(zone, boundary.from, 'month', 1))
  const rows = grain === 'raw' ? await purgeRaw(tx, accountId, until) : await purgeRolled(tx, accountId, grain, until)
  const before = boundary.since === null ? null : isoOf(boundary.since)
  return { before: { [`${grain}_since`]: before }, after: { [`${grain}_since`]: isoOf(until), rows } }
}

async function purgeThing(
  tx: Client,
  accountId: number,
  thing: Exclude<KeptThing, Grain>,
  { until, now }: { until: Instant; now: Instant },
  outbox: string | undefined,
): Promise<Step | undefined> {
  const rows = await removeThing(tx, accountId, thing, { until, now }, outbox)
  const gone = Object.fromEntries(Object.entries(rows).filter(([, n]) => n > 0))
  return Object.keys(gone).length === 0 ? undefined : { after: { [`${thing}_before`]: isoOf(until), rows: gone } }
}

async function removeThing(
  tx: Client,
  accountId: number,
  thing: Exclude<KeptThing, Grain>,
  { until, now }: { until: Instant; now: Instant },
  outbox: string | undefined,
): Promise<RowCounts> {
  if (thing === 'snapshots') return remove(tx, await oldSnapshots(tx, accountId, until, now))
  if (thing === 'files')
    return { files: outbox === undefined ? 0 : await removeFiles(await oldFiles(tx, accountId, until, outbox), until) }
  // The audit log is only ever added to, but for this.
  await tx.query(`set local tidemark.retention = 'on'`)
  return remove(tx, oldLogRows(accountId, until))
}

/** The accounts that have settled not to keep everything for ever. */
export async function accountsWithRetention(db: Queryable): Promise<number[]> {
  const rows = await many<{ id: number }>(
    db,
    `select account_id as id from tidemark.settings where jsonb_typeof(retention) = 'object' order by 1`,
  )
  return rows.map(({ id }) => id)
}
