import { many, sql, type Queryable } from '../../db.ts'
import type { Told } from '../delivery/notice.ts'
import { policyOf, whyRefused } from './policy.ts'

const screenSql = sql(import.meta.url, './screen.sql')

/** Why somebody is sent nothing: he does not want it (`suppressed`), or the account's policy forbids it (`skipped`). */
export interface Withheld {
  state: 'suppressed' | 'skipped'
  /** A sentence's worth, for the ledger. */
  reason: string
}

export interface Screened<P extends Told> {
  send: P[]
  withheld: (Withheld & { person: P })[]
}

const wishes = { unsubscribed: 'has unsubscribed', removed: 'has been taken off all lists' }

/** Parts those who may be sent a digest from those who may not, in their order. */
export async function screened<P extends Told>(
  db: Queryable,
  accountId: number,
  digestId: number,
  people: readonly P[],
): Promise<Screened<P>> {
  const answer: Screened<P> = { send: [], withheld: [] }
  if (people.length === 0) return answer
  const policy = await policyOf(db, accountId)
  const addresses = people.map(({ address }) => address.toLowerCase())
  const rows = await many<{ insider: boolean; suppressed: keyof typeof wishes | null }>(db, screenSql, [
    accountId,
    digestId,
    addresses,
    people.map(({ userId }) => userId),
  ])
  for (const [place, person] of people.entries()) {
    const { insider, suppressed } = rows[place]!
    const refused = whyRefused(policy, person.address, insider)
    if (suppressed !== null) answer.withheld.push({ person, state: 'suppressed', reason: wishes[suppressed] })
    else if (refused !== undefined) answer.withheld.push({ person, state: 'skipped', reason: refused })
    else answer.send.push(person)
  }
  return answer
}
