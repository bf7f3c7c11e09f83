import type { Instant } from '../../clock.ts'
import { many, type Queryable } from '../../db.ts'
import { dateOf } from '../../time/date.ts'
import { DAY } from '../../time/zone.ts'
import { audienceOf } from './audience.ts'
import { consentWords } from './consent-words.ts'
import { setPaused, findDigest } from '../definition/digest.ts'
import { queueNotice } from '../delivery/notice.ts'
import { responsibleFor } from './responsible.ts'
import { screened } from './screen.ts'

/** The reason of a digest that has paused because nobody is left; it goes on by itself when somebody comes back. */
export const FORLORN = 'nobody is left to whom it may be sent'

/**
 * Locks digests until the transaction ends, in one order, and returns their ids. Without it, of two recipients who leave at
 * once each would still see the other.
 */
export async function lockDigests(tx: Queryable, accountId: number, ids: readonly number[]): Promise<number[]> {
  const rows = await many<{ id: number }>(
    tx,
    'select id from tidemark.digests where account_id = $1 and id = any ($2) order by id for update',
    [accountId, ids],
  )
  return rows.map(({ id }) => id)
}

/**
 * Pauses those of some locked digests that nobody is left of, and tells who answers for them, at most once a day and digest;
 * lets those go on that paused for that and have somebody again.
 * @returns the ids of those that paused
 */
export async function pauseForlorn(tx: Queryable, accountId: number, ids: readonly number[], at: Instant): Promise<number[]> {
  const paused = []
  for (const id of ids) {
    const digest = await findDigest(tx, accountId, id)
    if (digest.paused && digest.pauseReason !== FORLORN) continue
    const { addressees } = await audienceOf(tx, accountId, id)
    const forlorn = (await screened(tx, accountId, id, addressees)).send.length === 0
    if (forlorn === digest.paused) continue
    await setPaused(tx, accountId, id, forlorn ? FORLORN : null, at)
    if (!forlorn) continue
    paused.push(id)
    const { people } = await responsibleFor(tx, accountId, id)
    const key = `forlorn/${id}/${dateOf(Math.floor(at / DAY))}`
    await queueNotice(tx, { accountId, digestId: id, key }, consentWords[digest.language].forlorn(digest.name), people, at)
  }
  return paused
}
