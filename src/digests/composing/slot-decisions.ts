import { userOf, type Change } from '../../audit/change.ts'
import { recordAct } from '../../audit/record.ts'
import { maybeOne, run, transaction, type Pool, type Queryable } from '../../db.ts'
import { conflict } from '../../errors.ts'
import { findSlot, type SlotRecord } from '../delivery/history.ts'

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
  return decide(pool, key, change, { decision: 'released', state: 'waiting_for_data' })
}

/**
 * Gives a slot up that is held or waits: nobody is sent its period.
 * @throws Refusal (404) when the digest has no such slot, (409) when it neither waits nor is held
 */
export function skipSlot(pool: Pool, key: SlotKey, change: Change): Promise<SlotRecord> {
  return decide(pool, key, change, { decision: 'skipped', state: 'skipped' })
}

type Decided = { decision: 'released'; state: 'waiting_for_data' } | { decision: 'skipped'; state: 'skipped' }

function decide(pool: Pool, key: SlotKey, change: Change, decided: Decided): Promise<SlotRecord> {
  const { accountId, digestId, slotId } = key
  return transaction(pool, async (tx) => {
    const text = 'select id from tidemark.digest_slots where account_id = $1 and id = $2 for update'
    await maybeOne(tx, text, [accountId, slotId])
    const before = await findSlot(tx, accountId, digestId, slotId)
    const isNew = await store(tx, key, change, decided)
    const slot = await findSlot(tx, accountId, digestId, slotId)
    if (!isNew && slot.decision !== decided.decision)
      throw conflict(`The slot is ${slot.state}: only one that is held or waits for data can be ${decided.decision}.`)
    if (isNew) await recordAct(tx, { ...change, accountId, ...ACTIONS[decided.decision], ...loggedOf(before, slot) })
    return slot
  })
}

const ACTIONS = { released: { action: 'slot.release' }, skipped: { action: 'slot.skip' } } as const

const loggedOf = (before: SlotRecord, after: SlotRecord) => ({
  subjectId: after.id,
  before: { digest_id: before.digestId, state: before.state, decision: before.decision },
  after: { digest_id: after.digestId, state: after.state, decision: after.decision },
})

/** @returns whether it was not decided so before, and could be */
async function store(
  tx: Queryable,
  { accountId, digestId, slotId }: SlotKey,
  change: Change,
  { decision, state }: Decided,
): Promise<boolean> {
  const stored = await run(
    tx,
    `update tidemark.digest_slots set state = $4, note = $5, decision = $6, decided_by = $7, decided_at = to_timestamp($8),
       retry_at = null
     where account_id = $1 and digest_id = $2 and id = $3 and state in ('held', 'waiting_for_data')
       and decision is distinct from $6`,
    [accountId, digestId, slotId, state, `${decision} by hand`, decision, userOf(change), change.at],
  )
  return stored > 0
}
