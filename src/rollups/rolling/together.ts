import { unitsHolding } from '../../time/calendar.ts'
import { hourStarts } from '../../time/zone.ts'
import { isWithin, type Coverage, type Span } from '../coverage.ts'

/**
 * The hours that have to be rolled together with some: where the rows of a day's hours or of a month's days were purged, the
 * day or month can only be made anew from all of its hours. Those whose raw rows were purged are final and left out.
 *
 * @param hours whole buckets, ascending
 */
export function rolledTogether({ zone, covered, kept }: Coverage, hours: Span[]): Span[] {
  const possible = hours.filter((hour) => hour.from >= kept.raw)
  if (possible.every((hour) => hour.from >= kept.hourly && hour.from >= kept.daily)) return possible
  const starts = (before: number, from: number) =>
    possible.map((hour) => hour.from).filter((start) => start >= from && start < before)
  const units = [
    ...unitsHolding(zone, starts(kept.daily, -Infinity), 'month'),
    ...unitsHolding(zone, starts(kept.hourly, kept.daily), 'day'),
  ]
  const all = new Map(possible.map((hour) => [hour.from, hour]))
  for (const unit of units) for (const hour of hoursOf(unit)) if (hour.from >= kept.raw) all.set(hour.from, hour)
  return [...all.values()].filter((hour) => isWithin(covered, hour)).sort((a, b) => a.from - b.from)

  function hoursOf({ from, until }: Span): Span[] {
    const bounds = hourStarts(zone, from, until)
    return bounds.slice(0, -1).map((start, i) => ({ from: start, until: bounds[i + 1]! }))
  }
}
