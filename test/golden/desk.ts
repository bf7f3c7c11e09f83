import { run, type Pool } from '../../src/db.ts'
import { giveTokens } from '../http/desk.ts'
import { insertRows } from '../http/case-rows.ts'
import type { TestDatabase } from '../support/database.ts'
import { createStandalone } from '../support/standalone.ts'
import { withoutMarks } from '../support/desk.ts'
import { happenings } from './happenings.ts'
import { people } from './people.ts'
import type { GoldenRow, GoldenRows, Row } from './row.ts'
import { story } from './story.ts'

/** The golden desk: few rows, each of them there for a rule. */
export const desk: GoldenRows = { ...people, ...story, ...happenings }

/** Every row of the desk with its table. */
export const deskRows: (GoldenRow & { table: string })[] = Object.entries(desk).flatMap(([table, rows]) =>
  rows.map((one) => ({ table, ...one })),
)

/** A standalone database with the desk in it, none of it rolled or marked; user n has the token `token-n`. */
export async function openGoldenDesk(): Promise<TestDatabase> {
  const database = await createStandalone()
  const tables = Object.entries(desk).map(([table, rows]) => [table, rows.map(({ row }) => row)] as const)
  await insertRows(database.pool, Object.fromEntries(tables))
  await giveTokens(database.pool)
  for (const account of [1, 2]) await withoutMarks(database.pool, account, async () => {})
  return database
}

/**
 * Takes a row away or, where it has `unless`, takes away what keeps it out; returns what puts the row back as it was.
 * Chatwoot's triggers and ours see both, as they would see any writer.
 */
export async function breakRule(pool: Pool, { table, row, unless }: GoldenRow & { table: string }): Promise<() => Promise<void>> {
  const [kept] = (await pool.query<{ kept: Row }>(`select to_jsonb(t) as kept from ${table} t where id = $1`, [row['id']])).rows
  if (!kept) throw new Error(`${table} ${String(row['id'])} is not there`)
  const put = async (values: Row) => {
    await run(pool, `delete from ${table} where id = $1`, [row['id']])
    await run(pool, `insert into ${table} select * from jsonb_populate_record(null::${table}, $1)`, [JSON.stringify(values)])
  }
  if (unless) await put({ ...kept.kept, ...unless })
  else await run(pool, `delete from ${table} where id = $1`, [row['id']])
  return () => put(kept.kept)
}
