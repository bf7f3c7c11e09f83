import type { Actor } from '../audit/actor.ts'
import { maybeOne, type Queryable } from '../db.ts'
import { addressOrNone, mailAddress } from '../digests/audience/address.ts'
import { screened } from '../digests/audience/screen.ts'
import { ALL_DIGESTS } from '../digests/audience/suppressions.ts'
import type { Told } from '../digests/delivery/notice.ts'
import { invalid } from '../errors.ts'
import type { ToNotify } from '../rollups/backfill/backfill-ends.ts'

/**
 * The user who asks for a backfill, to be told when it ends.
 * @throws Refusal (422) when he is nobody who could be written to
 */
export async function requesterToTell(db: Queryable, accountId: number, actor: Actor): Promise<ToNotify> {
  if (actor.kind !== 'user')
    throw invalid('notify: this token belongs to no user, so there is nobody to write to. Use that of a user, or leave it out.')
  const who = { userId: actor.id, address: null }
  const told = await personOf(db, accountId, who)
  if (!told)
    throw invalid('notify: the user of this token is no administrator of the account with an e-mail address. Leave it out.')
  await requireAllowed(db, accountId, told)
  return who
}

/** An address to be told at. @throws Refusal (422) when it is none, or the account's mail may not go there */
export async function addressToTell(db: Queryable, accountId: number, text: string): Promise<ToNotify> {
  const address = mailAddress(text)
  await requireAllowed(db, accountId, { address, userId: null })
  return { userId: null, address }
}

/** Where somebody is written to now, or why not: he has left or has no address, wants no mail, or the policy forbids it. */
export async function reachableNow(
  db: Queryable,
  accountId: number,
  who: ToNotify,
): Promise<Told | 'unknown' | 'suppressed' | 'skipped'> {
  const told = await personOf(db, accountId, who)
  if (!told) return 'unknown'
  const { withheld } = await screened(db, accountId, ALL_DIGESTS, [told])
  return withheld[0]?.state ?? told
}

async function requireAllowed(db: Queryable, accountId: number, told: Told): Promise<void> {
  const { withheld } = await screened(db, accountId, ALL_DIGESTS, [told])
  for (const { reason } of withheld) throw invalid(`notify: nothing is mailed to this address: ${reason}.`)
}

/** A notice has figures of the account: a user is sent it while he administers that. */
async function personOf(db: Queryable, accountId: number, { userId, address }: ToNotify): Promise<Told | undefined> {
  if (userId === null) return { userId, address }
  const user = await maybeOne<{ email: string | null }>(
    db,
    `select u.email from account_users m join users u on u.id = m.user_id
     where m.account_id = $1 and m.user_id = $2 and m.role = 1`,
    [accountId, userId],
  )
  const plain = addressOrNone(user?.email ?? '')
  return plain === undefined ? undefined : { userId, address: plain }
}
