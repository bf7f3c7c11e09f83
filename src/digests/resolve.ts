import { run, sql, transaction, type Pool } from '../db.ts'
import { conflict } from '../errors.ts'
import { findDelivery, type DeliveryRecord } from './history.ts'
import type { Change } from './recipients.ts'

const resolveSql = sql(import.meta.url, './resolve-delivery.sql')
const finishSlots = sql(import.meta.url, './finish-slots.sql')

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
  { userId, at }: Change,
): Promise<DeliveryRecord> {
  return transaction(pool, async (tx) => {
    const resolved = await run(tx, resolveSql, [accountId, id, resolution, userId, at, RESPONSES[resolution]])
    if (resolved > 0) await run(tx, finishSlots, [accountId])
    const now = await findDelivery(tx, accountId, id)
    if (resolved === 0 && now.resolution !== resolution)
      throw conflict(`This delivery is ${now.state}, not uncertain: there is nothing to be decided.`)
    return now
  })
}

const RESPONSES: Record<Resolution, string> = {
  delivered: 'somebody found that it had arrived',
  not_delivered: 'somebody found that it had not arrived',
}
