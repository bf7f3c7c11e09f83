import type { Instant } from '../clock.ts'
import { many, run, sql, type Pool, type Queryable } from '../db.ts'
import { errorReporter } from '../failure.ts'
import type { Zone } from '../time/zone.ts'
import { DAY } from '../time/zone.ts'
import { zoneNamed } from '../time/zones.ts'
import { slotsBetween, type Schedule, type Slot } from './schedule.ts'

const activeDigests = sql(import.meta.url, './active-digests.sql')

/** A slot that was passed while nothing ran is still sent when it is not older than this. */
export const LATEST = 2 * DAY
/** How far back slots are looked for: those of a longer standstill stay without a row. */
const LOOK_BACK = 8 * 7 * DAY
const PAGE = 500

interface ActiveDigest extends Schedule {
  accountId: number
  id: number
  zone: string
  activeSince: Instant
  /** Periods that have a slot already. */
  planned: string[]
}

/**
 * Gives every slot that is due a row: `planned` up to 48 hours after its instant, `missed` when it is older, so that a
 * standstill ends in one mail and not in a storm of them. The key is the digest and the first date of its week: any
 * number of planners may do this at once, and an edited zone or hour finds the week's row there. One digest that cannot be
 * planned (its zone is gone from the tz database) does not hold up the others.
 * @returns how many slots were planned and how many were marked missed
 */
export async function planDueDigests(pool: Pool, now: Instant): Promise<{ planned: number; missed: number; failed: number }> {
  const counts = { planned: 0, missed: 0, failed: 0 }
  const report = errorReporter('a digest cannot be planned')
  const since = new Date((now - LOOK_BACK - 14 * DAY) * 1000).toISOString().slice(0, 10)
  for (let after: [number, number] | undefined = [0, 0]; after;) {
    const page: ActiveDigest[] = await many<ActiveDigest & Record<string, unknown>>(pool, activeDigests, [...after, PAGE, since])
    for (const digest of page) {
      try {
        for (const slot of newSlots(digest, await zoneNamed(pool, digest.zone), now)) {
          const state = isTooLate(slot, now) ? 'missed' : 'planned'
          counts[state] += await planSlot(pool, digest, slot, now, state)
        }
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

/** The slots of a digest that are due and have no row yet. */
function newSlots(digest: ActiveDigest, zone: Zone, now: Instant): Slot[] {
  const known = new Set(digest.planned)
  const after = Math.max(digest.activeSince, now - LOOK_BACK)
  return after < now
    ? slotsBetween(digest, zone, after, now).filter(({ period }) => !known.has(`${period.firstDate}/${period.lastDate}`))
    : []
}

const isTooLate = (slot: Slot, now: Instant) => slot.due < now - LATEST

/** Writes one slot; 0 when its period has a row already. */
export function planSlot(
  db: Queryable,
  { accountId, id, zone }: Pick<ActiveDigest, 'accountId' | 'id' | 'zone'>,
  { due, period }: Slot,
  now: Instant,
  state: 'planned' | 'missed' = 'planned',
): Promise<number> {
  return run(
    db,
    `insert into tidemark.digest_slots (account_id, digest_id, period_start, period_end, due_at, zone, state, planned_at, note)
     values ($1, $2, $3, $4, to_timestamp($5), $6, $7, to_timestamp($8), $9) on conflict do nothing`,
    [
      accountId,
      id,
      period.firstDate,
      period.lastDate,
      due,
      zone,
      state,
      now,
      state === 'missed' ? 'nothing ran until 48 hours after it was due' : null,
    ],
  )
}
