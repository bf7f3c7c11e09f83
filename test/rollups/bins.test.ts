// The promise: bins of time lose nothing that reports say. Quantiles are within 1 % of the exact ones, counts between the bounds
// that reports publish are exact, and the bins of some days are those of their events together.
import { expect, test } from 'vitest'
import { randomFrom, type Random } from '../../src/demo/random.ts'
import { binEdges, countAll, countBelow, isEdge, publishedEdges, quantile } from '../../src/rollups/bins.ts'
import { seed } from '../support/seed.ts'

/** The number of edges that a value has reached, which is its bin; what PostgreSQL's width_bucket does. */
const binOf = (seconds: number) => binEdges.filter((edge) => edge <= seconds).length

function binsOf(times: readonly number[]): Map<number, number> {
  const bins = new Map<number, number>()
  for (const seconds of times) bins.set(binOf(seconds), (bins.get(binOf(seconds)) ?? 0) + 1)
  return bins
}

/** The smallest value that so many hundredths of all values reach at most, by nearest rank in whole numbers. */
function exactPercentile(times: readonly number[], percent: number): number {
  const sorted = [...times].sort((a, b) => a - b)
  return sorted[Math.max(1, Math.ceil((percent * sorted.length) / 100)) - 1]!
}

const some = <T>(n: number, one: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => one(i))

const distributions: Record<string, (random: Random) => number[]> = {
  'one value': () => [7345.6],
  'the same value many times': () => some(400, () => 4321),
  'few whole seconds': (random) => some(300, () => Math.floor(random.between(0, 50))),
  'all alike likely up to an hour': (random) => some(1000, () => random.between(50, 3600)),
  'minutes that fall off': (random) => some(1000, () => 50 - 600 * Math.log(1 - random.next())),
  'seconds with fractions about a minute': (random) => some(1000, () => random.between(50, 70)),
  'a long tail': (random) => some(997, () => Math.min(9e8, 60 / (1 - random.next()) ** 2)),
  'two hills': (random) => some(1000, (i) => (i % 3 ? random.between(90, 200) : random.between(80_000, 90_000))),
  'whole minutes': (random) => some(500, () => 60 * Math.ceil(random.between(0, 600))),
  'every size alike': (random) => some(1000, () => 50 * 1e7 ** random.next()),
  'just below the edges': () => binEdges.filter((edge) => edge > 50).map((edge) => edge * (1 - 1e-12)),
}

test.each(Object.entries(distributions))('quantiles of %s are as near as they are said to be', (_, draw) => {
  const times = draw(randomFrom(seed, 11))
  const bins = binsOf(times)
  expect(countAll(bins)).toBe(times.length)
  for (let percent = 1; percent <= 100; percent++) {
    const exact = exactPercentile(times, percent)
    const told = quantile(bins, percent / 100)!
    if (exact < 50 && Number.isInteger(exact)) expect(told, `${percent} %`).toBe(exact)
    else expect(Math.abs(told - exact) / exact, `${percent} %: ${told} for ${exact}`).toBeLessThanOrEqual(0.01)
  }
})

test('without events there is no quantile, and nothing below any edge', () => {
  expect(quantile(new Map(), 0.5)).toBeNull()
  expect(countBelow(new Map(), 300)).toBe(0)
})

test('what is below an edge is counted exactly, at every edge', () => {
  const random = randomFrom(seed, 12)
  const times = [...binEdges, ...some(3000, () => 1e9 ** random.next() - 1), -5, 2e9]
  const bins = binsOf(times)
  const wrong = binEdges.filter((edge) => countBelow(bins, edge) !== times.filter((seconds) => seconds < edge).length)
  expect(wrong).toEqual([])
})

test('a bound that is no edge is refused, not guessed', () => {
  expect(isEdge(301)).toBe(false)
  expect(() => countBelow(binsOf([1, 400]), 301)).toThrow(RangeError)
})

test('the bins of days add up to those of all their events', () => {
  const random = randomFrom(seed, 13)
  const days = some(30, () => some(Math.floor(random.between(0, 80)), () => 1e6 ** random.next()))
  const sum = new Map<number, number>()
  for (const day of days) for (const [bin, n] of binsOf(day)) sum.set(bin, (sum.get(bin) ?? 0) + n)
  const together = binsOf(days.flat())
  expect(sum).toEqual(together)
  for (const share of [0.5, 0.9, 0.95]) expect(quantile(sum, share)).toBe(quantile(together, share))
})

test('bounds that reports publish and targets are set at are edges', () => {
  const minutes = [1, 2, 3, 5, 10, 15, 20, 30, 45, 60, 120, 180, 240, 300, 360, 480, 720, 1440]
  const days = [1, 2, 3, 5, 7]
  const bounds = [...publishedEdges, ...minutes.map((n) => n * 60), ...days.map((n) => n * 86_400)]
  expect(bounds.filter((seconds) => !isEdge(seconds))).toEqual([])
})

test('edges ascend, there is a second each up to 50, and a bin’s number fits the ten bits it is stored in', () => {
  expect(binEdges.filter((edge, i) => i > 0 && edge <= binEdges[i - 1]!)).toEqual([])
  expect(binEdges.slice(0, 51)).toEqual(some(51, (second) => second))
  expect(binEdges.length).toBeLessThan(1024)
})
