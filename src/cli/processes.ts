import { Option, type Command } from 'commander'
import { now } from '../clock.ts'
import { endSoon } from '../closing.ts'
import { config } from '../config.ts'
import { budgetProblem, connectionBudget } from '../connections.ts'
import { openDatabase, type Database } from '../database.ts'
import { openPool, type Pool } from '../db.ts'
import { recordHeartbeats } from '../heartbeats.ts'
import { QUEUES, type Job, type QueueName } from '../job.ts'
import { log } from '../log.ts'
import { openMetrics } from '../metrics/metrics.ts'
import { requireKnownSchema } from '../migrations.ts'
import type { RunningWorker } from '../worker.ts'
import { stopOnSignal } from './ending.ts'
import { listenForProbes } from './probing.ts'
import { queuesToShow } from './queues-to-show.ts'

export type Role = 'web' | 'worker'

/** A process that serves until it is told to stop. */
export interface Running {
  /** Where the pages are, when it is a web process. */
  url: string | undefined
  pool: Pool
  databaseUrl: string
  /**
   * Finishes what is under way, then lets go of everything, the database last.
   * @param drainSeconds for how long a web process still takes requests, while `/readyz` says 503 already; default: not at all
   */
  stop(drainSeconds?: number): Promise<void>
}

/** The verbs that run until they are stopped: serve (web), worker, all. */
export function registerProcesses(program: Command, jobs: readonly Job[]): void {
  const verb = (name: string, roles: Role[], description: string) =>
    program
      .command(name)
      .description(description)
      .action(async ({ queues }: { queues?: QueueName[] }) => {
        await stopOnSignal(start(roles, jobs, queues))
        endSoon()
      })
  verb('serve', ['web'], 'serve the API and the pages')
  verb('worker', ['worker'], 'roll what changes, work on backfills, send digests').addOption(
    new Option('--queues <names...>', 'work on these alone; others have to work on the rest').choices(QUEUES),
  )
  verb('all', ['web', 'worker'], 'both in one process')
}

/**
 * Starts the given roles on the configured database; an embedded one is brought up to date first.
 * @param queues those that a worker works on
 */
export async function start(roles: Role[], jobs: readonly Job[], queues: readonly QueueName[] = QUEUES): Promise<Running> {
  const database = await openDatabase()
  const closers: ((drainSeconds: number) => Promise<unknown>)[] = [database.close]
  const stop = async (drainSeconds = 0) => {
    for (const close of closers.splice(0).toReversed()) await close(drainSeconds)
  }
  try {
    // What only some processes need is loaded where they need it: a worker starts in half the time.
    if (database.embedded) await (await import('../migrate.ts')).migrate(database.url)
    const pool = openPool(database.url)
    closers.push(() => pool.end())
    await requireKnownSchema(pool)
    await checkConnections(pool)
    const isWeb = roles.includes('web')
    const worker = roles.includes('worker') ? await work(database, pool, jobs, queues) : undefined
    // Roles end side by side, each with its seconds of grace; what watches them, after them.
    let ends: ((drainSeconds: number) => Promise<void>)[] = worker ? [worker.close] : []
    const shown = isWeb && !worker && config.queueUi ? queuesToShow({ pool, url: database.url }) : undefined
    const metrics = openMetrics({ url: database.url, clock: now, queues: worker?.queues ?? shown, worksOn: worker ? queues : [] })
    if (shown) closers.push(shown.close)
    closers.push(metrics.close, (drainSeconds) => Promise.all(ends.map((end) => end(drainSeconds))))
    if (worker && !isWeb) {
      const probes = await listenForProbes({ pool, worker, metrics })
      ends = [() => probes.whileDraining(worker.close)]
    }
    const web = isWeb ? await (await import('./web.ts')).serveWeb(database, { pool, metrics, worker, shown }) : undefined
    if (web) ends.push(web.close)
    return { url: web?.url, pool, databaseUrl: database.url, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/**
 * Warns where the processes together could use up the server's connections. It does not refuse to start: pools fill up only when
 * there is that much to do, and a desk without reports is worse than one that may run short.
 */
async function checkConnections(pool: Pool): Promise<void> {
  const budget = await connectionBudget(pool, config.processes, config.redisUrl === undefined)
  const problem = budgetProblem(budget, config.processes)
  if (problem) log.warn(budget, problem)
}

async function work({ url }: Database, pool: Pool, jobs: readonly Job[], queues: readonly QueueName[]): Promise<RunningWorker> {
  // All of them: a heartbeat that nobody works on is to be seen.
  const stopRecording = await recordHeartbeats(pool, jobs)
  const { startWorker } = await import('../worker.ts')
  const own = jobs.filter(({ queue }) => queues.includes(queue))
  const worker = await startWorker({ pool, url, jobs: own, concurrency: { backfills: config.backfillConcurrency } })
  return { ...worker, close: () => worker.close().finally(stopRecording) }
}
