import type { Instant } from '../clock.ts'

/** How long a digest waits for the rollups of its week before it is sent all the same. */
export const PATIENCE = 2 * 3600

export interface Progress {
  /** Up to here everything is rolled; undefined where nothing ever was. */
  completeThrough: Instant | undefined
  periodEnd: Instant
  plannedAt: Instant
}

/**
 * Whether a digest may be composed at `now`. It waits while rollups are behind the end of its week, which is when late
 * rows are most likely to come; the figures themselves are exact at any moment, through raw rows. Patience counts from
 * planning, so that a worker that was down has time to catch up. Where nothing is rolled there is nothing to wait for.
 */
export function readiness({ completeThrough, periodEnd, plannedAt }: Progress, now: Instant): 'compose' | 'wait' {
  if (completeThrough === undefined || completeThrough >= periodEnd) return 'compose'
  return now >= plannedAt + PATIENCE ? 'compose' : 'wait'
}
