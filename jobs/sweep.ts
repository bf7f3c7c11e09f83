import { z } from 'zod'
import { config } from '../src/config.ts'
import { defineJob } from '../src/job.ts'
import { dirtyAccounts } from '../src/rollups/rolling/roll-dirty.ts'
import { rollAccount } from './roll-account.ts'

/** Looks every few seconds which accounts have changed and has each rolled, one roll at a time per account. */
export const sweep = defineJob({
  name: 'sweep',
  queue: 'rollups',
  payload: z.object({}),
  everySeconds: config.sweepSeconds,
  async run(_, { pool, enqueue }) {
    const accounts = await dirtyAccounts(pool)
    for (const accountId of accounts) await enqueue(rollAccount, { accountId }, { id: accountId })
    return { accounts: accounts.length }
  },
})
