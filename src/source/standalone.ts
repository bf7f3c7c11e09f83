import { one, type Queryable } from '../db.ts'

/** True where the raw tables are of our own making; else they are a Chatwoot's, which Tidemark never writes to. */
export async function isStandalone(db: Queryable): Promise<boolean> {
  return (await one<{ ours: boolean }>(db, `select to_regclass('tidemark.raw_migrations') is not null as ours`)).ours
}
