import { join } from 'node:path'
import { config } from './config.ts'
import { SQLSTATE, isSqlState, maybeOne, openPool, run } from './db.ts'
import { log } from './log.ts'
import { startPostgres } from './postgres/launcher.ts'

export interface Database {
  url: string
  /** True for the server that came with npm: one machine, no TCP, ends with the process that started it. */
  embedded: boolean
  /** Stops the embedded server if this process started it. Call it last, when every pool has ended. */
  close(): Promise<void>
}

/** SQLSTATE of `create database` when the name is taken. */
const duplicateDatabase = '42P04'

/**
 * The database to work on: `DATABASE_URL`, or else the database `tidemark` of the embedded server in the data
 * directory, started or attached to.
 * @throws Refusal (503) when the embedded server cannot run here.
 */
export async function openDatabase(): Promise<Database> {
  if (config.databaseUrl) return { url: config.databaseUrl, embedded: false, close: async () => {} }
  const server = await startPostgres({ dataDir: join(config.dataDir, 'postgres') })
  log.debug({ data: server.data, owner: server.owner }, 'embedded PostgreSQL is up')
  try {
    await ensureDatabase(server.url('postgres'), 'tidemark')
  } catch (error) {
    await server.stop()
    throw error
  }
  return { url: server.url('tidemark'), embedded: true, close: server.stop }
}

async function ensureDatabase(maintenanceUrl: string, name: string): Promise<void> {
  const pool = openPool(maintenanceUrl, { max: 1 })
  try {
    if (await maybeOne(pool, 'select 1 from pg_database where datname = $1', [name])) return
    await run(pool, `create database ${name}`)
  } catch (error) {
    // Another process that started at the same moment was first.
    if (!isSqlState(error, duplicateDatabase, SQLSTATE.uniqueViolation)) throw error
  } finally {
    await pool.end()
  }
}
