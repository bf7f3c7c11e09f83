import { userOf, type Change } from '../../audit/change.ts'
import { recordAct } from '../../audit/record.ts'
import { maybeOne, run, sql, transaction, type Client, type Pool } from '../../db.ts'
import { conflict, notFound } from '../../errors.ts'

const rerunSql = sql(import.meta.url, './rerun-slot.sql')

/** So often the figures of a period are taken at most. */
const MOST_EDITIONS = 100

/**
 * Has the figures of a period taken anew, whatever its state: composing it makes a new edition with mails of its own, whether
 * or not the digest's condition is met. What of earlier editions is still queued is not sent any more.
 * @returns the number that the edition will have
 * @throws Refusal (404) when the account has no such slot, (409) when it is not composed yet, or has been too often
 */
export function rerunSlot(pool: Pool, accountId: number, slotId: number, change: Change): Promise<number> {
  return transaction(pool, async (tx) => {
    const before = await maybeOne<{ digest_id: number; state: string; editions: number }>(
      tx,
      'select digest_id, state, editions from tidemark.digest_slots where account_id = $1 and id = $2 for update',
      [accountId, slotId],
    )
    const values = [accountId, slotId, userOf(change), change.at, MOST_EDITIONS]
    const slot = await maybeOne<{ editions: number }>(tx, rerunSql, values)
    if (!slot) return refuse(tx, accountId, slotId)
    const edition = slot.editions + 1
    await run(
      tx,
      `update tidemark.deliveries
       set state = 'skipped', error = $3, next_attempt_at = null, finished_at = to_timestamp($4)
       where account_id = $1 and slot_id = $2 and kind = 'digest' and state = 'queued'`,
      [accountId, slotId, `edition ${edition} takes its place`, change.at],
    )
    const after = { digest_id: before?.digest_id, state: 'planned', editions: edition }
    await recordAct(tx, { ...change, accountId, action: 'slot.rerun', subjectId: slotId, before, after })
    return edition
  })
}

async function refuse(tx: Client, accountId: number, slotId: number): Promise<never> {
  const slot = await maybeOne<{ state: string; editions: number }>(
    tx,
    'select state, editions from tidemark.digest_slots where account_id = $1 and id = $2',
    [accountId, slotId],
  )
  if (!slot) throw notFound(`There is no slot ${slotId} in this account.`)
  if (slot.editions >= MOST_EDITIONS)
    throw conflict(`The figures of this period were taken ${slot.editions} times. That is the most there are.`)
  throw conflict(`The slot is ${slot.state}: only one that was composed, skipped or missed can be run again.`)
}
