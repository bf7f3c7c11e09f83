import { many, sql, type Queryable } from '../../db.ts'
import { addressOrNone } from './address.ts'
import type { Told } from '../delivery/notice.ts'

const responsibleSql = sql(import.meta.url, './responsible.sql')

/** Who answers for a digest: its owner; when it has none any more, at most three administrators of the account. */
export async function responsibleFor(
  db: Queryable,
  accountId: number,
  digestId: number,
): Promise<{ people: Told[]; owner: string | undefined }> {
  const rows = await many<{ userId: number; address: string; owner: boolean }>(db, responsibleSql, [accountId, digestId])
  const people = rows.flatMap(({ userId, address, owner }) => {
    const plain = addressOrNone(address)
    return plain === undefined ? [] : [{ userId, address: plain, owner }]
  })
  return { people: people.map(({ userId, address }) => ({ userId, address })), owner: people.find(({ owner }) => owner)?.address }
}
