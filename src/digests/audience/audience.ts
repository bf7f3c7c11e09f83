import type { Instant } from '../../clock.ts'
import { many, sql, type Queryable } from '../../db.ts'
import { addressOrNone } from './address.ts'
import type { Lens } from '../definition/definition.ts'

const audienceSql = sql(import.meta.url, './audience.sql')

/** Somebody who is sent a digest, by the address that it goes to. */
export interface Addressee {
  address: string
  /** The user of the account that he is listed as; null for whom only an address is known. */
  userId: number | null
  lens: Lens
  /** The name of the user who added him; null when nobody known did. */
  addedBy: string | null
  addedAt: Instant
}

/** A user who is listed but cannot be reached: he has left the account, or has no address. */
export interface Unreachable {
  userId: number
}

/**
 * Everybody who is sent a digest, each address once: what is given directly wins over what a group gives, and of two the
 * first. Users who have left the account are told apart.
 */
export async function audienceOf(
  db: Queryable,
  accountId: number,
  digestId: number,
): Promise<{ addressees: Addressee[]; unreachable: Unreachable[] }> {
  const rows = await many<Omit<Addressee, 'address'> & { address: string | null }>(db, audienceSql, [accountId, digestId])
  const addressees = new Map<string, Addressee>()
  const unreachable = new Map<number, Unreachable>()
  for (const row of rows) {
    const address = row.address === null ? undefined : addressOrNone(row.address)
    if (address === undefined) {
      if (row.userId !== null) unreachable.set(row.userId, { userId: row.userId })
    } else if (!addressees.has(address.toLowerCase())) {
      addressees.set(address.toLowerCase(), { ...row, address })
    }
  }
  return { addressees: [...addressees.values()], unreachable: [...unreachable.values()] }
}
