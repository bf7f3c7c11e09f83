import type { Instant } from '../../clock.ts'

/** How often it is looked whose turn has come, in seconds. */
export const LOOK_SECONDS = 60
/** After this long an account's recent days are recomputed again, and days that have ended meanwhile get their rows on the way. */
export const RECENT_SECONDS = 20 * 3600

/**
 * By when an account's recent days are recomputed at an instant or after it, while a worker keeps up. Which of its turns that is
 * depends on how late those before it come; there is none later than so long after the instant.
 * @param recentAt when they last were; null: never, so that its turn has come
 */
export function recentTurnBy(recentAt: Instant | null, from: Instant, now: Instant): Instant {
  const next = recentAt === null ? now : Math.max(now, recentAt + RECENT_SECONDS)
  return (next >= from ? next : from + RECENT_SECONDS) + LOOK_SECONDS
}
