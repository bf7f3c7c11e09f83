import type { Instant } from '../../clock.ts'
import { unitStart } from '../../time/calendar.ts'
import type { Zone } from '../../time/zone.ts'
import type { Span } from '../coverage.ts'

/** The widths of buckets. */
export const grains = ['hour', 'day', 'month'] as const
export type Grain = (typeof grains)[number]

/** The start of the bucket of a width that holds an instant; an infinite one stays. Hours are whole wherever stretches end. */
export const floor = (zone: Zone, grain: Grain, at: Instant): Instant =>
  grain === 'hour' || !Number.isFinite(at) ? at : unitStart(zone, at, grain)

/** The first start of a bucket from an instant on. */
function ceiling(zone: Zone, grain: Grain, at: Instant): Instant {
  const start = floor(zone, grain, at)
  return start === at || grain === 'hour' ? at : unitStart(zone, at, grain, 1)
}

/** What is left of some stretches when only whole buckets of a width count. */
export function wholeUnits(zone: Zone, grain: Grain, spans: readonly Span[]): Span[] {
  return spans
    .map(({ from, until }) => ({ from: ceiling(zone, grain, from), until: floor(zone, grain, until) }))
    .filter(({ from, until }) => from < until)
}

/** The end of the last whole bucket of a width in [from, through]; null when there is none, `from` itself for hours. */
export function wholeUnitsThrough(zone: Zone, grain: Grain, from: Instant, through: Instant): Instant | null {
  const last = floor(zone, grain, through)
  return last >= ceiling(zone, grain, from) ? last : null
}
