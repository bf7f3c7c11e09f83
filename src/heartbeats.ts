import { run, type Pool } from './db.ts'
import { errorReporter } from './failure.ts'
import type { Job } from './job.ts'
import { onMeasured } from './measurements.ts'

/**
 * Writes down when each heartbeat last did its work in this process, so that others see it: also when no worker is left. One
 * that never ran counts from its worker's start.
 * @returns stops it
 */
export async function recordHeartbeats(pool: Pool, jobs: readonly Job[]): Promise<() => void> {
  const every = new Map(jobs.flatMap(({ name, everySeconds }) => (everySeconds === undefined ? [] : [[name, everySeconds]])))
  const report = errorReporter('a heartbeat cannot be written down')
  // Nobody's work depends on it, so a worker starts without.
  await announce(pool, every).catch(report)
  return onMeasured('job', ({ job, result }) => {
    const seconds = result === 'done' ? every.get(job) : undefined
    if (seconds !== undefined) beat(pool, job, seconds).catch(report)
  })
}

/** Writes the row anew where a worker of an older release, which does not know the job, has taken it away. */
async function beat(pool: Pool, job: string, everySeconds: number): Promise<void> {
  await run(
    pool,
    `insert into tidemark.heartbeats (job, every_seconds, at) values ($1, $2, clock_timestamp())
     on conflict (job) do update set at = excluded.at`,
    [job, everySeconds],
  )
}

async function announce(pool: Pool, every: ReadonlyMap<string, number>): Promise<void> {
  const names = [...every.keys()]
  // Those that no release knows any more would look as if they had stopped.
  await run(pool, 'delete from tidemark.heartbeats where not job = any ($1)', [names])
  await run(
    pool,
    `insert into tidemark.heartbeats (job, every_seconds, at)
     select job, every, clock_timestamp() from unnest($1::text[], $2::float8[]) as h (job, every)
     on conflict (job) do update set every_seconds = excluded.every_seconds`,
    [names, [...every.values()]],
  )
}
