import { one, openPool } from '../db.ts'

/** The connection string of a database behind the socket in `directory`. */
export function socketUrl(directory: string, database: string): string {
  return `postgresql://postgres@localhost/${encodeURIComponent(database)}?host=${encodeURIComponent(directory)}`
}

/** PostgreSQL is up but not open yet, or not any more: it starts, recovers or shuts down. */
const cannotConnectNow = '57P03'
const noServerCodes = ['ENOENT', 'ECONNREFUSED', 'ENOTSOCK']

/**
 * Asks the server behind a socket for an answer.
 * @returns `ready`, `busy` (starting or stopping: ask again) or `nothing` (nobody listens).
 * @throws when the socket belongs to another user.
 */
export async function ask(directory: string): Promise<'ready' | 'busy' | 'nothing'> {
  const pool = openPool(socketUrl(directory, 'postgres'), { max: 1 })
  try {
    await one(pool, 'select 1')
    return 'ready'
  } catch (error) {
    const { code } = error as { code?: string }
    if (code === 'EACCES') throw error
    if (code && noServerCodes.includes(code)) return 'nothing'
    // Any other answer with a SQLSTATE (too many connections, say) comes from a server that works.
    return code && code.length === 5 && code !== cannotConnectNow && !code.startsWith('E') ? 'ready' : 'busy'
  } finally {
    await pool.end()
  }
}
