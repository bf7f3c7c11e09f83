import type { Pool } from '../db.ts'
import { accountsWithRetention, purge } from './purge.ts'

interface Options {
  /** Where mails were written as files. */
  outbox: string
  signal: AbortSignal
  /** Told of an account that could not be purged. */
  onFailure: (accountId: number, error: unknown) => void
}

/**
 * Purges each account that has settled not to keep everything. One that cannot be purged, as its tables are in use, say, keeps
 * no other waiting. Returns how many rows went.
 * @throws what the first of those failed with, once all others are through
 */
export async function purgeAll(pool: Pool, { outbox, signal, onFailure }: Options): Promise<number> {
  let rows = 0
  const failures: unknown[] = []
  for (const accountId of await accountsWithRetention(pool)) {
    try {
      const gone = await purge(pool, accountId, { reason: 'older than the account keeps it', outbox, signal })
      rows += Object.values(gone).reduce((sum, n) => sum + n, 0)
    } catch (error) {
      onFailure(accountId, error)
      failures.push(error)
    }
    signal.throwIfAborted()
  }
  if (failures.length > 0) throw failures[0]
  return rows
}
