import { many, maybeOne, type Queryable } from '../db.ts'
import { notFound } from '../errors.ts'

/** An account by its id. @throws Refusal (404) when there is none */
export async function requireAccount(db: Queryable, accountId: number): Promise<{ id: number; name: string }> {
  const account = await maybeOne<{ id: number; name: string }>(db, 'select id, name from accounts where id = $1', [accountId])
  if (!account) throw notFound(`There is no account ${accountId} here.`)
  return account
}

/** The ids of all accounts, ascending. */
export async function accountIds(db: Queryable): Promise<number[]> {
  return (await many<{ id: number }>(db, 'select id from accounts order by id')).map(({ id }) => id)
}
