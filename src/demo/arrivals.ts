import type { Instant } from '../clock.ts'
import { DAY, HOUR, localAt, type Zone } from '../time/zone.ts'
import { randomFrom, type Random } from './random.ts'

/** The grain in which busy and quiet times differ: the half hour is a part of every zone's hours, near enough. */
export const SLOT = HOUR / 2

/** How many conversations begin in each slot of an account's history. */
export interface Arrivals {
  /** Start of the first slot. */
  readonly start: Instant
  readonly counts: Uint32Array
  /** How much busier than usual each day is, 1 being usual: replies take longer then. */
  readonly load: Float64Array
}

// Conversations by local hour: a rise to eleven, lunch, a second summit after work, little at night.
const byHour = [1, 0.6, 0.4, 0.3, 0.4, 0.8, 2, 4, 7, 10, 12, 12.5, 10.5, 10, 11, 11.5, 11, 10, 9, 8.5, 8, 6.5, 4, 2]
const byWeekday = [0.45, 1.18, 1.1, 1.05, 1, 0.97, 0.6]

// Keys of the random streams, beside (seed, account).
const streams = { day: 1, slots: 2 }

/** A factor for each day: the week's own level, the day's, and now and then a day on which something is broken. */
function dayFactors(seed: number, account: number, days: number): Float64Array {
  return Float64Array.from({ length: days }, (_, day) => {
    const week = randomFrom(seed, account, streams.day, 100_000 + Math.floor(day / 7)).lognormal(1, 0.07)
    const random = randomFrom(seed, account, streams.day, day)
    return week * random.lognormal(1, 0.08) * (random.chance(0.012) ? random.between(1.6, 2.3) : 1)
  })
}

/** Distributes `total` conversations over [start, now): exactly so many, more of them later, by day and by busy hour. */
export function arrivalsOf(seed: number, account: number, zone: Zone, start: Instant, now: Instant, total: number): Arrivals {
  const slots = Math.ceil((now - start) / SLOT)
  const load = dayFactors(seed, account, Math.ceil((slots * SLOT) / DAY))
  const upTo = new Float64Array(slots)
  let sum = 0
  for (let slot = 0; slot < slots; slot++) {
    const at = start + slot * SLOT
    const local = localAt(zone, at)
    const hour = Math.floor((local % DAY) / HOUR)
    const weekday = (Math.floor(local / DAY) + 4) % 7
    const growth = 1 + (0.35 * slot) / slots
    const share = Math.min(1, (now - at) / SLOT)
    sum += byHour[hour]! * byWeekday[weekday]! * growth * share * load[Math.floor((slot * SLOT) / DAY)]!
    upTo[slot] = sum
  }
  const random = randomFrom(seed, account, streams.slots)
  const counts = new Uint32Array(slots)
  for (let i = 0; i < total; i++) counts[slotOf(upTo, random.next() * sum)]!++
  return { start, counts, load }
}

/** The first slot up to whose end more than `weight` has come. */
function slotOf(upTo: Float64Array, weight: number): number {
  let [low, high] = [0, upTo.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (upTo[middle]! > weight) high = middle
    else low = middle + 1
  }
  return low
}

/** The instants at which the conversations of one slot begin, in order. None within the last seconds before `now`. */
export function instantsIn(arrivals: Arrivals, slot: number, now: Instant, random: Random): Instant[] {
  const start = arrivals.start + slot * SLOT
  const end = Math.min(start + SLOT, now)
  return Array.from({ length: arrivals.counts[slot] ?? 0 }, () => random.between(start, end)).sort((a, b) => a - b)
}
