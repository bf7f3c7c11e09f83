import { z } from 'zod'
import { defineJob } from '../src/job.ts'
import { runBackfill } from '../src/rollups/backfill/run-backfill.ts'

/** Works on one backfill until it is through. */
export const backfillAccount = defineJob({
  name: 'backfill-account',
  queue: 'backfills',
  payload: z.object({ accountId: z.int(), backfillId: z.int() }),
  async run({ accountId, backfillId }, { pool, signal, progress }) {
    const { hoursDone, hoursTotal } = await runBackfill(pool, accountId, backfillId, {
      signal,
      onProgress: (at) => progress({ hoursDone: at.hoursDone, hoursTotal: at.hoursTotal }),
    })
    signal.throwIfAborted()
    return { hoursDone, hoursTotal }
  },
})
