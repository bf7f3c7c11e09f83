import type { Change } from '../../audit/change.ts'
import { differences } from '../../audit/differences.ts'
import { recordAct } from '../../audit/record.ts'
import { isSqlState, many, maybeOne, one, run, sql, SQLSTATE, transaction, type Pool, type Queryable } from '../../db.ts'
import { conflict, invalid, notFound } from '../../errors.ts'
import { checkRecipients } from './check-definition.ts'
import type { Group, GroupInput } from './definition.ts'
import { storeRecipients } from '../audience/recipients.ts'
import { groupJson } from './wire.ts'

const groupsSql = sql(import.meta.url, './groups.sql')

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
      const made = await findGroup(tx, accountId, id)
      await recordAct(tx, { ...change, accountId, action: 'recipient_group.create', subjectId: id, after: loggedOf(made) })
      return made
    }),
  )
}

/** What of a group can be changed. */
function loggedOf(group: Group) {
  const { name, recipients } = groupJson(group)
  return { name, recipients }
}

/** @throws Refusal (404) when there is no such group, else as when one is made */
export async function updateGroup(pool: Pool, accountId: number, id: number, input: GroupInput, change: Change): Promise<Group> {
  await findGroup(pool, accountId, id)
  const recipients = await checkRecipients(pool, accountId, input.recipients)
  return named(input.name, () =>
    transaction(pool, async (tx) => {
      await maybeOne(tx, 'select id from tidemark.recipient_groups where account_id = $1 and id = $2 for update', [accountId, id])
      const before = await findGroup(tx, accountId, id)
      await run(tx, 'update tidemark.recipient_groups set name = $3 where account_id = $1 and id = $2', [
        accountId,
        id,
        input.name,
      ])
      await storeRecipients(tx, accountId, { groupId: id }, recipients, change)
      const after = await findGroup(tx, accountId, id)
      const changed = differences(loggedOf(before), loggedOf(after))
      if (changed) await recordAct(tx, { ...change, accountId, action: 'recipient_group.update', subjectId: id, ...changed })
      return after
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
export async function deleteGroup(pool: Pool, accountId: number, id: number, change: Change): Promise<void> {
  const group = await findGroup(pool, accountId, id)
  if (group.usedBy.length > 0) throw inUse(group.usedBy)
  try {
    await transaction(pool, async (tx) => {
      const before = loggedOf(await findGroup(tx, accountId, id))
      if ((await run(tx, 'delete from tidemark.recipient_groups where account_id = $1 and id = $2', [accountId, id])) === 0)
        absent(id)
      await recordAct(tx, { ...change, accountId, action: 'recipient_group.delete', subjectId: id, before })
    })
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
