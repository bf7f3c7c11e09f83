import { z } from 'zod'
import { defineJob } from '../src/job.ts'
import { rollDirty } from '../src/rollups/rolling/roll-dirty.ts'

/**
 * Seconds that an account keeps its place while it has anything to roll. One whose rows change all the time would keep it for
 * ever, and there are few places; the sweep asks for it again.
 */
const TURN_SECONDS = 10

/** Rolls what is dirty of one account. */
export const rollAccount = defineJob({
  name: 'roll-account',
  queue: 'rollups',
  payload: z.object({ accountId: z.int() }),
  async run({ accountId }, { pool, signal }) {
    const turn = AbortSignal.any([signal, AbortSignal.timeout(TURN_SECONDS * 1000)])
    return { ...(await rollDirty(pool, accountId, turn)) }
  },
})
