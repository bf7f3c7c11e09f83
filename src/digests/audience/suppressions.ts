import { userOf, type Change } from '../../audit/change.ts'
import type { Instant } from '../../clock.ts'
import { many, one, run, sql, type Queryable } from '../../db.ts'
import type { Person } from './person.ts'

const suppressSql = sql(import.meta.url, './suppress.sql')
const withdrawSql = sql(import.meta.url, './withdraw-deliveries.sql')
const readSql = sql(import.meta.url, './read-suppressions.sql')

/** Stands for all digests of the account, also those to come. */
export const ALL_DIGESTS = 0

/** That somebody is sent no more of a digest. */
export interface Suppression {
  digestId: number
  /** Null where there is no such digest any more, and for all digests. */
  digestName: string | null
  address: string
  userId: number | null
  /** True when he wants it so himself, whoever else does. */
  ownWish: boolean
  /** Who entered it, null when nobody but himself did; `id` and `name` are null for somebody at the command line. */
  entered: { id: number | null; name: string | null; at: Instant } | null
  at: Instant
}

/**
 * From now on a person is sent no more of a digest, or of any (`ALL_DIGESTS`); what is queued for him is withdrawn.
 * @param by who enters it; null: he himself. One may be entered beside the other
 * @returns how many mails were withdrawn
 */
export async function suppress(
  tx: Queryable,
  accountId: number,
  digestId: number,
  person: Person,
  { by, at }: { by: Change | null; at: Instant },
): Promise<number> {
  await run(tx, suppressSql, [accountId, digestId, person.addresses, by ? 'removed' : 'unsubscribed', by && userOf(by), at])
  return withdraw(tx, accountId, digestId, person, {
    state: 'suppressed',
    reason: by ? 'has been taken off' : 'has unsubscribed',
    at,
  })
}

/** Takes back what is queued for a person, and returns how many mails that were. */
export function withdraw(
  tx: Queryable,
  accountId: number,
  digestId: number,
  { addresses, userIds }: Person,
  { state, reason, at }: { state: 'suppressed' | 'skipped'; reason: string; at: Instant },
): Promise<number> {
  return run(tx, withdrawSql, [accountId, digestId, addresses, userIds, state, at, reason])
}

/** Which suppressions: of one digest, of one person, or all; a page of them. */
export interface Wanted {
  digestId?: number | undefined
  person?: Person | undefined
  /** 1 is the first. */
  page?: number
  perPage?: number
}

/** A page of the suppressions of an account, by address, and how many there are. */
export async function suppressionsOf(
  db: Queryable,
  accountId: number,
  { digestId, person, page = 1, perPage = 25 }: Wanted = {},
): Promise<{ suppressions: Suppression[]; count: number }> {
  const wanted = [accountId, digestId ?? null, person?.addresses ?? null, person?.userIds ?? null]
  const { count } = await one<{ count: number }>(
    db,
    `select count(*) as count from tidemark.suppressions
     where account_id = $1 and ($2::bigint is null or digest_id = $2)
       and ($3::text[] is null or address = any ($3) or user_id = any ($4))`,
    wanted,
  )
  const bounds = [perPage, (page - 1) * perPage]
  return { suppressions: await many<Suppression & Record<string, unknown>>(db, readSql, [...wanted, ...bounds]), count }
}

/**
 * Lifts the suppressions of a person: those of a digest, or those of all (`ALL_DIGESTS`); not one for the other.
 * @returns what was lifted
 */
export async function lift(tx: Queryable, accountId: number, digestId: number, person: Person): Promise<Suppression[]> {
  const { suppressions } = await suppressionsOf(tx, accountId, { digestId, person })
  await run(
    tx,
    `delete from tidemark.suppressions
     where account_id = $1 and digest_id = $2 and (address = any ($3) or user_id = any ($4))`,
    [accountId, digestId, person.addresses, person.userIds],
  )
  return suppressions
}

/** Takes back a person's own wish to be sent no more of a digest, or of any. What somebody else entered stays. */
export async function takeBack(tx: Queryable, accountId: number, digestId: number, person: Person): Promise<void> {
  const values = [accountId, [digestId, ALL_DIGESTS], person.addresses, person.userIds]
  const his = `account_id = $1 and digest_id = any ($2) and (address = any ($3) or user_id = any ($4))`
  await run(tx, `delete from tidemark.suppressions where ${his} and entered_at is null`, values)
  await run(tx, `update tidemark.suppressions set reason = 'removed' where ${his}`, values)
}
