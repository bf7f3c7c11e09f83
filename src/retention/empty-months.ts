import { isSqlState, many, one, sql, SQLSTATE, transaction, type Client, type Pool } from '../db.ts'
import { LOCK_MILLISECONDS, patiently } from '../patience.ts'
import { isStandalone } from '../source/standalone.ts'

/** How long writers may wait for a look at a month. */
const LOOK_MILLISECONDS = 1000
const emptyMonths = sql(import.meta.url, './empty-months.sql')

/**
 * Drops the partitions of months that purges have emptied: rows that are deleted leave their room to the table, a partition that
 * is dropped gives it back. One in which any account still keeps a row stays. Fires no trigger. Returns how many went.
 */
export async function dropEmptyMonths(pool: Pool): Promise<number> {
  if (!(await isStandalone(pool))) return 0
  let dropped = 0
  for (const { name } of await many<{ name: string }>(pool, emptyMonths)) {
    if (!(await isEmpty(pool, name))) continue
    // Else the pages of its deleted rows would be read once more while everybody who writes waits.
    await pool.query(`vacuum public.${name}`)
    dropped += await patiently(() => transaction(pool, (tx) => dropIfEmpty(tx, name))).catch(unlessTooSlow)
  }
  return dropped
}

/** Another day: an old transaction somewhere keeps the pages from being freed. */
function unlessTooSlow(error: unknown): number {
  if (isSqlState(error, SQLSTATE.statementTimeout)) return 0
  throw error
}

const isEmpty = async (db: Pool | Client, name: string) =>
  (await one<{ empty: boolean }>(db, `select not exists (select from public.${name}) as empty`)).empty

async function dropIfEmpty(tx: Client, name: string): Promise<number> {
  // The parent first, as who writes does.
  const parent = name.replace(/_\d{4}_\d{2}$/, '')
  await tx.query(`set local lock_timeout = ${LOCK_MILLISECONDS}`)
  await tx.query(`lock table public.${parent} in access exclusive mode`)
  await tx.query(`set local statement_timeout = ${LOOK_MILLISECONDS}`)
  // Somebody may have written there meanwhile.
  if (!(await isEmpty(tx, name))) return 0
  await tx.query(`drop table public.${name}`)
  return 1
}
