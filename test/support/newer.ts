import { runner } from 'node-pg-migrate'
import { many, one, run, type Queryable } from '../../src/db.ts'
import { namesIn, NO_MIGRATIONS, OWN, RAW } from '../../src/migrations.ts'

/** Brings an empty database to where an older release left it: its own tables and the raw ones up to a migration each. */
export async function migrateUntil(url: string, last: string, lastRaw = namesIn(RAW.dir).at(-1)!): Promise<void> {
  const count = namesIn(OWN.dir).indexOf(last) + 1
  const rawCount = namesIn(RAW.dir).indexOf(lastRaw) + 1
  for (const [{ dir, table }, most] of [
    [RAW, rawCount],
    [OWN, count],
  ] as const) {
    await runner({
      databaseUrl: url,
      dir,
      migrationsTable: table,
      migrationsSchema: 'tidemark',
      createMigrationsSchema: true,
      direction: 'up',
      count: most,
      ignorePattern: NO_MIGRATIONS,
      log: () => {},
    })
  }
}

/** The record of a migration that no release has yet. */
export const FUTURE = '9000_future'

/** Says that a later release changed the tables; `breaking`: so that this one cannot work with them. */
export async function recordFuture(db: Queryable, { breaking }: { breaking: boolean }): Promise<void> {
  await run(db, 'insert into tidemark.migrations (name, run_on) values ($1, now())', [FUTURE])
  if (breaking) await run(db, `update tidemark.compatibility set needs = $1, release = '9.0.0'`, [FUTURE])
}

/**
 * Changes the tables of a database as a later release may: each of ours gets columns that this release knows nothing of,
 * one empty and one with a default, in front of nothing and asking nothing; and there are tables it does not know. Does nothing
 * where they are not there yet, or are changed.
 */
export async function changeAsLater(db: Queryable): Promise<void> {
  const { ours } = await one<{ ours: boolean }>(db, `select to_regclass('tidemark.migrations') is not null as ours`)
  if (!ours || (await many(db, 'select 1 from tidemark.migrations where name = $1', [FUTURE])).length > 0) return
  await recordFuture(db, { breaking: false })
  await run(
    db,
    `do $$ declare t regclass; begin
       for t in select oid from pg_class where relnamespace = 'tidemark'::regnamespace and relkind in ('r', 'p') and not relispartition loop
         execute format('alter table %s add column from_later text', t);
         -- Where no test compares all columns with what it counts itself.
         if t::text !~ '(rollup|histogram|tagged|bot)_' then
           execute format('alter table %s add column flag_from_later boolean not null default false', t);
         end if;
       end loop;
       create table tidemark.later (account_id bigint not null, id bigint generated always as identity, primary key (account_id, id));
       create view tidemark.later_accounts as select account_id, from_later from tidemark.accounts;
     end $$`,
  )
}
