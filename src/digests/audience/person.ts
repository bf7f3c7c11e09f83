import { many, one, sql, type Queryable } from '../../db.ts'
import { invalid } from '../../errors.ts'
import { mailAddress } from './address.ts'

const personSql = sql(import.meta.url, './person.sql')
const digestsSql = sql(import.meta.url, './digests-of-person.sql')

/** One person, by all that he is known as in an account. */
export interface Person {
  /** In lower case. */
  addresses: string[]
  userIds: number[]
}

/** Somebody as he is asked for. */
export interface Asked {
  address?: string | undefined
  userId?: number | undefined
}

/**
 * A person by an address or as a user: a user also by his address, an address also as the user whose it is.
 * @throws Refusal (422) without exactly one of the two, or for an address that is none
 */
export async function personOf(db: Queryable, accountId: number, { address, userId }: Asked): Promise<Person> {
  if ((address === undefined) === (userId === undefined))
    throw invalid('Give an e-mail address or the id of a user, one of them.')
  const known = address === undefined ? null : mailAddress(address).toLowerCase()
  return one<Person & Record<string, unknown>>(db, personSql, [accountId, known, userId ?? null])
}

/** The ids of the digests that a person is a recipient of, directly or as one of a group. */
export async function digestsOfPerson(db: Queryable, accountId: number, { addresses, userIds }: Person): Promise<number[]> {
  return (await many<{ id: number }>(db, digestsSql, [accountId, addresses, userIds])).map(({ id }) => id)
}
