import { userOf, type Change } from '../../audit/change.ts'
import { recordAct } from '../../audit/record.ts'
import { maybeOne, run, sql, transaction, type Pool } from '../../db.ts'
import { conflict } from '../../errors.ts'
import { findDelivery, type DeliveryRecord } from './history.ts'
import { finishPeriods } from '../composing/periods.ts'

const resolveSql = sql(import.meta.url, './resolve-delivery.sql')

export const resolutions = ['delivered', 'not_delivered'] as const
export type Resolution = (typeof resolutions)[number]

/**
 * Settles a delivery of which it is not known whether it arrived, by what a person has found out; another try that was
 * still to come is called off. Saying the same again changes nothing.
 * @throws Refusal (404) when there is no such delivery, (409) when it is not, or no longer, uncertain
 */
export async function resolveDelivery(
  pool: Pool,
  accountId: number,
  id: string,
  resolution: Resolution,
  change: Change,
): Promise<DeliveryRecord> {
  await findDelivery(pool, accountId, id)
  const now = await transaction(pool, async (tx) => {
    await maybeOne(tx, 'select id from tidemark.deliveries where account_id = $1 and id = $2 for update', [accountId, id])
    const before = await findDelivery(tx, accountId, id)
    const values = [accountId, id, resolution, userOf(change), change.at, RESPONSES[resolution]]
    const resolved = await run(tx, resolveSql, values)
    const after = await findDelivery(tx, accountId, id)
    if (resolved === 0 && after.resolution !== resolution)
      throw conflict(`This delivery is ${after.state}, not uncertain: there is nothing to be decided.`)
    const logged = { before: loggedOf(before), after: loggedOf(after) }
    if (resolved > 0) await recordAct(tx, { ...change, accountId, action: 'delivery.resolve', ...logged })
    return after
  })
  // It may have been the last one that its slot waited for.
  await finishPeriods(pool, accountId, change.at)
  return now
}

const loggedOf = ({ id, digestId, state, resolution }: DeliveryRecord) => ({
  delivery: id,
  digest_id: digestId,
  state,
  resolution,
})

const RESPONSES: Record<Resolution, string> = {
  delivered: 'somebody found that it had arrived',
  not_delivered: 'somebody found that it had not arrived',
}
