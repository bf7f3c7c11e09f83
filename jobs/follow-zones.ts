import { z } from 'zod'
import { defineJob } from '../src/job.ts'
import { followZone, rolledAccounts } from '../src/rollups/backfill/backfill.ts'

/** Notices every minute which accounts have been moved to another time zone and asks for their history to be rolled anew. */
export const followZones = defineJob({
  name: 'follow-zones',
  queue: 'rollups',
  payload: z.object({}),
  everySeconds: 60,
  async run(_, { pool, signal }) {
    let moved = 0
    for (const accountId of await rolledAccounts(pool)) {
      signal.throwIfAborted()
      if (await followZone(pool, accountId)) moved++
    }
    return { moved }
  },
})
