import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { one, openPool, run } from '../../src/db.ts'
import { defineJob } from '../../src/job.ts'
import { startWorker } from '../../src/worker.ts'

/** A job that the first process never finishes; each start is a row. */
export const holdOn = defineJob({
  name: 'hold-on',
  queue: 'backfills',
  payload: z.object({ accountId: z.number() }),
  async run({ accountId }, { pool }) {
    await run(pool, 'insert into starts (account_id, pid) values ($1, $2)', [accountId, process.pid])
    const { starts } = await one<{ starts: number }>(pool, 'select count(*) starts from starts where account_id = $1', [
      accountId,
    ])
    if (starts === 1) await sleep(3_600_000)
    return { starts }
  },
})

/** A job that fails twice, then succeeds; its tries are counted in a row. */
export const failTwice = defineJob({
  name: 'fail-twice',
  queue: 'rollups',
  payload: z.object({ accountId: z.number() }),
  backoffSeconds: 0.05,
  async run({ accountId }, { pool }) {
    const { tries } = await one<{ tries: number }>(
      pool,
      `insert into tries (account_id) values ($1) on conflict (account_id) do update set tries = tries.tries + 1 returning tries`,
      [accountId],
    )
    if (tries < 3) throw new Error('planned')
    return { tries }
  },
})

// A process of its own, so that a test can kill it: `child.ts <database URL> [<Redis URL>]`.
const [url, redisUrl] = process.argv.slice(2)
if (process.argv[1] === import.meta.filename && url) {
  const pool = openPool(url, { max: 10 })
  await startWorker({ pool, url, redisUrl, jobs: [holdOn, failTwice], concurrency: { rollups: 8 } })
  process.stdout.write('ready\n')
}
