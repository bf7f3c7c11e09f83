import { userOf, type Change } from '../../audit/change.ts'
import { randomUUID } from 'node:crypto'
import { recordAct } from '../../audit/record.ts'
import { many, one, run, sql, transaction, type Client, type Pool } from '../../db.ts'
import { conflict, invalid } from '../../errors.ts'
import { messageIdOf } from '../audience/address.ts'
import { findDelivery, type DeliveryRecord, type DeliveryState } from './history.ts'
import { screened } from '../audience/screen.ts'
import { ALL_DIGESTS } from '../audience/suppressions.ts'

const resendSql = sql(import.meta.url, './resend.sql')

/** The first one included: whoever may send again must not be able to fill somebody's mailbox. */
const MOST_COPIES = 10

interface Copy {
  copy: number
  state: DeliveryState
  pending: boolean
}

/**
 * Queues what was sent to somebody once more: the same snapshot in a mail of its own, recorded with who asked for it. Doubt
 * about an earlier copy is settled by that.
 * @returns the new delivery
 * @throws Refusal (404) when there is no such delivery, (409) while a copy is on its way, (422) when there is nothing that could
 *   be sent, the recipient wants none or may have none, or he has ten copies
 */
export async function resendDelivery(pool: Pool, accountId: number, id: string, change: Change): Promise<DeliveryRecord> {
  const before = await findDelivery(pool, accountId, id)
  if (before.slotId === null) throw invalid('Only digests are sent again, not the notices about them.')
  if (before.snapshotId === null) throw invalid(`Nothing was made for this recipient: ${before.error ?? before.state}.`)
  return transaction(pool, async (tx) => {
    const copies = await lockedCopies(tx, accountId, before)
    refuseBusy(copies)
    await refuseWithheld(tx, accountId, before)
    const again = randomUUID()
    const copy = Math.max(...copies.map((row) => row.copy)) + 1
    await run(tx, resendSql, [accountId, id, copy, again, messageIdOf(again), change.at, userOf(change)])
    await settleDoubts(tx, accountId, before, change)
    await run(tx, `update tidemark.digest_slots set state = 'composed' where account_id = $1 and id = $2 and state = 'done'`, [
      accountId,
      before.slotId,
    ])
    const after = { delivery: again, digest_id: before.digestId, copy, of: id }
    await recordAct(tx, { ...change, accountId, action: 'delivery.resend', after })
    return findDelivery(tx, accountId, again)
  })
}

/** All copies of an edition for one recipient. The lock on their slot lets one ask after the other. */
async function lockedCopies(tx: Client, accountId: number, { slotId, edition, recipient }: DeliveryRecord): Promise<Copy[]> {
  await one(tx, 'select id from tidemark.digest_slots where account_id = $1 and id = $2 for update', [accountId, slotId])
  return many<Copy & Record<string, unknown>>(
    tx,
    `select copy, state, next_attempt_at is not null as pending from tidemark.deliveries
     where account_id = $1 and slot_id = $2 and edition = $3 and recipient = $4`,
    [accountId, slotId, edition, recipient],
  )
}

function refuseBusy(copies: readonly Copy[]): void {
  const busy = copies.find(({ state, pending }) => pending || state === 'sending')
  if (busy)
    throw conflict(`A copy for this recipient is ${busy.state} and still on its way. Ask again when it has been sent or refused.`)
  if (copies.length >= MOST_COPIES)
    throw invalid(`This recipient was sent ${copies.length} copies of it. That is the most there are.`)
}

async function refuseWithheld(tx: Client, accountId: number, { digestId, recipient, userId }: DeliveryRecord): Promise<void> {
  const { withheld } = await screened(tx, accountId, digestId ?? ALL_DIGESTS, [{ address: recipient, userId }])
  for (const { reason } of withheld) throw invalid(`Nothing is sent to this recipient: ${reason}.`)
}

async function settleDoubts(
  tx: Client,
  accountId: number,
  { slotId, edition, recipient }: DeliveryRecord,
  change: Change,
): Promise<void> {
  await run(
    tx,
    `update tidemark.deliveries set resolution = 'sent_again', resolved_by = $5, resolved_at = to_timestamp($6)
     where account_id = $1 and slot_id = $2 and edition = $3 and recipient = $4 and state = 'uncertain' and resolution is null`,
    [accountId, slotId, edition, recipient, userOf(change), change.at],
  )
}
