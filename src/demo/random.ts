/** A stream of numbers that look random and are the same in every run. */
export interface Random {
  /** A number in [0, 1). */
  next(): number
  /** A number in [low, high). */
  between(low: number, high: number): number
  chance(probability: number): boolean
  pick<T>(items: readonly T[]): T
  /** An item with a probability in proportion to its weight. */
  weighted<T extends { readonly weight: number }>(items: readonly T[]): T
  /** A positive number of the given median; `spread` is the standard deviation of its logarithm. */
  lognormal(median: number, spread: number): number
  /** How often something with this mean happened, one time after another independent of the last: 0, 1, 2… */
  geometric(mean: number): number
  /** 32 bits as eight hexadecimal digits. */
  hex(): string
}

/** Spreads a number over 32 bits, so that neighbouring keys give streams with nothing in common. */
function mix(bits: number): number {
  bits = Math.imul(bits ^ (bits >>> 16), 0x7feb352d)
  bits = Math.imul(bits ^ (bits >>> 15), 0x846ca68b)
  return bits ^ (bits >>> 16)
}

/**
 * The stream that belongs to a key of whole numbers, such as (seed, account, conversation). Each thing has a stream of
 * its own, so that one more draw in one place moves nothing elsewhere.
 */
export function randomFrom(...key: readonly number[]): Random {
  let [a, b, c, counter] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 1]
  // A small fast counting generator: three words that stir each other and a counter that rules out short cycles.
  const word = (): number => {
    const result = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + result) | 0
    return result
  }
  for (const part of key) {
    a ^= mix(part | 0)
    b ^= mix(part / 0x1_0000_0000)
    for (let i = 0; i < 4; i++) word()
  }
  for (let i = 0; i < 8; i++) word()
  return streamOf(word)
}

function streamOf(word: () => number): Random {
  const next = () => (word() >>> 0) / 0x1_0000_0000
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
  return {
    next,
    between: (low, high) => low + (high - low) * next(),
    chance: (probability) => next() < probability,
    pick: (items) => items[Math.floor(next() * items.length)]!,
    weighted(items) {
      let rest = next() * items.reduce((sum, item) => sum + item.weight, 0)
      return items.find((item) => (rest -= item.weight) < 0) ?? items.at(-1)!
    },
    lognormal: (median, spread) => median * Math.exp(spread * normal()),
    geometric: (mean) => (mean <= 0 ? 0 : Math.floor(Math.log(1 - next()) / Math.log(mean / (1 + mean)))),
    hex: () => (word() >>> 0).toString(16).padStart(8, '0'),
  }
}
