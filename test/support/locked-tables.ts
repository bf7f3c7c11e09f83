import type { Pool } from '../../src/db.ts'

/** What is done while nobody else gets at some tables: whoever tries waits until he is given up. */
export async function whileLocked<T>(pool: Pool, tables: readonly string[], work: () => Promise<T>): Promise<T> {
  const holder = await pool.connect()
  try {
    await holder.query(`begin; lock table ${tables.join(', ')} in access exclusive mode`)
    return await work()
  } finally {
    await holder.query('rollback')
    holder.release()
  }
}
