import { vi } from 'vitest'
import type { Pool } from '../../src/db.ts'
import { randomFrom } from '../../src/demo/random.ts'
import { compare, compareSpread, type Comparison } from './compare.ts'
import { compareBreakdowns } from './compare-breakdowns.ts'
import { truth } from './oracle.ts'
import { RandomDesk } from './random-desk.ts'
import { accounts, emptyDesks } from './random-rows.ts'
import { middles, question, work } from './random-work.ts'
import { backfillAll } from './rolled-rows.ts'
import { seed } from './seed.ts'

const DAY = 86400

/** What happened in one story, and how much of it was worth asking about. */
export interface Story {
  desk: RandomDesk
  /** Around which instant everything happens. */
  middle: number
  /** Questions whose answer was not "nothing", by how they were answered. */
  answered: Record<'rollup' | 'mixed' | 'raw', number>
}

/**
 * Tells one story by lot: two desks, with or without a past, on which rows come, change and go, workers work, days pass, and
 * questions are asked in between. The clock is the test's (vi.useFakeTimers).
 *
 * @throws Error with the whole story when an answer is not that of the raw rows
 */
export async function tellStory(pool: Pool, number: number): Promise<Story> {
  const random = randomFrom(seed, number)
  const middle = random.pick(middles)
  const story = { desk: new RandomDesk(pool, random, middle), middle, answered: { rollup: 0, mixed: 0, raw: 0 } }
  const said: string[] = []
  await emptyDesks(pool)
  try {
    vi.setSystemTime((middle + random.between(-5, 2) * DAY) * 1000)
    if (random.chance(0.7)) await story.desk.beginWithHistory()
    if (random.chance(0.6)) for (const account of accounts) await backfillAll(pool, account)
    for (let step = 0; step < 10; step++) {
      vi.setSystemTime(Date.now() + random.pick([0, random.between(0, 2)]) * DAY * 1000)
      said.push(await (random.chance(0.6) ? story.desk.change() : work(pool, random, middle)))
      for (let questions = random.pick([0, 1, 2]); questions > 0; questions--) {
        const { accountId, asked, times } = await question(pool, random, middle)
        said.push(`ask ${accountId} ${JSON.stringify({ ...asked, times })}`)
        take(story, await compare(pool, accountId, asked, await truth(pool, accountId, asked)))
        if (times) take(story, await compareSpread(pool, accountId, asked, times))
        const breakdowns = await compareBreakdowns(pool, accountId, asked)
        if (breakdowns.length > 0) throw new Error(breakdowns.slice(0, 10).join('\n'))
      }
    }
  } catch (error) {
    const lines = said.map((line, i) => `${i}. ${line}`).join('\n')
    throw new Error(`TIDEMARK_SEED=${seed}, story ${number}:\n${lines}\n${(error as Error).message}`, { cause: error })
  }
  return story
}

function take(story: Story, { lies, source, figures }: Comparison): void {
  if (lies.length > 0) throw new Error(lies.slice(0, 10).join('\n'))
  if (figures > 0) story.answered[source]++
}
