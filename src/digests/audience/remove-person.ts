import { userOf, type Change } from '../../audit/change.ts'
import { recordAct } from '../../audit/record.ts'
import { many, run, sql, transaction, type Pool } from '../../db.ts'
import { lockDigests, pauseForlorn } from './forlorn.ts'
import { digestsOfPerson, personOf, type Asked, type Person } from './person.ts'
import { ALL_DIGESTS, suppress, withdraw } from './suppressions.ts'

const revokeSql = sql(import.meta.url, './revoke-links.sql')

/** What removing a person did. */
export interface Removed extends Person {
  /** Ids of the digests and groups that he was taken off. */
  digests: number[]
  groups: number[]
  /** How many mails were queued for him, and are not sent any more. */
  withdrawn: number
  linksRevoked: number
  /** Whether he stays off, also where he is added again. */
  suppressed: boolean
  /** Ids of the digests that nobody is left of; they paused, and who answers for them is told. */
  paused: number[]
}

export interface RemoveOptions {
  /** False: who adds him again sends to him again. */
  suppress: boolean
}

/**
 * Takes a person off all digests and groups of an account, withdraws what is queued for him and shuts the links that he was
 * sent, in one transaction; what was sent stays in the ledger. Again, it finds nothing left to do.
 * @throws Refusal (422) as `personOf`
 */
export async function removePerson(
  pool: Pool,
  accountId: number,
  asked: Asked,
  change: Change,
  options: RemoveOptions = { suppress: true },
): Promise<Removed> {
  return transaction(pool, async (tx) => {
    const person = await personOf(tx, accountId, asked)
    const whose = [accountId, person.addresses, person.userIds]
    const reached = await lockDigests(tx, accountId, await digestsOfPerson(tx, accountId, person))
    const lists = await many<{ digestId: number | null; groupId: number | null }>(
      tx,
      `delete from tidemark.recipients where account_id = $1 and (lower(address) = any ($2) or user_id = any ($3))
       returning digest_id as "digestId", group_id as "groupId"`,
      whose,
    )
    const withdrawn = await withdraw(tx, accountId, ALL_DIGESTS, person, {
      state: 'skipped',
      reason: 'has been taken off all lists',
      at: change.at,
    })
    if (options.suppress) await suppress(tx, accountId, ALL_DIGESTS, person, { by: change, at: change.at })
    const linksRevoked = await run(tx, revokeSql, [...whose, change.at, userOf(change)])
    const paused = await pauseForlorn(tx, accountId, reached, change.at)
    const suppressed = options.suppress && person.addresses.length > 0
    const removed = { ...person, ...idsOf(lists), withdrawn, linksRevoked, suppressed, paused }
    const [only, ...others] = person.userIds
    const subjectId = others.length > 0 ? null : (only ?? null)
    await recordAct(tx, { ...change, accountId, action: 'person.remove', subjectId, after: loggedOf(removed) })
    return removed
  })
}

const loggedOf = ({ addresses, userIds, linksRevoked, ...removed }: Removed) => ({
  emails: addresses,
  user_ids: userIds,
  ...removed,
  links_revoked: linksRevoked,
})

function idsOf(lists: readonly { digestId: number | null; groupId: number | null }[]): Pick<Removed, 'digests' | 'groups'> {
  const distinct = (ids: (number | null)[]) => [...new Set(ids.filter((id) => id !== null))].toSorted((a, b) => a - b)
  return { digests: distinct(lists.map(({ digestId }) => digestId)), groups: distinct(lists.map(({ groupId }) => groupId)) }
}
