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
    const otherwise = await rolledOtherwise(pool)
    const newer = otherwise.filter(({ isNewer }) => isNewer)
    // One line a minute, whatever their number: it may be so for as long as two releases run.
    if (newer.length > 0) {
      const { accountId, changed } = newer[0]!
      log.warn(
        { accounts: newer.length, account_id: accountId, changed },
        'a newer release rolls these accounts; this one answers from raw rows',
      )
    }
    const older = otherwise.filter(({ isNewer }) => !isNewer)
    for (const { accountId, changed } of older) {
      signal.throwIfAborted()
      await followDefinitions(pool, accountId, now())
      log.info(
        { account_id: accountId, changed },
        'metrics are defined otherwise now; a backfill of mode missing rolls the account anew',
      )
    }
    return { outdated: older.length }
  },
})
