import { randomUUID } from 'node:crypto'
import type { Instant } from '../clock.ts'
import { many, run, sql, transaction, type Pool } from '../db.ts'
import { errorReporter, reasonOf } from '../failure.ts'
import { reading } from '../reports/reading.ts'
import { zoneNamed } from '../time/zones.ts'
import { messageIdOf } from './address.ts'
import { readiness } from './completeness.ts'
import type { Digest } from './digest.ts'
import { LATEST } from './plan.ts'
import { weekFrom, type Period } from './slot.ts'
import { storeSnapshot } from './stored-snapshot.ts'
import { takeSnapshot } from './take-snapshot.ts'

const dueSlots = sql(import.meta.url, './due-slots.sql')
const AT_ONCE = 100

/** A slot to be composed, with what its digest holds. */
interface DueSlot extends Pick<
  Digest,
  'id' | 'accountId' | 'name' | 'firstWeekday' | 'businessHours' | 'recipients' | 'formats'
> {
  firstDate: string
  zone: string
  state: 'planned' | 'waiting_for_data'
  failures: number
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
  const zone = await zoneNamed(pool, slot.zone)
  const period = weekFrom(zone, slot.firstDate)
  const completeThrough = await rolledThrough(pool, slot.accountId, period, now)
  if (readiness({ completeThrough, periodEnd: period.until, plannedAt: slot.plannedAt }, now) === 'wait') {
    await setState(pool, slot, 'waiting_for_data', 'rollups are behind the end of the week')
    return 'waiting'
  }
  const snapshot = await takeSnapshot(pool, slot, zone, period, now)
  await transaction(pool, async (tx) => {
    const stored = await storeSnapshot(tx, snapshot, slot.formats)
    const ids = slot.recipients.map(() => randomUUID())
    await run(
      tx,
      `insert into tidemark.deliveries (account_id, id, digest_id, snapshot_id, recipient, message_id, next_attempt_at, created_at)
       select $1, id, $2, $3, recipient, message_id, to_timestamp($7), to_timestamp($7)
       from unnest($4::uuid[], $5::text[], $6::text[]) as t (id, recipient, message_id) where $8 on conflict do nothing`,
      [slot.accountId, slot.id, stored.id, ids, slot.recipients, ids.map((id) => messageIdOf(id)), now, stored.new],
    )
    await setState(tx, slot, 'composed', null)
  })
  return 'composed'
}

/** How far the account is rolled, as the reports see it: the cheapest question tells. */
function rolledThrough(pool: Pool, accountId: number, { until }: Period, now: Instant): Promise<Instant | undefined> {
  const last = { since: until - 3600, until, metrics: ['conversations_count'] as const }
  return reading(pool, accountId, (read) => read.totals({ dimension: 'account', ...last }).then(() => read.completeThrough), now)
}

async function setState(db: Pick<Pool, 'query'>, slot: DueSlot, state: string, note: string | null): Promise<void> {
  await run(
    db,
    `update tidemark.digest_slots set state = $4, note = $5, retry_at = null
     where account_id = $1 and digest_id = $2 and period_start = $3::date and state in ('planned', 'waiting_for_data')`,
    [slot.accountId, slot.id, slot.firstDate, state, note],
  )
}

/** Tried again after 1, 2, 4… minutes, at most an hour; given up when the slot is too old to be sent. */
async function noteFailure(pool: Pool, slot: DueSlot, error: Error, now: Instant): Promise<void> {
  const tooLate = now > Math.max(slot.due, slot.plannedAt) + LATEST
  await run(
    pool,
    `update tidemark.digest_slots set failures = failures + 1, note = $4, retry_at = to_timestamp($5),
       state = case when $6 then 'missed' else state end
     where account_id = $1 and digest_id = $2 and period_start = $3::date and state in ('planned', 'waiting_for_data')`,
    [
      slot.accountId,
      slot.id,
      slot.firstDate,
      reasonOf(error.message).slice(0, 500),
      now + Math.min(3600, 60 * 2 ** slot.failures),
      tooLate,
    ],
  )
}
