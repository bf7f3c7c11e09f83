import { z } from 'zod'
import { now } from '../src/clock.ts'
import { defineJob } from '../src/job.ts'
import { followDefinitions, rolledOtherwise } from '../src/rollups/definitions/follow-definitions.ts'

/** Notices every minute which accounts were rolled by older definitions of metrics, and has their rows count as outdated. */
export const followDefinitionsJob = defineJob({
  name: 'follow-definitions',
  queue: 'rollups',
  payload: z.object({}),
  everySeconds: 60,
  async run(_, { pool, signal, log }) {
    let outdated = 0
    for (const { accountId, isNewer, changed } of await rolledOtherwise(pool)) {
      signal.throwIfAborted()
      if (isNewer) {
        log.warn({ accountId, changed }, 'a newer release rolls this account; this one answers from raw rows')
        continue
      }
      await followDefinitions(pool, accountId, now())
      log.info({ accountId, changed }, 'metrics are defined otherwise now; a backfill of mode missing rolls the account anew')
      outdated++
    }
    return { outdated }
  },
})
