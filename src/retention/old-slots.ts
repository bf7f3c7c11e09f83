import type { Instant } from '../clock.ts'
import { many, sql, type Queryable } from '../db.ts'
import type { Doomed } from './raw-rows.ts'

const oldSlots = sql(import.meta.url, './old-slots.sql')

/** Slots that are looked at in one transaction. */
export const SLOTS = 500

/**
 * The snapshots of an account's digests from before `until` that nothing needs any more, with who was sent them. Their slots
 * stay: the history tells that there was a period, when it was due and what became of it.
 */
export async function oldSnapshots(db: Queryable, accountId: number, until: Instant, now: Instant): Promise<Doomed[]> {
  const slots = (await many<{ id: number }>(db, oldSlots, [accountId, until, now, SLOTS])).map(({ id }) => id)
  if (slots.length === 0) return []
  const condition = 'account_id = $1 and slot_id = any ($2::bigint[])'
  return ['deliveries', 'snapshots'].map((table) => ({ table: `tidemark.${table}`, condition, values: [accountId, slots] }))
}
