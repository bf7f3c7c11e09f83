import { many, run, sql, type Queryable } from '../db.ts'
import { bulkyTables } from './columns.ts'

const readIndexes = sql(import.meta.url, './read-indexes.sql')

/**
 * Drops the indexes of the bulky tables that no uniqueness hangs on, and returns what makes them again. With Chatwoot's
 * dozen indexes on messages a million of them take 17 s instead of 41; with the few of the standalone tables it makes no
 * difference. Locks the tables until the transaction ends: only for databases that nobody else uses yet.
 */
export async function setIndexesAside(tx: Queryable): Promise<() => Promise<void>> {
  const aside: string[] = []
  for (const table of bulkyTables) {
    for (const index of await many<{ drop: string; make: string }>(tx, readIndexes, [`public.${table}`])) {
      await run(tx, index.drop)
      aside.push(index.make)
    }
  }
  return async () => {
    await run(tx, `set local maintenance_work_mem = '512MB'`)
    for (const statement of aside) await run(tx, statement)
  }
}
