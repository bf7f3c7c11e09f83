import { z } from 'zod'
import { resolve } from 'node:path'
import { config } from '../src/config.ts'
import { defineJob } from '../src/job.ts'
import { dropEmptyMonths } from '../src/retention/empty-months.ts'
import { accountsWithRetention, purge } from '../src/retention/purge.ts'

const DAY = 86_400

/** Purges each day what accounts have settled not to keep any longer. */
export const purgeOld = defineJob({
  name: 'purge',
  queue: 'rollups',
  payload: z.object({}),
  everySeconds: DAY,
  async run(_, { pool, signal }) {
    let rows = 0
    for (const accountId of await accountsWithRetention(pool)) {
      const gone = await purge(pool, accountId, {
        reason: 'older than the account keeps it',
        outbox: resolve(config.dataDir, 'outbox'),
        signal,
      })
      rows += Object.values(gone).reduce((sum, n) => sum + n, 0)
      signal.throwIfAborted()
    }
    return { rows, months: await dropEmptyMonths(pool) }
  },
})
