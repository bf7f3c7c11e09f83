import { many, one, run, sql, type Queryable } from '../../db.ts'
import { invalid } from '../../errors.ts'
import type { Recipient } from '../definition/definition.ts'
import { policyOf, whyRefused, type RecipientPolicy } from './policy.ts'

const addressesOf = sql(import.meta.url, './addresses-of.sql')
const reachedSql = sql(import.meta.url, './reached-addresses.sql')
/** So many addresses a refusal names; the rest is counted. */
const MOST_NAMED = 10

/** An address that a policy refuses, and why. */
export interface Refused {
  address: string
  reason: string
}

/**
 * Holds recipients against the policy of their account, users by their address of the day, and those of groups.
 * @throws Refusal (422) naming the addresses refused, why, and what to change
 */
export async function requireAllowed(
  db: Queryable,
  accountId: number,
  recipients: readonly Recipient[],
  groups: readonly number[] = [],
): Promise<void> {
  const policy = await policyOf(db, accountId)
  if (policy.external && policy.domains.length === 0) return
  const direct = recipients.flatMap((recipient) => ('address' in recipient ? [recipient.address] : []))
  const users = recipients.flatMap((recipient) => ('userId' in recipient ? [recipient.userId] : []))
  const rows = await many<{ address: string; insider: boolean; group: string | null }>(db, addressesOf, [
    accountId,
    direct,
    users,
    groups,
  ])
  const refused = rows.flatMap(({ address, insider, group }) => {
    const reason = whyRefused(policy, address, insider)
    const of = group === null ? '' : ` of the group ${JSON.stringify(group)}`
    return reason === undefined ? [] : [`${address}${of} (${reason})`]
  })
  if (refused.length === 0) return
  const more = refused.length > MOST_NAMED ? ` and ${refused.length - MOST_NAMED} more` : ''
  throw invalid(
    `The recipient policy of this account refuses ${refused.slice(0, MOST_NAMED).join(', ')}${more}. ` +
      'Leave them out, or have an administrator change the policy.',
  )
}

/**
 * Bounds how many different people the digests and groups of an account have, around a change of them. Changes of an account
 * wait for each other, so that two at once cannot both be the last that fits. Who is there already may stay.
 * @throws Refusal (422) when the change adds somebody beyond what the policy allows
 */
export async function withinCap(tx: Queryable, accountId: number, change: () => Promise<void>): Promise<void> {
  await run(tx, `select pg_advisory_xact_lock(hashtext('tidemark recipients'), $1::int)`, [accountId])
  const before = await peopleOf(tx, accountId)
  await change()
  const after = await peopleOf(tx, accountId)
  const { mostRecipients } = await policyOf(tx, accountId)
  if (after <= mostRecipients || after <= before) return
  throw invalid(
    `With this, the digests and groups of the account would have ${after} different recipients; its policy allows ${mostRecipients}. ` +
      'Take others off, send to a mailing list, or have an administrator change the policy.',
  )
}

/** How many different people the digests and groups of an account have. */
export async function peopleOf(db: Queryable, accountId: number): Promise<number> {
  const { n } = await one<{ n: number }>(
    db,
    `select count(distinct coalesce('user ' || user_id, lower(address))) as n from tidemark.recipients where account_id = $1`,
    [accountId],
  )
  return n
}

/** The recipients of an account whom a policy lets nothing be sent to, by address. */
export async function refusedBy(db: Queryable, accountId: number, policy: RecipientPolicy): Promise<Refused[]> {
  if (policy.external && policy.domains.length === 0) return []
  const rows = await many<{ address: string; insider: boolean }>(db, reachedSql, [accountId])
  return rows.flatMap(({ address, insider }) => {
    const reason = whyRefused(policy, address, insider)
    return reason === undefined ? [] : [{ address, reason }]
  })
}
