import { one, run, type Queryable } from '../db.ts'
import { rawTables, type RawTable } from './columns.ts'

/**
 * The last id of each table that is taken: the largest there is, or the sequence's last where that is further, so that
 * nothing deleted comes back as something else. 0 in an empty database, in every run.
 */
export async function takenIds(db: Queryable): Promise<Map<RawTable, number>> {
  const taken = new Map<RawTable, number>()
  for (const table of rawTables) {
    const sequence = `pg_sequence_last_value(pg_get_serial_sequence('public.${table}', 'id'))`
    const { id } = await one<{ id: number }>(
      db,
      `select greatest(coalesce(max(id), 0), coalesce(${sequence}, 0))::bigint as id from public.${table}`,
    )
    taken.set(table, id)
  }
  return taken
}

/** Sets the sequences to the last ids given, so that the next row that asks its default finds a free one. */
export async function advanceSequences(db: Queryable, lastIds: ReadonlyMap<RawTable, number>): Promise<void> {
  for (const [table, id] of lastIds) {
    await run(db, `select setval(pg_get_serial_sequence('public.${table}', 'id'), $1)`, [id])
  }
}
