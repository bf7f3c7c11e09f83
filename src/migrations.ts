import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { many, maybeOne, one, type Queryable } from './db.ts'
import { Refusal } from './errors.ts'
import { version } from './version.ts'

/** A folder of migrations and the table, in the schema `tidemark`, that records which have run. */
export interface MigrationSet {
  dir: string
  table: 'migrations' | 'raw_migrations'
}

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url))
/** Files in these folders that are none, as a pattern for the runner. */
export const NO_MIGRATIONS = '(\\..*|.*\\.md)'
/** Our own tables, in the schema `tidemark`. */
export const OWN: MigrationSet = { dir: folder('../migrations'), table: 'migrations' }
/** The raw tables of a standalone database, in the schema `public`, in Chatwoot's shape. */
export const RAW: MigrationSet = { dir: folder('../migrations/raw'), table: 'raw_migrations' }

/** A migration of a database. */
export interface MigrationState {
  name: string
  /** Whose tables it makes. */
  tables: 'raw' | 'own'
  /** Null: it has not run yet. */
  appliedAt: Date | null
  /** False: a newer release ran it. */
  known: boolean
}

/**
 * Every migration that this release knows or the database has run, in the order in which they run. The raw ones only where
 * the raw tables are, or will be, our own making.
 */
export async function migrationStates(db: Queryable): Promise<MigrationState[]> {
  const { attached } = await one<{ attached: boolean }>(
    db,
    `select to_regclass('public.conversations') is not null and to_regclass('tidemark.raw_migrations') is null as attached`,
  )
  return [...(attached ? [] : await statesOf(db, RAW)), ...(await statesOf(db, OWN))]
}

/** The names of migrations that the database still lacks, those of raw tables of our own making included. */
export async function pendingMigrations(db: Queryable): Promise<string[]> {
  return (await migrationStates(db)).filter(({ appliedAt }) => appliedAt === null).map(({ name }) => name)
}

async function statesOf(db: Queryable, set: MigrationSet): Promise<MigrationState[]> {
  const tables = set === OWN ? 'own' : 'raw'
  const ran = await recordOf(db, set)
  const names = namesIn(set.dir)
  const unknown = [...ran.keys()].filter((name) => !names.includes(name))
  return [
    ...names.map((name) => ({ name, tables, appliedAt: ran.get(name) ?? null, known: true }) as const),
    ...unknown.map((name) => ({ name, tables, appliedAt: ran.get(name) ?? null, known: false }) as const),
  ]
}

async function recordOf(db: Queryable, { table }: MigrationSet): Promise<Map<string, Date>> {
  const { there } = await one<{ there: boolean }>(db, 'select to_regclass($1) is not null as there', [`tidemark.${table}`])
  if (!there) return new Map()
  const rows = await many<{ name: string; at: Date }>(
    db,
    `select name, run_on at time zone 'UTC' as at from tidemark.${table} order by id`,
  )
  return new Map(rows.map(({ name, at }) => [name, at]))
}

/** The names of the migrations in a folder, in the order in which they run. */
export function namesIn(dir: string): string[] {
  return readdirSync(dir)
    .filter((file) => file.endsWith('.sql'))
    .map((file) => file.replace(/\.sql$/, ''))
    .sort()
}

/** What stands in the way of this release on these tables, as a sentence; undefined when nothing does. */
export async function schemaProblem(db: Queryable): Promise<string | undefined> {
  const { there } = await one<{ there: boolean }>(db, `select to_regclass('tidemark.compatibility') is not null as there`)
  if (!there) return undefined
  const needed = await maybeOne<{ needs: string; release: string }>(db, 'select needs, release from tidemark.compatibility')
  if (!needed || namesIn(OWN.dir).includes(needed.needs)) return undefined
  return `Release ${needed.release} has changed the database (${needed.needs}) so that this one, ${version}, would work on it wrongly. Run release ${needed.release} or newer.`
}

/**
 * Whoever works on the tables asks first. Changes that an older release can live with do not count: releases run side by side.
 * @throws Refusal when a newer release has changed the tables in a way that this one cannot work with
 */
export async function requireKnownSchema(db: Queryable): Promise<void> {
  const problem = await schemaProblem(db)
  if (problem) throw new Refusal('newer_schema', problem, { status: 503, exitCode: 1 })
}
