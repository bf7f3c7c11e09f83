import type { Instant } from '../clock.ts'
import type { Span } from './coverage.ts'

/**
 * The instant up to which rolled rows are complete and current: the first stale hour of the latest rolled stretch; without
 * any, the stretch's end or now. Undefined when nothing is rolled, or all of it is stale.
 *
 * @param covered the rolled stretches, ascending
 * @param stale hours that are out of date, ascending
 */
export function completeThrough(covered: readonly Span[], stale: readonly Span[], now: Instant): Instant | undefined {
  const last = covered.at(-1)
  if (!last) return undefined
  const firstStale = stale.find((hour) => hour.until > last.from)?.from ?? Infinity
  const through = Math.max(last.from, Math.min(firstStale, last.until, now))
  return Number.isFinite(through) ? through : undefined
}
