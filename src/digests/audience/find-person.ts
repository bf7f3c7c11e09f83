import type { Instant } from '../../clock.ts'
import { many, one, sql, type Queryable } from '../../db.ts'
import type { Lens } from '../definition/definition.ts'
import type { DeliveryState } from '../delivery/history.ts'
import { personOf, type Asked, type Person } from './person.ts'
import { suppressionsOf, type Suppression } from './suppressions.ts'

const listsSql = sql(import.meta.url, './person-lists.sql')
const mailSql = sql(import.meta.url, './person-mail.sql')

/** A place where somebody is a recipient. */
export interface Listing {
  /** One of the two. */
  digestId: number | null
  groupId: number | null
  /** Of the digest or the group. */
  name: string
  address: string | null
  userId: number | null
  lens: Lens
  addedBy: number | null
  addedByName: string | null
  addedAt: Instant
  /** Through a group: the digests that use it. */
  reaches: { id: number; name: string }[]
}

/** All that an account's digests have to do with one person. */
export interface Found extends Person {
  lists: Listing[]
  /** The digests that he answers for. */
  owns: { id: number; name: string }[]
  /** At most a hundred. */
  suppressions: Suppression[]
  /** How many mails to him are in each state. */
  deliveries: Partial<Record<DeliveryState, number>>
  openLinks: number
}

/** Finds a person everywhere in an account. @throws Refusal (422) as `personOf` */
export async function findPerson(db: Queryable, accountId: number, asked: Asked, now: Instant): Promise<Found> {
  const person = await personOf(db, accountId, asked)
  const { addresses, userIds } = person
  const values = [accountId, addresses, userIds]
  const mail = await one<Pick<Found, 'deliveries' | 'openLinks'> & Record<string, unknown>>(db, mailSql, [...values, now])
  const owns = await many<Found['owns'][number]>(
    db,
    'select id, name from tidemark.digests where account_id = $1 and owner_id = any ($2) order by id',
    [accountId, userIds],
  )
  const lists = await many<Listing & Record<string, unknown>>(db, listsSql, values)
  const { suppressions } = await suppressionsOf(db, accountId, { person, perPage: 100 })
  return { ...person, lists, owns, suppressions, ...mail }
}
