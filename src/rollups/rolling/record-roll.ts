import { run, type Queryable } from '../../db.ts'

/** Records that something of the account was rolled just now. The caller holds the account's roll lock. */
export async function recordRoll(tx: Queryable, accountId: number): Promise<void> {
  await run(tx, 'update tidemark.accounts set rolled_at = clock_timestamp() where account_id = $1', [accountId])
}
