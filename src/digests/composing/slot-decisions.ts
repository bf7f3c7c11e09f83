import { run, type Pool } from '../../db.ts'
import { conflict } from '../../errors.ts'
import { findSlot, type SlotRecord } from '../delivery/history.ts'
import type { Change } from '../audience/recipients.ts'

/** A slot of a digest. */
export interface SlotKey {
  accountId: number
  digestId: number
  slotId: number
}

/**
 * Lets a slot that is held, or waits, for the rollups of its period be composed from what there is; its mail says what is
 * missing. Releasing it again changes nothing.
 * @throws Refusal (404) when the digest has no such slot, (409) when it neither waits nor is held
 */
export function releaseSlot(pool: Pool, key: SlotKey, change: Change): Promise<SlotRecord> {
  return decide(pool, key, change, 'released', 'waiting_for_data')
}

/**
 * Gives a slot up that is held or waits: nobody is sent its period.
 * @throws Refusal (404) when the digest has no such slot, (409) when it neither waits nor is held
 */
export function skipSlot(pool: Pool, key: SlotKey, change: Change): Promise<SlotRecord> {
  return decide(pool, key, change, 'skipped', 'skipped')
}

async function decide(
  pool: Pool,
  { accountId, digestId, slotId }: SlotKey,
  { userId, at }: Change,
  decision: 'released' | 'skipped',
  state: 'waiting_for_data' | 'skipped',
): Promise<SlotRecord> {
  const decided = await run(
    pool,
    `update tidemark.digest_slots set state = $4, note = $5, decision = $6, decided_by = $7, decided_at = to_timestamp($8),
       retry_at = null
     where account_id = $1 and digest_id = $2 and id = $3 and state in ('held', 'waiting_for_data')
       and decision is distinct from $6`,
    [accountId, digestId, slotId, state, `${decision} by hand`, decision, userId, at],
  )
  const slot = await findSlot(pool, accountId, digestId, slotId)
  if (decided === 0 && slot.decision !== decision)
    throw conflict(`The slot is ${slot.state}: only one that is held or waits for data can be ${decision}.`)
  return slot
}
