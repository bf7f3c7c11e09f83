import { expect, vi } from 'vitest'
import { z } from 'zod'
import type { Pool } from '../../src/db.ts'
import { defineJob } from '../../src/job.ts'
import type { Queues } from '../../src/queue.ts'
import { startWorker } from '../../src/worker.ts'

/** A job that nobody can do; its error quotes an address, as those of a database may. */
const poison = defineJob({
  name: 'poison',
  queue: 'rollups',
  payload: z.object({ accountId: z.int() }),
  attempts: 3,
  backoffSeconds: 0.01,
  run: async () => {
    throw new Error('cannot roll for ada@example.com')
  },
})

/** Has a worker give up a job named `poison` for each of some accounts, in the queue `rollups`. Each job has its account's id. */
export async function giveUp(
  queues: Queues,
  place: { pool: Pool; url: string; redisUrl: string | undefined },
  accounts: readonly number[],
): Promise<void> {
  const worker = await startWorker({ ...place, jobs: [poison] })
  for (const accountId of accounts) await queues.enqueue(poison, { accountId }, { id: accountId })
  const failed = async () => (await queues.depths()).rollups.failed
  await vi.waitFor(async () => expect(await failed()).toBe(accounts.length), { timeout: 15_000, interval: 50 })
  await worker.close()
}
