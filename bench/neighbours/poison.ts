import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { stopwatch } from '../../src/clock.ts'
import { run } from '../../src/db.ts'
import { defineJob } from '../../src/job.ts'
import { log } from '../../src/log.ts'
import { openQueues, type QueueOptions, type Queues } from '../../src/queue.ts'
import { startWorker } from '../../src/worker.ts'

/** Jobs of a turn that do something, and those beside them that fail whenever they are tried. */
export const GOOD = 400
export const POISONED = 4
/** What a good job takes, beside its statement. */
const MILLISECONDS = 20

/** Jobs a second of those that do something, alone and beside some that always fail, by turns. */
export async function besidePoison(options: QueueOptions, rounds: number): Promise<{ alone: number[]; beside: number[] }> {
  const payload = z.object({ accountId: z.number() })
  let left = 0
  let done = () => {}
  const good = defineJob({
    name: 'good',
    queue: 'rollups',
    payload,
    async run(_, { pool }) {
      await run(pool, 'select 1')
      await sleep(MILLISECONDS)
      if (--left === 0) done()
      return {}
    },
  })
  const poison = defineJob({
    name: 'poison',
    queue: 'rollups',
    payload,
    async run(_, { pool }) {
      await run(pool, `select 'poison'::int`)
      return {}
    },
  })
  // That they fail is no news here.
  log.level = 'silent'
  const queues = await openQueues(options)
  const worker = await startWorker({ ...options, jobs: [good, poison] })
  const turn = async (poisoned: number) => {
    for (let accountId = 1; accountId <= poisoned; accountId++) await queues.enqueue(poison, { accountId })
    left = GOOD
    const all = new Promise<void>((resolve) => (done = resolve))
    const elapsed = stopwatch()
    await Promise.all(Array.from({ length: GOOD }, (_, i) => queues.enqueue(good, { accountId: i + 1 })))
    await all
    return GOOD / elapsed()
  }
  try {
    const [alone, beside]: number[][] = [[], []]
    await turn(0)
    const turns = [async () => alone!.push(await turn(0)), async () => beside!.push(await turn(POISONED))]
    for (let round = 0; round < rounds; round++) {
      // Each comes first as often as second, and finds the queue as quiet.
      for (const next of round % 2 === 0 ? turns : turns.toReversed()) {
        while (await isBusy(queues)) await sleep(200)
        await next()
      }
    }
    return { alone: alone!, beside: beside! }
  } finally {
    await worker.close()
    await queues.close()
  }
}

async function isBusy(queues: Queues): Promise<boolean> {
  const { waiting, active, delayed } = (await queues.depths()).rollups
  return waiting + active + delayed > 0
}
