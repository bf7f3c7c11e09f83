import { stopwatch } from '../src/clock.ts'

/** One thing done in two ways in the same run. `ratio`: how many times faster ours is, or how many times longer, as titled. */
export interface Comparison {
  name: string
  theirs: string
  ours: string
  ratio: number
}

/** Seconds that some work takes. */
export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const elapsed = stopwatch()
  await work()
  return elapsed()
}

/** Median seconds of each work over some rounds, taken by turns so that a busy moment hits all of them; the first is not counted. */
export async function interleaved(rounds: number, works: (() => Promise<unknown>)[]): Promise<number[]> {
  const times = works.map(() => [] as number[])
  for (let round = 0; round <= rounds; round++) {
    for (const [i, work] of works.entries()) {
      const time = await seconds(work)
      if (round > 0) times[i]!.push(time)
    }
  }
  return times.map((list) => list.sort((a, b) => a - b)[list.length >> 1]!)
}

export const milliseconds = (time: number) => `${(time * 1000).toFixed(time < 0.01 ? 2 : 0)} ms`

/** A table in Markdown. */
export function markdown(title: string, headings: string[], rows: string[][]): string {
  const lines = [headings, headings.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
  return `## ${title}\n\n${lines.join('\n')}\n`
}
