import type { Instant } from '../clock.ts'
import { many, one, run, type Pool } from '../db.ts'
import { zoneNamed } from '../time/zones.ts'
import { composeDueDigests } from './compose.ts'
import { deliverQueued, type Deliveries, type DeliverOptions } from './deliver.ts'
import type { Digest } from './digest.ts'
import { planSlot } from './plan.ts'
import { latestSlot } from './slot.ts'

/** What running a digest came to. */
export interface RunResult {
  /** The first date of the reported week. */
  firstDate: string
  state: 'planned' | 'waiting_for_data' | 'composed' | 'done' | 'missed'
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
  const slot = latestSlot(digest, await zoneNamed(pool, digest.zone), now)
  const key = [accountId, digestId, slot.period.firstDate]
  await planSlot(pool, digest, slot, now)
  await run(
    pool,
    `update tidemark.digest_slots set state = 'planned', planned_at = to_timestamp($4), note = null, failures = 0
     where account_id = $1 and digest_id = $2 and period_start = $3::date and state = 'missed'
       and not exists (select from tidemark.snapshots where account_id = $1 and digest_id = $2 and period_start = $3::date)`,
    [...key, now],
  )
  await composeDueDigests(pool, now, only)
  const sent = await deliverQueued(pool, now, { ...options, only })
  const { state, note } = await one<Pick<RunResult, 'state' | 'note'>>(
    pool,
    'select state, note from tidemark.digest_slots where account_id = $1 and digest_id = $2 and period_start = $3::date',
    key,
  )
  return {
    firstDate: slot.period.firstDate,
    state,
    note,
    sent,
    deliveries: await deliveriesOf(pool, digest, slot.period.firstDate),
  }
}

/** The deliveries of one week of a digest, counted by state. */
export async function deliveriesOf(pool: Pool, { accountId, id }: Digest, firstDate: string): Promise<Record<string, number>> {
  const rows = await many<{ state: string; n: number }>(
    pool,
    `select d.state, count(*) as n from tidemark.deliveries d
     join tidemark.snapshots s on s.account_id = d.account_id and s.id = d.snapshot_id
     where d.account_id = $1 and s.account_id = $1 and s.digest_id = $2 and s.period_start = $3::date group by d.state`,
    [accountId, id, firstDate],
  )
  return Object.fromEntries(rows.map(({ state, n }) => [state, n]))
}
