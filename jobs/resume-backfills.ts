import { z } from 'zod'
import { defineJob } from '../src/job.ts'
import { abandonedBackfills } from '../src/rollups/backfill/backfill.ts'
import { backfillAccount } from './backfill-account.ts'

/** A chunk takes about a second; a backfill that has not moved for this long has nobody working on it. */
const IDLE_SECONDS = 15

/** Finds backfills that wait or whose runner is gone, and has them worked on. */
export const resumeBackfills = defineJob({
  name: 'resume-backfills',
  queue: 'rollups',
  payload: z.object({}),
  everySeconds: 5,
  async run(_, { pool, enqueue }) {
    const abandoned = await abandonedBackfills(pool, IDLE_SECONDS)
    for (const { accountId, id } of abandoned) await enqueue(backfillAccount, { accountId, backfillId: id }, { id })
    return { backfills: abandoned.length }
  },
})
