import { maybeOne, sql, type Queryable } from '../db.ts'

const suppressedSql = sql(import.meta.url, './may-be-sent.sql')

/** A mail of the ledger: a recipient's snapshot, or a notice about a digest. */
export interface Addressed {
  accountId: number
  digestId: number
  kind: 'digest' | 'notice'
  recipient: string
  /** The user of the account that the recipient is listed as; null for whom only an address is known. */
  userId: number | null
}

export interface HeldBack {
  state: 'suppressed' | 'skipped'
  reason: string
}

/** Asks, immediately before each attempt, what may have changed since the mail was queued. */
export async function mayBeSent(db: Queryable, { accountId, digestId, kind, recipient }: Addressed): Promise<'send' | HeldBack> {
  const values = [accountId, digestId, recipient, kind === 'notice']
  const found = await maybeOne<{ reason: string }>(db, suppressedSql, values)
  return found ? { state: 'suppressed', reason: found.reason } : 'send'
}
