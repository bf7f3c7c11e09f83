import { randomInt } from 'node:crypto'
import { randomFrom, type Random } from '../../src/demo/random.ts'

/** What the random choices of this test file come from: TIDEMARK_SEED, or another number each time. */
export const seed = Number(process.env.TIDEMARK_SEED || randomInt(1_000_000))

/** A stream of choices for one part of a test; prints the seed, so that a failure can be tried again. */
export function randomOf(part: string): Random {
  console.info(`${part}: TIDEMARK_SEED=${seed}`)
  return randomFrom(seed, ...Buffer.from(part))
}

/** How often to do something dangerous: a number from the environment, for nightly runs, or what a run on each change can afford. */
export const scaled = (variable: string, usual: number): number => Number(process.env[variable] || usual)

/** Milliseconds that a test may take which usually may take so many: as many times longer as what it scales is larger. */
export const scaledTime = (milliseconds: number, variable: string, usual: number): number =>
  milliseconds * Math.max(1, scaled(variable, usual) / usual)
