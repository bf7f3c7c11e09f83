import type { Backfill } from './backfill-row.ts'
import type { PlanDiff } from './plan-diff.ts'
import type { Planned } from './plan-text.ts'

/** Days that are recomputed to measure how fast an account is rolled, where no backfill of it has told. */
const PROBED_DAYS = 3
/** A backfill of fewer hours says little of the speed. */
const TELLING_HOURS = 24
/** How far off a speed may be that was measured once: on other days, or while the machine does other things. */
const SPREAD_ALONE = 1.5
/** Recomputed days come one by one, and a backfill rolls more at once. */
const SPREAD_PROBED = 2

/** How long a backfill works, rests left out. */
export interface Estimate {
  /** Seconds, from the fastest to the slowest that is likely; null: nothing has told. */
  seconds: { from: number; until: number } | null
  /** What told the speed. */
  by: 'recent backfills' | 'recomputed days' | 'nothing'
  hoursPerSecond: number | null
}

type Pace = Pick<Backfill, 'hoursDone' | 'activeSeconds'>

/** Hours a second of the backfills that were long enough to tell. */
const speedsOf = (recent: readonly Pace[]) =>
  recent
    .filter(({ hoursDone, activeSeconds }) => hoursDone >= TELLING_HOURS && activeSeconds > 0)
    .map(({ hoursDone, activeSeconds }) => hoursDone / activeSeconds)

/** Days to recompute for an estimate: none where recent backfills have told the speed. */
export const daysToProbe = (recent: readonly Pace[]): number => (speedsOf(recent).length > 0 ? 0 : PROBED_DAYS)

/** How long rolling so many hours takes, from the account's own recent backfills, else from days that were recomputed. */
export function estimateOf(
  hours: number,
  { verify, maxHoursPerMinute }: Pick<Planned, 'verify' | 'maxHoursPerMinute'>,
  recent: readonly Pace[],
  probe: Pick<PlanDiff, 'hours' | 'seconds'> | null,
): Estimate {
  const speeds = speedsOf(recent)
  const probed = probe && probe.hours > 0 && probe.seconds > 0 ? probe.hours / probe.seconds : null
  const [known, off] =
    speeds.length > 0 ? [speeds, speeds.length > 1 ? 1 : SPREAD_ALONE] : [probed === null ? [] : [probed], SPREAD_PROBED]
  if (hours === 0) return { seconds: { from: 0, until: 0 }, by: 'nothing', hoursPerSecond: null }
  if (known.length === 0) return { seconds: null, by: 'nothing', hoursPerSecond: null }
  // Verifying recomputes every hour once more; a limit holds for rolling.
  const seconds = (speed: number) => hours / Math.min(speed, (maxHoursPerMinute ?? Infinity) / 60) + (verify ? hours / speed : 0)
  return {
    seconds: { from: seconds(Math.max(...known) * off), until: seconds(Math.min(...known) / off) },
    by: speeds.length > 0 ? 'recent backfills' : 'recomputed days',
    hoursPerSecond: known.reduce((a, b) => a + b) / known.length,
  }
}
