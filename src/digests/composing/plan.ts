import type { Instant } from '../../clock.ts'
import { many, one, run, sql, type Pool, type Queryable } from '../../db.ts'
import { errorReporter } from '../../failure.ts'
import { DAY } from '../../time/zone.ts'
import { zoneNamed } from '../../time/zones.ts'
import { slotsBetween, type Schedule, type Slot } from '../schedule/schedule.ts'

const activeDigests = sql(import.meta.url, './active-digests.sql')
const planSlots = sql(import.meta.url, './plan-slots.sql')

/** A slot that was passed while nothing ran is still sent when it is not older than this. */
export const LATEST = 2 * DAY
const PAGE = 500

/** What is known of a digest to plan its slots. */
export interface Planned extends Schedule {
  accountId: number
  id: number
  zone: string
  /** Slots due until then are settled. */
  plannedUntil: Instant
}

/** How many slots were planned, and how many were marked missed. */
export type Plan = { planned: number; missed: number }

/**
 * Gives every slot that is due a row: `planned` up to 48 hours after its instant, `missed` when it is older, so that a
 * standstill ends in one mail for each period that still matters and not in a storm of them. One digest that cannot be
 * planned (its zone is gone from the tz database) does not hold up the others.
 * @returns also how many digests could not be planned
 */
export async function planDueDigests(pool: Pool, now: Instant): Promise<Plan & { failed: number }> {
  const counts = { planned: 0, missed: 0, failed: 0 }
  const report = errorReporter('a digest cannot be planned')
  for (let after: [number, number] | undefined = [0, 0]; after;) {
    const page: Planned[] = await many<Planned & Record<string, unknown>>(pool, activeDigests, [...after, PAGE])
    for (const digest of page) {
      try {
        const { planned, missed } = await planDigest(pool, digest, now)
        counts.planned += planned
        counts.missed += missed
      } catch (error) {
        counts.failed += 1
        report(error as Error)
      }
    }
    const last = page.at(-1)
    after = page.length === PAGE && last ? [last.accountId, last.id] : undefined
  }
  return counts
}

/**
 * Plans the slots of one digest that are due and not settled. Any number of planners may do this at once, with clocks that
 * differ: whoever comes second finds that the digest has moved on, and the key is the digest and its period.
 */
export async function planDigest(db: Queryable, digest: Planned, now: Instant): Promise<Plan> {
  const { accountId, id, plannedUntil } = digest
  if (plannedUntil >= now) return { planned: 0, missed: 0 }
  const slots = slotsBetween(digest, await zoneNamed(db, digest.zone), plannedUntil, now)
  const last = slots.at(-1)
  if (!last) return { planned: 0, missed: 0 }
  const columns = [
    slots.map(({ period }) => period.firstDate),
    slots.map(({ period }) => period.lastDate),
    slots.map(({ due }) => due),
  ]
  return one<Plan>(db, planSlots, [accountId, id, plannedUntil, last.due, now, ...columns, now - LATEST])
}

/** Plans one slot, whether it is due or not; 0 when its period has a row already. */
export function planSlot(
  db: Queryable,
  { accountId, id, zone }: Pick<Planned, 'accountId' | 'id' | 'zone'>,
  { due, period }: Slot,
  now: Instant,
): Promise<number> {
  return run(
    db,
    `insert into tidemark.digest_slots (account_id, digest_id, period_start, period_end, due_at, zone, state, planned_at)
     values ($1, $2, $3, $4, to_timestamp($5), $6, 'planned', to_timestamp($7)) on conflict do nothing`,
    [accountId, id, period.firstDate, period.lastDate, due, zone, now],
  )
}
