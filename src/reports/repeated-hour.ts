import type { Instant } from '../clock.ts'
import { HOUR, localAt, type Zone } from '../time/zone.ts'

/** Buckets as they are asked for, and for each bucket shown the piece that it takes its rows from (or none). */
export interface HourPieces {
  bounds: Instant[]
  pieces: (number | undefined)[]
}

/**
 * Hours as Chatwoot shows them: where clocks go back, both passes of the repeated hour have an entry, but the rows of
 * both are in the second. (It groups by what the wall clock showed.) `bounds` are those of the true hours.
 */
export function asChatwootHours(zone: Zone, bounds: readonly Instant[]): HourPieces {
  const hourOf = (instant: Instant) => Math.floor(localAt(zone, instant) / HOUR)
  const asked: Instant[] = []
  const pieces: (number | undefined)[] = []
  const last = bounds.length - 2
  for (let i = 0; i <= last; i++) {
    const repeated = i < last && hourOf(bounds[i]!) === hourOf(bounds[i + 1]!)
    // The second pass goes on with the piece that the first one opened.
    if (i === 0 || pieces[i - 1] !== undefined) asked.push(bounds[i]!)
    pieces.push(repeated ? undefined : asked.length - 1)
  }
  return { bounds: [...asked, bounds.at(-1)!], pieces }
}
