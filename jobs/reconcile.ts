import { z } from 'zod'
import { now, stopwatch } from '../src/clock.ts'
import { config } from '../src/config.ts'
import { defineJob } from '../src/job.ts'
import { dueReconciliations, reconcileAccount } from '../src/rollups/verify/reconcile.ts'
import { LOOK_SECONDS } from '../src/rollups/verify/turn-times.ts'

/** A run ends after this long, so that reconciliation never takes a worker's place from rolls for longer. */
const RUN_SECONDS = 20
/** Rows of one transaction that are named in the log; all are in the table of mismatches. */
const LOGGED = 20

/** Recomputes rolled rows all the time, the recent days daily and the rest in turn, and mends what differs. */
export const reconcile = defineJob({
  name: 'reconcile',
  queue: 'rollups',
  payload: z.object({}),
  everySeconds: LOOK_SECONDS,
  async run(_, { pool, signal, log }) {
    const elapsed = stopwatch()
    const done = { accounts: 0, days: 0, mismatches: 0 }
    for (const due of await dueReconciliations(pool, now())) {
      signal.throwIfAborted()
      if (elapsed() > RUN_SECONDS) break
      const turn = await reconcileAccount(pool, due, now(), {
        cycleDays: config.reconcileDays,
        signal,
        onMismatch: (accountId, differences) => {
          for (const { table, bucket, dimension, dimensionId } of differences.slice(0, LOGGED))
            log.warn(
              { account_id: accountId, table, bucket, dimension, dimension_id: dimensionId },
              'a rolled row was wrong and was made anew',
            )
          log.warn({ account_id: accountId, rows: differences.length }, 'rolled rows were wrong and were made anew')
        },
      })
      if (!turn) continue
      done.accounts++
      done.days += turn.days
      done.mismatches += turn.mismatches
    }
    return done
  },
})
