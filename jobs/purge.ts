import { z } from 'zod'
import { resolve } from 'node:path'
import { config } from '../src/config.ts'
import { failureOf } from '../src/failure.ts'
import { defineJob } from '../src/job.ts'
import { dropEmptyMonths } from '../src/retention/empty-months.ts'
import { purgeAll } from '../src/retention/purge-all.ts'
import { purgeInstallation } from '../src/retention/purge-installation.ts'

const DAY = 86_400

/** Purges each day what accounts, and the installation, have settled not to keep any longer. */
export const purgeOld = defineJob({
  name: 'purge',
  queue: 'rollups',
  payload: z.object({}),
  everySeconds: DAY,
  async run(_, { pool, signal, log }) {
    const outbox = resolve(config.dataDir, 'outbox')
    const ofNoAccount = await purgeInstallation(pool, { outbox, logDays: config.installationLogDays, signal })
    const rows = await purgeAll(pool, {
      outbox,
      signal,
      onFailure: (accountId, error) =>
        log.warn(
          { account_id: accountId, reason: failureOf(error).message },
          'what the account does not keep could not be purged',
        ),
    })
    return { rows: rows + ofNoAccount, months: await dropEmptyMonths(pool) }
  },
})
