import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { many, maybeOne, openPool, run } from '../../src/db.ts'
import { defineJob } from '../../src/job.ts'
import { startWorker } from '../../src/worker.ts'

/** A job that never ends while its account holds on, however often it is begun; each start is a row. */
export const cling = defineJob({
  name: 'cling',
  queue: 'backfills',
  payload: z.object({ accountId: z.number() }),
  async run({ accountId }, { pool, signal }) {
    await run(pool, 'insert into starts (account_id, pid) values ($1, $2)', [accountId, process.pid])
    const holds = () => maybeOne(pool, 'select 1 from wanted where account_id = $1 and holds', [accountId])
    while (await holds()) await sleep(200, undefined, { signal })
    await run(pool, 'update wanted set done = true where account_id = $1', [accountId])
    return {}
  },
})

/** A heartbeat that reads from rows what is still to be done, as all of ours do. */
export const remind = defineJob({
  name: 'remind',
  queue: 'rollups',
  payload: z.object({}),
  everySeconds: 1,
  async run(_, { pool, enqueue }) {
    const wanted = await many<{ id: number }>(pool, 'select account_id as id from wanted where planned and not done')
    for (const { id } of wanted) await enqueue(cling, { accountId: id }, { id })
    return {}
  },
})

// A process of its own, so that a test can kill it: `cling-child.ts <database URL> [<Redis URL>]`.
const [url, redisUrl] = process.argv.slice(2)
if (process.argv[1] === import.meta.filename && url) {
  const pool = openPool(url, { max: 10 })
  await startWorker({ pool, url, redisUrl, jobs: [cling, remind], concurrency: { backfills: 2 } })
  process.stdout.write('ready\n')
}
