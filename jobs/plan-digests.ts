import { z } from 'zod'
import { tellOfBackfills } from '../src/admin/tell-of-backfills.ts'
import { now } from '../src/clock.ts'
import { planDueDigests } from '../src/digests/composing/plan.ts'
import { queueWelcomes } from '../src/digests/audience/welcome.ts'
import { defineJob } from '../src/job.ts'
import { composeDigests } from './compose-digests.ts'

/**
 * The heartbeat of digests: plans every minute what has become due, and has it composed; tells people from outside who were
 * added, and those who wanted to know when a backfill ends.
 */
export const planDigests = defineJob({
  name: 'plan-digests',
  queue: 'digests',
  payload: z.object({}),
  everySeconds: 60,
  async run(_, { pool, enqueue }) {
    const counts = await planDueDigests(pool, now())
    const backfills_told = await tellOfBackfills(pool, now())
    await enqueue(composeDigests, {}, { id: 'all' })
    return { ...counts, backfills_told, welcomed: await queueWelcomes(pool, now()) }
  },
})
