import { readFileSync } from 'node:fs'
import { many, one, type Queryable } from '../../src/db.ts'

const catalog = readFileSync(new URL('./catalog.sql', import.meta.url), 'utf8')

/** All that a database is, beside its rows, as lines in order: equal lists mean equal databases. */
export async function catalogOf(db: Queryable): Promise<string[]> {
  return (await many<{ line: string }>(db, catalog)).map(({ line }) => line)
}

/** A fingerprint of every row of the tables in `public`, and of which transaction wrote it last: any write changes it. */
export async function fingerprints(db: Queryable): Promise<Record<string, string>> {
  const tables = await many<{ name: string }>(
    db,
    `select tablename as name from pg_tables where schemaname = 'public' order by 1`,
  )
  const found: Record<string, string> = {}
  for (const { name } of tables) {
    const { hash } = await one<{ hash: string }>(
      db,
      `select count(*) || ' ' || coalesce(md5(string_agg(t.xmin::text || t.ctid::text || md5(t::text), ',' order by t.ctid)), '') as hash from public.${name} t`,
    )
    found[name] = hash
  }
  return found
}
