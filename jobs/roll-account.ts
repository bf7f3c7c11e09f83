import { z } from 'zod'
import { defineJob } from '../src/job.ts'
import { rollDirty } from '../src/rollups/rolling/roll-dirty.ts'

/** Rolls what is dirty of one account. */
export const rollAccount = defineJob({
  name: 'roll-account',
  queue: 'rollups',
  payload: z.object({ accountId: z.int() }),
  async run({ accountId }, { pool, signal }) {
    return { ...(await rollDirty(pool, accountId, signal)) }
  },
})
