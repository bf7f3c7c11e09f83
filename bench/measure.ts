import { setTimeout as sleep } from 'node:timers/promises'
import { stopwatch } from '../src/clock.ts'

/** Seconds that some work takes. */
export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const elapsed = stopwatch()
  await work()
  return elapsed()
}

/** A slow question is asked no more often than fits into this many seconds, but twice at least, or five times by each client. */
const BUDGET = 4

const nothing = async () => {}

/**
 * Median seconds of each work over some rounds, taken by turns so that a busy moment hits all of them; the first is not counted,
 * nor is what is done `before` each.
 */
export async function interleaved(
  rounds: number,
  works: readonly (() => Promise<unknown>)[],
  before: () => Promise<unknown> = nothing,
): Promise<number[]> {
  const times = works.map(() => [] as number[])
  const elapsed = stopwatch()
  for (let round = 0; round <= rounds && (round < 3 || elapsed() < BUDGET); round++) {
    for (const [i, work] of works.entries()) {
      await before()
      const time = await seconds(work)
      if (round > 0) times[i]!.push(time)
    }
  }
  return times.map((list) => quantile(list, 0.5))
}

/**
 * Seconds of each of `count` asks, by several clients at once that each ask again as soon as they are answered and have done what is
 * to be done `before`; in ascending order. Of a slow question fewer, but five by each client at least.
 */
export async function underLoad(
  count: number,
  clients: number,
  work: () => Promise<unknown>,
  before: () => Promise<unknown> = nothing,
): Promise<number[]> {
  const times: number[] = []
  const elapsed = stopwatch()
  let asked = 0
  const client = async () => {
    while (asked < count && (asked < 5 * clients || elapsed() < BUDGET)) {
      asked++
      await before()
      times.push(await seconds(work))
    }
  }
  await Promise.all(Array.from({ length: clients }, client))
  return times.sort((a, b) => a - b)
}

/** What `work` gives, while something else is done every so many seconds. */
export async function meanwhile<T>(every: number, other: () => Promise<unknown>, work: () => Promise<T>): Promise<T> {
  const done = new AbortController()
  const others = (async () => {
    while (!done.signal.aborted) {
      await other()
      await sleep(every * 1000, undefined, { signal: done.signal }).catch(nothing)
    }
  })()
  try {
    return await work()
  } finally {
    done.abort()
    await others
  }
}

/** The smallest of the numbers that at least this share of them does not exceed. */
export function quantile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!
}
