import { run, sql, type Pool } from '../../db.ts'
import { conflict } from '../../errors.ts'
import { findDelivery, type DeliveryRecord } from './history.ts'
import { finishPeriods } from '../composing/periods.ts'
import type { Change } from '../audience/recipients.ts'

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
  { userId, at }: Change,
): Promise<DeliveryRecord> {
  await findDelivery(pool, accountId, id)
  const resolved = await run(pool, resolveSql, [accountId, id, resolution, userId, at, RESPONSES[resolution]])
  const now = await findDelivery(pool, accountId, id)
  if (resolved === 0 && now.resolution !== resolution)
    throw conflict(`This delivery is ${now.state}, not uncertain: there is nothing to be decided.`)
  // It may have been the last one that its slot waited for.
  await finishPeriods(pool, accountId, at)
  return now
}

const RESPONSES: Record<Resolution, string> = {
  delivered: 'somebody found that it had arrived',
  not_delivered: 'somebody found that it had not arrived',
}
