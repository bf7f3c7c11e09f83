import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { runner } from 'node-pg-migrate'
import pg from 'pg'
import { many, one, type Queryable } from './db.ts'
import { Refusal } from './errors.ts'
import { LOCK_MILLISECONDS, patiently } from './patience.ts'

/** Our own tables, in the schema `tidemark`. */
const own = { dir: fileURLToPath(new URL('../migrations', import.meta.url)), table: 'migrations' }
/** The raw tables of a standalone database, in the schema `public`, in Chatwoot's shape. */
const raw = { dir: fileURLToPath(new URL('../migrations/raw', import.meta.url)), table: 'raw_migrations' }

/**
 * Brings a standalone database up to date: the raw tables, then our own. In an attached database only our own.
 * Any number of processes may do so at once. Returns the names of the migrations that ran.
 * @throws Refusal when the database is a Chatwoot that has not been attached.
 */
export async function migrate(url: string): Promise<string[]> {
  const standalone = await withClient(url, isStandalone)
  return [...(standalone ? await apply(url, raw) : []), ...(await migrateOwn(url))]
}

/** Applies the migrations of our own tables, in one transaction. */
export function migrateOwn(url: string): Promise<string[]> {
  return apply(url, own)
}

/** The names of migrations that the database still lacks, for readiness probes. */
export async function pendingMigrations(db: Queryable): Promise<string[]> {
  const { known } = await one<{ known: boolean }>(db, `select to_regclass('tidemark.migrations') is not null as known`)
  const done = known ? await many<{ name: string }>(db, 'select name from tidemark.migrations') : []
  return namesIn(own.dir).filter((name) => !done.some((row) => row.name === name))
}

/** Without a Chatwoot's tables, or with raw tables of our own making. */
async function isStandalone(db: Queryable): Promise<boolean> {
  const found = await one<{ raw: boolean; ours: boolean; attached: boolean }>(
    db,
    `select to_regclass('public.conversations') is not null as raw,
            to_regclass('tidemark.raw_migrations') is not null as ours,
            to_regclass('tidemark.migrations') is not null as attached`,
  )
  if (found.raw && !found.ours && !found.attached) {
    throw new Refusal('not_attached', 'This is a Chatwoot database: use `tidemark attach`, which leaves its tables as they are.')
  }
  return found.ours || !found.raw
}

function apply(url: string, { dir, table }: { dir: string; table: string }): Promise<string[]> {
  return withClient(url, (client) =>
    patiently(async () => {
      await client.query(`set lock_timeout = ${LOCK_MILLISECONDS}`)
      const ran = await runner({
        dbClient: client,
        dir,
        direction: 'up',
        migrationsTable: table,
        migrationsSchema: 'tidemark',
        createMigrationsSchema: true,
        singleTransaction: true,
        advisoryLockMode: 'wait',
        log: () => {},
      })
      return ran.map((migration) => migration.name)
    }),
  )
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'tidemark migrate' })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

function namesIn(dir: string): string[] {
  return readdirSync(dir)
    .filter((file) => file.endsWith('.sql'))
    .map((file) => file.replace(/\.sql$/, ''))
    .sort()
}
