import type { Instant } from '../clock.ts'
import { many, one, run, type Pool } from '../db.ts'
import { zoneNamed } from '../time/zones.ts'
import { composeDueDigests } from './compose.ts'
import { deliverQueued, type Deliveries, type DeliverOptions } from './deliver.ts'
import type { Digest } from './digest.ts'
import type { SlotState } from './history.ts'
import { planSlot } from './plan.ts'
import { dueSlot } from './schedule.ts'

/** What running a digest came to. */
export interface RunResult {
  /** The first and the last date of the reported period. */
  firstDate: string
  lastDate: string
  state: SlotState
  /** Why it waits or failed. */
  note: string | null
  /** What this run sent; all 0 when the week had been delivered before. */
  sent: Deliveries
  /** All deliveries of the week, by state. */
  deliveries: Record<string, number>
}

/**
 * Composes and delivers the week that is due now, also when its slot has passed long ago or the digest is paused: somebody
 * asked for it. Run again it does nothing, because the week's rows are there.
 */
export async function runDigest(pool: Pool, digest: Digest, now: Instant, options: DeliverOptions = {}): Promise<RunResult> {
  const { accountId, id: digestId } = digest
  const only = { accountId, digestId }
  const slot = dueSlot(digest, await zoneNamed(pool, digest.zone), now)
  const { firstDate, lastDate } = slot.period
  const key = [accountId, digestId, firstDate, lastDate]
  await planSlot(pool, digest, slot, now)
  await run(
    pool,
    `update tidemark.digest_slots set state = 'planned', planned_at = to_timestamp($5), note = null, failures = 0
     where account_id = $1 and digest_id = $2 and period_start = $3 and period_end = $4 and state = 'missed' and editions = 0`,
    [...key, now],
  )
  await composeDueDigests(pool, now, only)
  const sent = await deliverQueued(pool, now, { ...options, only })
  const { id, state, note } = await one<Pick<RunResult, 'state' | 'note'> & { id: number }>(
    pool,
    `select id, state, note from tidemark.digest_slots
     where account_id = $1 and digest_id = $2 and period_start = $3 and period_end = $4`,
    key,
  )
  return { firstDate, lastDate, state, note, sent, deliveries: await deliveriesOf(pool, accountId, id) }
}

/** The deliveries of one slot, counted by state. */
export async function deliveriesOf(pool: Pool, accountId: number, slotId: number): Promise<Record<string, number>> {
  const rows = await many<{ state: string; n: number }>(
    pool,
    'select state, count(*) as n from tidemark.deliveries where account_id = $1 and slot_id = $2 group by state',
    [accountId, slotId],
  )
  return Object.fromEntries(rows.map(({ state, n }) => [state, n]))
}
