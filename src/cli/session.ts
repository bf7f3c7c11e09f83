import { openDatabase } from '../database.ts'
import { openPool, type Pool } from '../db.ts'
import { requireKnownSchema } from '../migrations.ts'

/** What a verb works with: the database, and a signal that fires on Ctrl-C and SIGTERM. */
export interface Session {
  url: string
  pool: Pool
  signal: AbortSignal
}

/**
 * Opens the database for one verb and closes it after, the embedded server last. Ctrl-C lets the work end at a safe point.
 * @throws Refusal when a newer release has changed the tables in a way that this one cannot work with
 */
export async function withSession<T>(work: (session: Session) => Promise<T>): Promise<T> {
  const interrupted = new AbortController()
  const interrupt = () => {
    interrupted.abort()
    process.exitCode = 130
  }
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt)
  const database = await openDatabase()
  const pool = openPool(database.url)
  try {
    await requireKnownSchema(pool)
    return await work({ url: database.url, pool, signal: interrupted.signal })
  } finally {
    await pool.end()
    await database.close()
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
  }
}
