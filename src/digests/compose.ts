import { randomUUID } from 'node:crypto'
import type { Instant } from '../clock.ts'
import { many, run, sql, transaction, type Pool, type Queryable } from '../db.ts'
import { errorReporter, reasonOf } from '../failure.ts'
import { reading } from '../reports/reading.ts'
import { zoneNamed } from '../time/zones.ts'
import { messageIdOf } from './address.ts'
import { audienceOf, type Addressee } from './audience.ts'
import { readiness } from './completeness.ts'
import { findDigest } from './digest.ts'
import { judgePeriod } from './periods.ts'
import { LATEST } from './plan.ts'
import { periodBetween, type Period } from './window.ts'
import { storeSnapshot } from './stored-snapshot.ts'
import { takeSnapshot } from './take-snapshot.ts'

const dueSlots = sql(import.meta.url, './due-slots.sql')
const queueSql = sql(import.meta.url, './queue-deliveries.sql')
const AT_ONCE = 100

/** A slot to be composed. */
interface DueSlot {
  id: number
  accountId: number
  digestId: number
  firstDate: string
  lastDate: string
  zone: string
  state: 'planned' | 'waiting_for_data'
  failures: number
  editions: number
  due: Instant
  plannedAt: Instant
}

export type Composed = 'composed' | 'waiting' | 'failed'

/** One digest only, instead of all that are due. */
export interface OneDigest {
  accountId: number
  digestId: number
}

/**
 * Takes the snapshot of every slot whose week is rolled and queues a delivery per recipient, in one transaction per slot. A
 * slot whose week is not rolled yet waits; one that fails is tried again later and does not hold up the others. Composing
 * twice, also at once, stores one snapshot and one set of deliveries.
 */
export async function composeDueDigests(pool: Pool, now: Instant, only?: OneDigest): Promise<Record<Composed, number>> {
  const counts: Record<Composed, number> = { composed: 0, waiting: 0, failed: 0 }
  const report = errorReporter('a digest cannot be composed')
  const values = [now, AT_ONCE, only?.accountId ?? null, only?.digestId ?? null]
  for (const slot of await many<DueSlot & Record<string, unknown>>(pool, dueSlots, values)) {
    try {
      counts[await composeSlot(pool, slot, now)] += 1
    } catch (error) {
      counts.failed += 1
      report(error as Error)
      await noteFailure(pool, slot, error as Error, now)
    }
  }
  return counts
}

async function composeSlot(pool: Pool, slot: DueSlot, now: Instant): Promise<Composed> {
  const digest = await findDigest(pool, slot.accountId, slot.digestId)
  const zone = await zoneNamed(pool, slot.zone)
  const period = periodBetween(zone, slot.firstDate, slot.lastDate)
  const completeThrough = await rolledThrough(pool, slot.accountId, period, now)
  if (readiness({ completeThrough, periodEnd: period.until, plannedAt: slot.plannedAt }, now) === 'wait') {
    await setState(pool, slot, 'waiting_for_data', 'rollups are behind the end of the period')
    return 'waiting'
  }
  const snapshot = await takeSnapshot(pool, digest, zone, period, now)
  await transaction(pool, async (tx) => {
    const edition = slot.editions + 1
    const stored = await storeSnapshot(tx, snapshot, { slotId: slot.id, edition, lens: '' }, digest.formats)
    const { addressees } = await audienceOf(tx, slot.accountId, slot.digestId)
    if (stored.new) await queueDeliveries(tx, { slot, edition, snapshotId: stored.id }, addressees, now)
    await setState(tx, slot, 'composed', null)
    await run(tx, 'update tidemark.digest_slots set editions = $3 where account_id = $1 and id = $2', [
      slot.accountId,
      slot.id,
      edition,
    ])
  })
  return 'composed'
}

interface Composition {
  slot: DueSlot
  edition: number
  snapshotId: number
}

/** One delivery for each addressee, due at once. */
async function queueDeliveries(
  tx: Queryable,
  { slot, edition, snapshotId }: Composition,
  addressees: readonly Addressee[],
  now: Instant,
): Promise<void> {
  const ids = addressees.map(() => randomUUID())
  const place = [slot.accountId, slot.digestId, slot.id, edition, snapshotId]
  const people = [addressees.map(({ address }) => address), addressees.map(({ userId }) => userId)]
  await run(tx, queueSql, [...place, ids, ...people, ids.map((id) => messageIdOf(id)), now])
}

/** How far the account is rolled, as the reports see it: the cheapest question tells. */
function rolledThrough(pool: Pool, accountId: number, { until }: Period, now: Instant): Promise<Instant | undefined> {
  const last = { since: until - 3600, until, metrics: ['conversations_count'] as const }
  return reading(pool, accountId, (read) => read.totals({ dimension: 'account', ...last }).then(() => read.completeThrough), now)
}

async function setState(db: Pick<Pool, 'query'>, slot: DueSlot, state: string, note: string | null): Promise<void> {
  await run(
    db,
    `update tidemark.digest_slots set state = $3, note = $4, retry_at = null
     where account_id = $1 and id = $2 and state in ('planned', 'waiting_for_data')`,
    [slot.accountId, slot.id, state, note],
  )
}

/** Tried again after 1, 2, 4… minutes, at most an hour; given up when the slot is too old to be sent. */
async function noteFailure(pool: Pool, slot: DueSlot, error: Error, now: Instant): Promise<void> {
  const tooLate = now > Math.max(slot.due, slot.plannedAt) + LATEST
  const reason = reasonOf(error.message).slice(0, 500)
  const values = [slot.accountId, slot.id, reason, now + Math.min(3600, 60 * 2 ** slot.failures), tooLate]
  await transaction(pool, async (tx) => {
    await run(
      tx,
      `update tidemark.digest_slots set failures = failures + 1, note = $3, retry_at = to_timestamp($4),
         state = case when $5 then 'missed' else state end
       where account_id = $1 and id = $2 and state in ('planned', 'waiting_for_data')`,
      values,
    )
    if (tooLate) await judgePeriod(tx, slot.accountId, slot.digestId, slot.id, now)
  })
}
