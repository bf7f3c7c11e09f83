import type { Instant } from '../../clock.ts'
import { without } from '../../reports/cover.ts'
import type { RolledState } from '../../reports/rolled-state.ts'
import { completeThrough } from '../../rollups/completeness.ts'
import type { Span } from '../../rollups/coverage.ts'
import { HOUR } from '../../time/zone.ts'
import type { Period } from '../schedule/window.ts'

/** How far the rollups of a period are. */
export interface Rolled {
  /** Stretches of the period that are not rolled, or were changed since. Empty, too, where nothing ever was rolled. */
  missing: Span[]
  /** Up to here everything of the period is rolled; undefined where nothing is. */
  completeThrough: Instant | undefined
}

/**
 * How far the rollups of a period are at the moment of `state`. What is out of date before the period concerns it no more
 * than what comes after it.
 */
export function rolledIn({ covered, stale }: Pick<RolledState, 'covered' | 'stale'>, period: Period, now: Instant): Rolled {
  if (covered.length === 0) return { missing: [], completeThrough: undefined }
  const { since, until } = period
  const outdated = stale(false).filter((hour) => hour.until > since && hour.from < until)
  const missing = without([{ from: since, until }], without(covered, outdated))
  const through = missing[0]?.from ?? completeThrough(covered, outdated, now)
  return { missing, completeThrough: through === undefined ? undefined : Math.min(through, until) }
}

export interface Progress {
  missing: readonly Span[]
  due: Instant
  plannedAt: Instant
  patienceHours: number
}

/**
 * Whether a digest may be composed at `now`: `complete`, or still to `wait`, or `late`, when it has waited long enough. It
 * waits while hours of its period are not rolled, which is when late rows are most likely to come; the figures themselves
 * are exact at any moment, through raw rows. Patience counts from planning where that came later, so that a worker that was
 * down has time to catch up. Where nothing is rolled there is nothing to wait for.
 */
export function readiness({ missing, due, plannedAt, patienceHours }: Progress, now: Instant): 'complete' | 'wait' | 'late' {
  if (missing.length === 0) return 'complete'
  return now >= Math.max(due, plannedAt) + patienceHours * HOUR ? 'late' : 'wait'
}
