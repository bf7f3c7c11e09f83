import type { Change } from '../../audit/change.ts'
import { differences } from '../../audit/differences.ts'
import { recordAct } from '../../audit/record.ts'
import { transaction, type Client, type Pool } from '../../db.ts'
import { notFound } from '../../errors.ts'
import { dateOf } from '../../time/date.ts'
import { DAY } from '../../time/zone.ts'
import { findDigest } from '../definition/digest.ts'
import { lockDigests, pauseForlorn } from './forlorn.ts'
import { digestsOfPerson, personOf, type Asked, type Person } from './person.ts'
import { ALL_DIGESTS, lift, suppress, suppressionsOf, type Suppression } from './suppressions.ts'

/** Of what somebody is taken off: a digest, or all of the account (`ALL_DIGESTS`). */
export interface Off extends Asked {
  digestId: number
}

/**
 * Enters that a person is sent no more of a digest, or of any; he stays on its lists. His own wish stays beside it.
 * @throws Refusal (404) when there is no such digest, (422) as `personOf`
 */
export async function takeOff(pool: Pool, accountId: number, off: Off, change: Change): Promise<Suppression[]> {
  return about(pool, accountId, off, change, async (tx, person) => {
    if (off.digestId !== ALL_DIGESTS) await findDigest(tx, accountId, off.digestId)
    const his = async () => (await suppressionsOf(tx, accountId, { digestId: off.digestId, person })).suppressions
    const before = await his()
    await suppress(tx, accountId, off.digestId, person, { by: change, at: change.at })
    const after = await his()
    const changed = differences(loggedOf(before), loggedOf(after))
    if (changed) await recordAct(tx, { ...change, accountId, action: 'suppression.enter', ...changed })
    return after
  })
}

/**
 * Lifts what `takeOff` entered and what the person wished himself, so that he is sent it again where he is on a list.
 * @returns what was lifted: `ownWish` tells that it was his own
 * @throws Refusal (404) when there is nothing to lift, (422) as `personOf`
 */
export async function putBack(pool: Pool, accountId: number, off: Off, change: Change): Promise<Suppression[]> {
  return about(pool, accountId, off, change, async (tx, person) => {
    const lifted = await lift(tx, accountId, off.digestId, person)
    if (lifted.length > 0) {
      await recordAct(tx, { ...change, accountId, action: 'suppression.lift', before: loggedOf(lifted) })
      return lifted
    }
    const what = off.digestId === ALL_DIGESTS ? 'all digests (they may be of single ones)' : `digest ${off.digestId}`
    throw notFound(`There is no suppression of ${what} for this person. Look them up to see which there are.`)
  })
}

const loggedOf = (suppressions: readonly Suppression[]) => ({
  suppressions: suppressions.map(({ address, digestId, ownWish, entered }) => ({
    email: address,
    digest_id: digestId === ALL_DIGESTS ? null : digestId,
    own_wish: ownWish,
    entered: entered !== null,
  })),
})

async function about(
  pool: Pool,
  accountId: number,
  off: Off,
  change: Change,
  make: (tx: Client, person: Person) => Promise<Suppression[]>,
): Promise<Suppression[]> {
  return transaction(pool, async (tx) => {
    const person = await personOf(tx, accountId, { address: off.address, userId: off.userId })
    const reached = await lockDigests(tx, accountId, await digestsOfPerson(tx, accountId, person))
    const suppressions = await make(tx, person)
    await pauseForlorn(tx, accountId, reached, change.at)
    return suppressions
  })
}

/** What to tell who lifts suppressions: that it was the person's own wish. Null when it was not. */
export function warningOf(lifted: readonly Suppression[]): string | null {
  const own = lifted.find(({ ownWish }) => ownWish)
  if (!own) return null
  const date = dateOf(Math.floor(own.at / DAY))
  return `${own.address} unsubscribed himself on ${date} (UTC): it was his own wish. Lift it only because he has asked for it.`
}
