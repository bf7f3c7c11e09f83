import { Refusal } from '../errors.ts'
import { many, one, run, sql, transaction, type Pool, type Queryable } from '../db.ts'
import { migrateOwn } from '../migrate.ts'
import { LOCK_MILLISECONDS, patiently } from '../patience.ts'
import { isStandalone } from './standalone.ts'

const requirements = sql(import.meta.url, './requirements.sql')

/**
 * Attaches to a Chatwoot database: makes the schema `tidemark` and the triggers that write the dirty log, and nothing
 * else. Attaching again only applies migrations that are still missing.
 * @throws Refusal when the database is no Chatwoot's, or the role lacks a right; nothing has changed then.
 */
export async function attach(pool: Pool, url: string): Promise<{ migrations: string[]; accounts: number }> {
  await checkDatabase(pool)
  try {
    const migrations = await migrateOwn(url)
    const { accounts } = await one<{ accounts: number }>(pool, 'select count(*)::int as accounts from tidemark.accounts')
    return { migrations, accounts }
  } catch (error) {
    if (!(await isAttached(pool))) await run(pool, 'drop schema if exists tidemark cascade')
    throw error
  }
}

/**
 * Takes every trace away: our triggers, tables and functions, and the queue's schema.
 * @throws Refusal when the raw tables are our own (a standalone database), since detaching would strand them.
 */
export async function detach(pool: Pool): Promise<void> {
  if (await isStandalone(pool))
    throw new Refusal('standalone', 'This database is standalone: there is no Chatwoot to detach from. Drop it instead.')
  await patiently(() =>
    transaction(pool, async (tx) => {
      await tx.query(`set local lock_timeout = ${LOCK_MILLISECONDS}`)
      await tx.query('drop schema if exists tidemark cascade')
      await tx.query('drop schema if exists bullmq cascade')
    }),
  )
}

/** True once our tables are there; the schema and the record of migrations alone are what a failed attempt leaves. */
async function isAttached(db: Queryable): Promise<boolean> {
  return (await one<{ attached: boolean }>(db, `select to_regclass('tidemark.accounts') is not null as attached`)).attached
}

/** What a database lacks: a table or column that reports read, or a right of the role. */
export interface Lack {
  lack: 'table' | 'column' | 'trigger' | 'select' | 'create'
  name: string
}

/** What the database and the role of the connection lack for an attachment; empty when all is there. */
export const requirementsLacking = (db: Queryable): Promise<Lack[]> => many<Lack & Record<string, unknown>>(db, requirements)

/** Refuses a database that has not what the reports read, naming what is missing and how to put it right. */
async function checkDatabase(db: Queryable): Promise<void> {
  const lacks = await requirementsLacking(db)
  const named = (lack: string) => lacks.filter((row) => row.lack === lack).map((row) => row.name)
  const missing = [...named('table'), ...named('column')]
  if (missing.length > 0) {
    throw new Refusal('not_chatwoot', `This is not a Chatwoot database that Tidemark can read: it lacks ${missing.join(', ')}.`)
  }
  const rights = lacks.map(({ lack, name }) =>
    lack === 'create' ? `grant create on database "${name}" to current_user;` : `grant ${lack} on ${name} to current_user;`,
  )
  if (rights.length > 0) {
    throw new Refusal(
      'lacks_right',
      `The role of DATABASE_URL lacks rights. As the owner of the tables run:\n${rights.join('\n')}`,
    )
  }
}
