import { isSqlState, many, maybeOne, one, run, sql, SQLSTATE, transaction, type Pool, type Queryable } from '../../db.ts'
import { conflict, invalid, notFound } from '../../errors.ts'
import { checkRecipients } from './check-definition.ts'
import type { Recipient } from './definition.ts'
import { storeRecipients, type Change } from '../audience/recipients.ts'

const groupsSql = sql(import.meta.url, './groups.sql')

/** Recipients that several digests share. Who is added or leaves counts from the next mail that is composed. */
export interface Group {
  id: number
  name: string
  recipients: Recipient[]
  usedBy: { id: number; name: string }[]
}

export type GroupInput = Pick<Group, 'name' | 'recipients'>

/** At most this many groups an account. */
const MOST_GROUPS = 500

/** @throws Refusal (422) naming what is wrong with the input, (409) when another group has this name */
export async function createGroup(pool: Pool, accountId: number, input: GroupInput, change: Change): Promise<Group> {
  const recipients = await checkRecipients(pool, accountId, input.recipients)
  const { n } = await one<{ n: number }>(pool, 'select count(*) as n from tidemark.recipient_groups where account_id = $1', [
    accountId,
  ])
  if (n >= MOST_GROUPS) throw invalid(`This account has ${n} recipient groups. Remove one that is not used first.`)
  return named(input.name, () =>
    transaction(pool, async (tx) => {
      const { id } = await one<{ id: number }>(
        tx,
        'insert into tidemark.recipient_groups (account_id, name, created_at) values ($1, $2, to_timestamp($3)) returning id',
        [accountId, input.name, change.at],
      )
      await storeRecipients(tx, accountId, { groupId: id }, recipients, change)
      return findGroup(tx, accountId, id)
    }),
  )
}

/** @throws Refusal (404) when there is no such group, else as when one is made */
export async function updateGroup(pool: Pool, accountId: number, id: number, input: GroupInput, change: Change): Promise<Group> {
  await findGroup(pool, accountId, id)
  const recipients = await checkRecipients(pool, accountId, input.recipients)
  return named(input.name, () =>
    transaction(pool, async (tx) => {
      const text = 'update tidemark.recipient_groups set name = $3 where account_id = $1 and id = $2'
      if ((await run(tx, text, [accountId, id, input.name])) === 0) absent(id)
      await storeRecipients(tx, accountId, { groupId: id }, recipients, change)
      return findGroup(tx, accountId, id)
    }),
  )
}

async function named(name: string, work: () => Promise<Group>): Promise<Group> {
  try {
    return await work()
  } catch (error) {
    if (!isSqlState(error, SQLSTATE.uniqueViolation)) throw error
    throw conflict(`This account has another recipient group called ${JSON.stringify(name)}. Give another name.`)
  }
}

/** Removes a group. @throws Refusal (404) when there is no such group, (409) naming the digests that it is used by */
export async function deleteGroup(pool: Pool, accountId: number, id: number): Promise<void> {
  const { usedBy } = await findGroup(pool, accountId, id)
  if (usedBy.length > 0) throw inUse(usedBy)
  try {
    if ((await run(pool, 'delete from tidemark.recipient_groups where account_id = $1 and id = $2', [accountId, id])) === 0)
      absent(id)
  } catch (error) {
    // A digest took it up meanwhile.
    if (!isSqlState(error, SQLSTATE.foreignKeyViolation)) throw error
    throw inUse((await findGroup(pool, accountId, id)).usedBy)
  }
}

function inUse(digests: Group['usedBy']) {
  const shown = digests.slice(0, 10).map(({ id, name }) => `${id} (${name})`)
  const more = digests.length > shown.length ? ` and ${digests.length - shown.length} more` : ''
  return conflict(`The group is used by digest ${shown.join(', ')}${more}. Take it out of them first.`)
}

/** @throws Refusal (404) when the account has no such group */
export async function findGroup(db: Queryable, accountId: number, id: number): Promise<Group> {
  return (await maybeOne<Group & Record<string, unknown>>(db, groupsSql, [accountId, id, 1])) ?? absent(id)
}

/** The groups of an account, by name. */
export function groupsOf(db: Queryable, accountId: number): Promise<Group[]> {
  return many<Group & Record<string, unknown>>(db, groupsSql, [accountId, null, MOST_GROUPS])
}

function absent(id: number): never {
  throw notFound(`There is no recipient group ${id} in this account.`)
}
