// A worker as it must not be: the heartbeats are asserted every ten minutes only, and those of a minute are tried once. The
// queue tries those of a minute or more again and again whatever the job says; a hair less than a minute leaves it to the job.
import { jobs } from '../../jobs/list.ts'
import { openPool } from '../../src/db.ts'
import { recordHeartbeats } from '../../src/heartbeats.ts'
import { startWorker } from '../../src/worker.ts'

const triedOnce = jobs.map((job) => (job.everySeconds === 60 ? { ...job, everySeconds: 59.9, attempts: 1 } : job))

const url = process.env.DATABASE_URL ?? ''
const pool = openPool(url)
await recordHeartbeats(pool, triedOnce)
await startWorker({ pool, url, jobs: triedOnce, upkeepSeconds: 600 })
