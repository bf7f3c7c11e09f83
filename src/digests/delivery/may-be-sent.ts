import type { Queryable } from '../../db.ts'
import type { Notice } from './notice.ts'
import { screened, type Withheld } from '../audience/screen.ts'
import { ALL_DIGESTS } from '../audience/suppressions.ts'

/** A mail of the ledger: a recipient's snapshot, or a notice about a digest or a backfill. */
export interface Addressed {
  accountId: number
  /** Null for a notice about a backfill. */
  digestId: number | null
  recipient: string
  /** The user of the account that the recipient is listed as; null for whom only an address is known. */
  userId: number | null
  /** Null for a digest. */
  notice: Notice | null
}

export type HeldBack = Withheld

/**
 * Asks, immediately before each attempt, what may have changed since the mail was queued: whether its recipient has
 * unsubscribed, and whether the account's policy still lets him have it. A notice to who answers for a digest is held back
 * only from somebody who wants no mail of the account at all; one about a backfill, which has figures, by the policy too.
 */
export async function mayBeSent(db: Queryable, delivery: Addressed): Promise<'send' | HeldBack> {
  const { accountId, digestId, recipient, userId, notice } = delivery
  const toKeeper = notice !== null && notice.toSubscriber !== true
  const about = toKeeper || digestId === null ? ALL_DIGESTS : digestId
  const { withheld } = await screened(db, accountId, about, [{ address: recipient, userId }])
  const [reason] = withheld.filter(({ state }) => state === 'suppressed' || !toKeeper || digestId === null)
  return reason ? { state: reason.state, reason: reason.reason } : 'send'
}
