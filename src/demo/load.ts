import type { Instant } from '../clock.ts'
import { many, run, transaction, type Pool } from '../db.ts'
import { demoDesk, type DemoSize } from './desk.ts'
import { generateDesk } from './generate.ts'
import type { Progress } from './history.ts'

export interface DemoAccount {
  id: number
  name: string
  /** A token of its administrator. */
  token: string
}

/** Which desks. The same size and seed give the same figures to everyone who loads them at the same moment. */
export interface Demo {
  size: DemoSize
  seed: number
}

export const DEMO: Demo = { size: 'small', seed: 42 }

/**
 * Fills an empty standalone database with demo desks; one that has accounts is left as it is. Returns whether it filled it.
 * The load is one transaction, so that a killed one leaves nothing behind.
 */
export async function loadDemo(
  pool: Pool,
  { size, seed }: Demo,
  now: Instant,
  onProgress: (progress: Progress) => void,
): Promise<boolean> {
  const [present] = await many(pool, 'select id from accounts limit 1')
  if (present) return false
  const { accounts } = await generateDesk(pool, { seed, accounts: demoDesk(size), now, onProgress })
  await transaction(pool, async (tx) => {
    // Nothing of the accounts is covered yet, so nothing can be out of date: a backfill rolls them faster than 90,000 marks.
    const ids = accounts.map((account) => account.id)
    const uncover = `insert into tidemark.accounts (account_id) select unnest($1::int[]) on conflict (account_id) do update set covered = '{}'`
    await run(tx, uncover, [ids])
    await run(tx, 'delete from tidemark.dirty_hours where account_id = any ($1)', [ids])
    await run(tx, 'delete from tidemark.dirty_scopes where account_id = any ($1) or account_id is null', [ids])
  })
  return true
}

/** The accounts of the desk with a token each. */
export function demoAccounts(pool: Pool): Promise<DemoAccount[]> {
  return many<DemoAccount & Record<string, unknown>>(
    pool,
    `select distinct on (a.id) a.id, a.name, t.token
     from accounts a
     join account_users m on m.account_id = a.id and m.role = 1
     join access_tokens t on t.owner_type = 'User' and t.owner_id = m.user_id
     order by a.id, m.user_id`,
  )
}
