import type { Command } from 'commander'
import type { AddressInfo } from 'node:net'
import { now } from '../clock.ts'
import { within } from '../closing.ts'
import { config } from '../config.ts'
import { openDatabase, type Database } from '../database.ts'
import { openPool, type Pool } from '../db.ts'
import { recordHeartbeats } from '../heartbeats.ts'
import type { App } from '../http/app.ts'
import { buildServer } from '../http/server.ts'
import type { Job } from '../job.ts'
import { log } from '../log.ts'
import { openMetrics, type Metrics } from '../metrics/metrics.ts'
import { migrate } from '../migrate.ts'
import { requireKnownSchema } from '../migrations.ts'
import { startWorker, type RunningWorker } from '../worker.ts'
import { listenForProbes, readinessOf } from './probing.ts'

export type Role = 'web' | 'worker'

/** Seconds that requests under way get to be answered when a process stops. */
const GRACE = 20

/** A process that serves until it is told to stop. */
export interface Running {
  /** Where the pages are, when it is a web process. */
  url: string | undefined
  pool: Pool
  databaseUrl: string
  /** Finishes what is under way, then lets go of everything, the database last. */
  stop(): Promise<void>
}

/** The verbs that run until they are stopped: serve (web), worker, all. */
export function registerProcesses(program: Command, jobs: readonly Job[]): void {
  const verb = (name: string, roles: Role[], description: string) =>
    program
      .command(name)
      .description(description)
      .action(async () => stopOnSignal(await start(roles, jobs)))
  verb('serve', ['web'], 'serve the API and the pages')
  verb('worker', ['worker'], 'roll what changes, work on backfills, send digests')
  verb('all', ['web', 'worker'], 'both in one process')
}

/** Starts the given roles on the configured database; an embedded one is brought up to date first. */
export async function start(roles: Role[], jobs: readonly Job[]): Promise<Running> {
  const database = await openDatabase()
  const closers: (() => Promise<unknown>)[] = [database.close]
  const stop = async () => {
    for (const close of closers.splice(0).toReversed()) await close()
  }
  try {
    if (database.embedded) await migrate(database.url)
    const pool = openPool(database.url)
    closers.push(() => pool.end())
    await requireKnownSchema(pool)
    // Roles end side by side: each has its seconds of grace.
    const ends: (() => Promise<unknown>)[] = []
    closers.push(() => Promise.all(ends.map((end) => end())))
    const worker = roles.includes('worker') ? await work(database, pool, jobs) : undefined
    if (worker) ends.push(worker.close)
    const metrics = openMetrics({ url: database.url, clock: now, queues: worker?.queues })
    // Closed after the roles: they are watched to their end.
    closers.splice(-1, 0, metrics.close)
    if (worker && !roles.includes('web')) {
      const probes = await listenForProbes({ pool, worker, metrics })
      ends.splice(0, 1, () => probes.whileDraining(worker.close))
    }
    const web = roles.includes('web') ? await listen(database, pool, metrics, worker) : undefined
    if (web) ends.push(web.close)
    return { url: web?.url, pool, databaseUrl: database.url, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function work({ url }: Database, pool: Pool, jobs: readonly Job[]): Promise<RunningWorker> {
  const stopRecording = await recordHeartbeats(pool, jobs)
  const worker = await startWorker({ pool, url, jobs })
  return { ...worker, close: () => worker.close().finally(stopRecording) }
}

async function listen(database: Database, pool: Pool, metrics: Metrics, worker: RunningWorker | undefined) {
  const readPool = openPool(database.url, { statementTimeout: config.reportTimeoutMs, applicationName: 'tidemark reports' })
  const access = { metrics, token: config.metricsToken, open: config.production ? 'nobody' : 'loopback' } as const
  const app = buildServer({ pool, readPool, ready: readinessOf(pool, worker), metrics: access })
  const close = async () => {
    await drain(app)
    await readPool.end()
  }
  try {
    await app.listen({ host: config.host, port: config.port })
  } catch (error) {
    await close()
    throw error
  }
  const { port } = app.server.address() as AddressInfo
  return { url: `http://${config.host}:${port}`, close }
}

/** Takes no new requests and lets those under way end, streams too; after 20 s whatever is left is cut off. */
async function drain(app: App): Promise<void> {
  const closed = app.close()
  if (await within(GRACE, closed)) return
  log.warn({ seconds: GRACE }, 'requests still run as the server closes; they are cut off')
  app.server.closeAllConnections()
  await closed
}

/** Waits for SIGTERM or Ctrl-C, then stops in order. A second one ends at once: whatever was under way is safe to be cut. */
export async function stopOnSignal(running: Running): Promise<void> {
  await new Promise<void>((resolve) => {
    process.once('SIGTERM', resolve).once('SIGINT', resolve)
  })
  process.once('SIGTERM', () => process.exit(130)).once('SIGINT', () => process.exit(130))
  log.info('stopping')
  await running.stop()
}
