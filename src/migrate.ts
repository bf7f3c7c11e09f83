import pg from 'pg'
import { isSqlState, one, SQLSTATE, type Queryable } from './db.ts'
import { Refusal } from './errors.ts'
import { NO_MIGRATIONS, OWN, RAW, requireKnownSchema, type MigrationSet } from './migrations.ts'
import { LOCK_MILLISECONDS, PATIENCE_SECONDS, patiently } from './patience.ts'

export interface MigrateOptions {
  /** Seconds for which locks of tables in use are tried again, 0.5 s each time with pauses between; 0: once. */
  wait?: number
  /**
   * Seconds that one statement may take. Whoever reads a table that the migration has locked waits that long; what would
   * take longer belongs into a backfill (migrations/README.md).
   */
  statementSeconds?: number
}

const STATEMENT_SECONDS = 60

/**
 * Brings a standalone database up to date: the raw tables, then our own. In an attached database only our own.
 * Any number of processes may do so at once. Returns the names of the migrations that ran.
 * @throws Refusal when the database is a Chatwoot that has not been attached, was changed by a newer release that this one
 * cannot work with, or is in use all the time. Then nothing has changed, unless the raw tables were brought up to date before
 * our own gave up: each of the two is one transaction, and the message says so.
 */
export async function migrate(url: string, options: MigrateOptions = {}): Promise<string[]> {
  const standalone = await withClient(url, isStandalone)
  const raw = standalone ? await apply(url, RAW, options) : []
  return [...raw, ...(await apply(url, OWN, options, raw))]
}

/** Applies the migrations of our own tables, in one transaction. */
export function migrateOwn(url: string, options: MigrateOptions = {}): Promise<string[]> {
  return apply(url, OWN, options)
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

/** @param before what the same call has applied already, which stays when this gives up */
function apply(
  url: string,
  { dir, table }: MigrationSet,
  options: MigrateOptions,
  before: readonly string[] = [],
): Promise<string[]> {
  const unchanged =
    before.length === 0
      ? 'Nothing has changed.'
      : `Of raw tables ${before.join(', ')} has been applied; nothing else has changed.`
  const { wait = PATIENCE_SECONDS, statementSeconds = STATEMENT_SECONDS } = options
  const up = async (client: pg.Client) => {
    await requireKnownSchema(client)
    await client.query(`set lock_timeout = ${LOCK_MILLISECONDS}`)
    await client.query(`set statement_timeout = ${Math.round(statementSeconds * 1000)}`)
    // Only here: it takes a process a quarter of a second to load, and most that may migrate have nothing to do.
    const { runner } = await import('node-pg-migrate')
    const ran = await runner({
      dbClient: client,
      dir,
      direction: 'up',
      migrationsTable: table,
      migrationsSchema: 'tidemark',
      createMigrationsSchema: true,
      singleTransaction: true,
      advisoryLockMode: 'wait',
      ignorePattern: NO_MIGRATIONS,
      log: () => {},
    }).catch((error: unknown) => {
      throw isSqlState(error, SQLSTATE.statementTimeout) ? tooSlow(statementSeconds, unchanged) : error
    })
    return ran.map((migration) => migration.name)
  }
  return withClient(url, (client) => patiently(() => up(client), wait, unchanged))
}

const tooSlow = (seconds: number, unchanged: string) =>
  new Refusal(
    'slow_migration',
    `A statement of a migration took longer than ${seconds} s. ${unchanged} Try again when it is calmer, or let it take its time with --statement-timeout <seconds>.`,
    { status: 503, exitCode: 1 },
  )

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'tidemark migrate', options: '-c timezone=UTC' })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
