import { z } from 'zod'
import { now } from '../src/clock.ts'
import { deliverQueued } from '../src/digests/delivery/deliver.ts'
import { defineJob } from '../src/job.ts'

/** Sends what the ledger holds: new mails, and those whose next try has come. */
export const deliverDigests = defineJob({
  name: 'deliver-digests',
  queue: 'digests',
  payload: z.object({}),
  async run(_, { pool, signal }) {
    return deliverQueued(pool, now(), { signal })
  },
})
