import { byCommand, userOf, type Change } from '../../audit/change.ts'
import { recordAct } from '../../audit/record.ts'
import type { Instant } from '../../clock.ts'
import { many, maybeOne, run, sql, transaction, type Pool } from '../../db.ts'
import { zoneNamed } from '../../time/zones.ts'
import { composeDueDigests } from './compose.ts'
import { deliverQueued, type Deliveries, type DeliverOptions } from '../delivery/deliver.ts'
import type { Digest } from '../definition/digest.ts'
import type { SlotState } from '../delivery/history.ts'
import { planSlot } from './plan.ts'
import { dueSlot } from '../schedule/schedule.ts'
import type { Period } from '../schedule/window.ts'

const deliveriesByState = sql(import.meta.url, './deliveries-by-state.sql')
const askedFor = sql(import.meta.url, './ask-for-slot.sql')

/** What running a digest came to. */
export interface RunResult {
  /** The first and the last date of the reported period. */
  firstDate: string
  lastDate: string
  state: SlotState
  /** Why it waits, was skipped or failed. */
  note: string | null
  /** What this run sent; all 0 when the period had been delivered before, null while it is under way. */
  sent: Deliveries | null
  /** All deliveries of the period, by state. */
  deliveries: Record<string, number>
}

export interface RunOptions extends DeliverOptions {
  /** Who asks for it; somebody at the command line without. */
  by?: Change
}

/**
 * Composes and delivers the period that is due now, also when its slot has passed long ago, is held, or the digest is paused:
 * somebody asked for it. Run again it does nothing, because the period's rows are there.
 * @throws Refusal (422) when the digest was not due yet
 */
export async function runDigest(
  pool: Pool,
  digest: Digest,
  now: Instant,
  { by = byCommand(now), ...options }: RunOptions = {},
): Promise<RunResult> {
  const { accountId, id: digestId } = digest
  const only = { accountId, digestId }
  const slot = dueSlot(digest, await zoneNamed(pool, digest.zone), now)
  await planSlot(pool, digest, slot, now)
  await askFor(pool, digest, slot.period, by)
  await composeDueDigests(pool, now, only)
  return resultOf(pool, digest, slot.period, await deliverQueued(pool, now, { ...options, only }))
}

/** Has what was missed or is held composed: a decision like those that people take about slots. */
async function askFor(
  pool: Pool,
  { accountId, id: digestId }: Digest,
  { firstDate, lastDate }: Period,
  by: Change,
): Promise<void> {
  const period = [accountId, digestId, firstDate, lastDate]
  await transaction(pool, async (tx) => {
    const slot = await maybeOne<{ id: number; state: SlotState }>(
      tx,
      `select id, state from tidemark.digest_slots
       where account_id = $1 and digest_id = $2 and period_start = $3 and period_end = $4 for update`,
      period,
    )
    if (!slot || (await run(tx, askedFor, [...period, by.at, userOf(by)])) === 0) return
    const [before, after] = [
      { digest_id: digestId, state: slot.state },
      { digest_id: digestId, state: 'planned' },
    ]
    await recordAct(tx, { ...by, accountId, action: 'slot.run', subjectId: slot.id, before, after })
  })
}

/** What a run that is not over has come to by now: what it has sent itself is not known. */
export async function resultSoFar(pool: Pool, digest: Digest, now: Instant): Promise<RunResult> {
  const { period } = dueSlot(digest, await zoneNamed(pool, digest.zone), now)
  return resultOf(pool, digest, period, null)
}

async function resultOf(
  pool: Pool,
  { accountId, id: digestId }: Digest,
  { firstDate, lastDate }: Period,
  sent: Deliveries | null,
): Promise<RunResult> {
  const slot = await maybeOne<Pick<RunResult, 'state' | 'note'> & { id: number }>(
    pool,
    `select id, state, note from tidemark.digest_slots
     where account_id = $1 and digest_id = $2 and period_start = $3 and period_end = $4`,
    [accountId, digestId, firstDate, lastDate],
  )
  // A run that has only just begun.
  if (!slot) return { firstDate, lastDate, state: 'planned', note: null, sent, deliveries: {} }
  const { id, state, note } = slot
  return { firstDate, lastDate, state, note, sent, deliveries: await deliveriesOf(pool, accountId, id) }
}

/** The deliveries of the newest edition of a slot by state; of what was sent again only the last copy counts. */
export async function deliveriesOf(pool: Pool, accountId: number, slotId: number): Promise<Record<string, number>> {
  const rows = await many<{ state: string; n: number }>(pool, deliveriesByState, [accountId, slotId])
  return Object.fromEntries(rows.map(({ state, n }) => [state, n]))
}
