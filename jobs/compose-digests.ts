import { z } from 'zod'
import { now } from '../src/clock.ts'
import { composeDueDigests } from '../src/digests/composing/compose.ts'
import { defineJob } from '../src/job.ts'
import { deliverDigests } from './deliver-digests.ts'

/** Freezes a snapshot of each digest that is due and whose figures are complete, and has the mails sent. */
export const composeDigests = defineJob({
  name: 'compose-digests',
  queue: 'digests',
  payload: z.object({}),
  async run(_, { pool, enqueue, signal }) {
    const counts = await composeDueDigests(pool, now(), undefined, signal)
    await enqueue(deliverDigests, {}, { id: 'all' })
    return counts
  },
})
