import type { Command } from 'commander'
import type { AddressInfo } from 'node:net'
import { config } from '../config.ts'
import { openDatabase, type Database } from '../database.ts'
import { openPool, type Pool } from '../db.ts'
import { buildServer } from '../http/server.ts'
import type { Job } from '../job.ts'
import { log } from '../log.ts'
import { migrate, pendingMigrations } from '../migrate.ts'
import { startWorker } from '../worker.ts'

export type Role = 'web' | 'worker'

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
    if (roles.includes('worker')) {
      const worker = await startWorker({ pool, url: database.url, jobs })
      closers.push(() => worker.close())
    }
    const web = roles.includes('web') ? await listen(database, pool) : undefined
    if (web) closers.push(web.close)
    return { url: web?.url, pool, databaseUrl: database.url, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function listen(database: Database, pool: Pool) {
  const readPool = openPool(database.url, { statementTimeout: config.reportTimeoutMs, applicationName: 'tidemark reports' })
  const app = buildServer({ pool, readPool, ready: () => unready(pool) })
  const close = async () => {
    await app.close()
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

async function unready(pool: Pool): Promise<string[]> {
  const pending = await pendingMigrations(pool)
  return pending.length === 0 ? [] : [`Migrations are missing: ${pending.join(', ')}. Run \`tidemark migrate\`.`]
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
