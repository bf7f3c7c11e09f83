import type { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { buffer } from 'node:stream/consumers'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import { many, run, type Client, type Pool } from '../../src/db.ts'

/** What a logical dump holds of a database whose tables are made by migrations: all rows of one moment, and the sequences. */
export interface Backup {
  tables: { name: string; columns: string; rows: Buffer }[]
  sequences: { name: string; last: number }[]
}

const SCHEMAS = ['public', 'tidemark']

/** Dumps a database that is in use as pg_dump does: in one repeatable-read snapshot. The queue's schema is left out. */
export async function dump(pool: Pool): Promise<Backup> {
  const client = await pool.connect()
  try {
    await client.query('begin isolation level repeatable read, read only')
    const found = await many<{ name: string; columns: string }>(
      client,
      `select c.oid::regclass::text as name, string_agg(quote_ident(a.attname), ', ' order by a.attnum) as columns
       from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
       where c.relnamespace::regnamespace::text = any ($1) and c.relkind in ('r', 'p') and not c.relispartition
       group by c.oid`,
      [SCHEMAS],
    )
    const tables: Backup['tables'] = []
    for (const { name, columns } of found) {
      tables.push({ name, columns, rows: await rowsOf(client, `copy (select ${columns} from ${name}) to stdout`) })
    }
    const sequences = await many<{ name: string; last: number }>(
      client,
      `select format('%I.%I', schemaname, sequencename) as name, last_value as last from pg_sequences
       where schemaname = any ($1) and last_value is not null`,
      [SCHEMAS],
    )
    await client.query('commit')
    return { tables, sequences }
  } finally {
    client.release()
  }
}

const rowsOf = (client: Client, statement: string) => buffer(client.query(copyTo(statement)) as Readable)

/** Fills the tables of another database, which migrations have just made; no trigger fires, as with a dump. */
export async function restore(pool: Pool, { tables, sequences }: Backup): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('begin; set local session_replication_role = replica')
    await client.query(`truncate ${tables.map(({ name }) => name).join(', ')}`)
    for (const { name, columns, rows } of tables) {
      await pipeline([rows], client.query(copyFrom(`copy ${name} (${columns}) from stdin`)) as Writable)
    }
    for (const { name, last } of sequences) {
      const made = await many(client, 'select 1 where to_regclass($1) is not null', [name])
      if (made.length === 0) await run(client, `create sequence ${name}`)
      await run(client, 'select setval($1::text::regclass, $2)', [name, last])
    }
    await client.query('commit')
  } finally {
    client.release()
  }
}
