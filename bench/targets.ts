import { quantile } from './measure.ts'
import { markdown, milliseconds, times } from './report.ts'

/** What was measured of one question over one range, in seconds. */
export interface Measured {
  /** Such as `agents, 365 days`. */
  name: string
  /** Live SQL, asked alone. */
  live: number
  /** Over HTTP, asked alone. */
  ours: number
  /** Over HTTP, asked by several clients at once, as if the account were rolled every second. */
  loaded: readonly number[]
  /** The same as if it were rolled before each ask. */
  anew: readonly number[]
  madeFrom: string
}

/** The question that is held to what is promised: a year of each of 200 agents. */
export const PROMISED = 'agents, 365 days'
/** Asked by ten clients at once, seconds; asked alone, how many times faster than live SQL on the same machine; from what. */
const TARGET = { p95: 0.05, p99: 0.2, faster: 20, madeFrom: 'rollup' }
/** Below it there is too little to read for live SQL to take long. */
const FULL_SCALE = 1

type Target = [what: string, bound: string, found: string, met: boolean]

/** The targets beside what was measured, and a sentence for each that was missed; none where the desk is small. */
export function compareWithTargets(measured: readonly Measured[], scale: number): { text: string; missed: string[] } {
  const asked = measured.find(({ name }) => name === PROMISED)
  if (!asked) throw new Error(`the bench does not ask for ${PROMISED}`)
  const faster = asked.live / asked.ours
  const percentile = (name: 'p95' | 'p99', share: number): Target => {
    const found = quantile(asked.loaded, share)
    return [`${name} at 10 clients`, `at most ${milliseconds(TARGET[name])}`, milliseconds(found), found <= TARGET[name]]
  }
  const targets: Target[] = [
    percentile('p95', 0.95),
    percentile('p99', 0.99),
    ['times faster than live SQL, alone', `at least ${times(TARGET.faster)}`, times(faster), faster >= TARGET.faster],
    ['made from', TARGET.madeFrom, asked.madeFrom, asked.madeFrom === TARGET.madeFrom],
  ]
  const rows = targets.map(([what, bound, found, met]) => [what, bound, found, met ? 'yes' : '**no**'])
  const title = `${PROMISED}: targets${scale < FULL_SCALE ? ` (of scale ${FULL_SCALE}; here for comparison)` : ''}`
  const missed = targets.filter(([, , , met]) => !met && scale >= FULL_SCALE)
  return {
    text: markdown(title, ['what', 'target', 'measured', 'met'], rows),
    missed: missed.map(([what, bound, found]) => `${PROMISED}: ${what} should be ${bound} and is ${found}.`),
  }
}
