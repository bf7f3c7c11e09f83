import type { Found } from './find-person.ts'
import { peopleOf, refusedBy } from './check-policy.ts'
import type { Queryable } from '../../db.ts'
import { isoOf } from '../../time/local-text.ts'
import { policyOf } from './policy.ts'
import type { Removed } from './remove-person.ts'
import { ALL_DIGESTS, type Suppression } from './suppressions.ts'

// What is told of people and lists, the same over HTTP and on the command line.

const enteredJson = ({ id, name, at }: NonNullable<Suppression['entered']>) => ({ user_id: id, name, at: isoOf(at) })

export const suppressionJson = (suppression: Suppression) => ({
  email: suppression.address,
  user_id: suppression.userId,
  digest_id: suppression.digestId === ALL_DIGESTS ? null : suppression.digestId,
  digest_name: suppression.digestName,
  own_wish: suppression.ownWish,
  entered: suppression.entered && enteredJson(suppression.entered),
  at: isoOf(suppression.at),
})

export function foundJson({ addresses, userIds, lists, owns, suppressions, deliveries, openLinks }: Found) {
  const listings = lists.map(({ digestId, groupId, name, address, reaches, ...list }) => ({
    digestId,
    reaches,
    shown: {
      id: digestId ?? groupId ?? 0,
      name,
      email: address,
      user_id: list.userId,
      lens: list.lens,
      added_by: list.addedBy,
      added_by_name: list.addedByName,
      added_at: isoOf(list.addedAt),
    },
  }))
  return {
    emails: addresses,
    user_ids: userIds,
    digests: listings.filter(({ digestId }) => digestId !== null).map(({ shown }) => shown),
    groups: listings.filter(({ digestId }) => digestId === null).map(({ shown, reaches }) => ({ ...shown, reaches })),
    owns,
    suppressions: suppressions.map(suppressionJson),
    deliveries,
    open_links: openLinks,
  }
}

export const removedJson = (removed: Removed) => ({
  emails: removed.addresses,
  user_ids: removed.userIds,
  digests: removed.digests,
  groups: removed.groups,
  withdrawn: removed.withdrawn,
  links_revoked: removed.linksRevoked,
  suppressed: removed.suppressed,
  paused: removed.paused,
})

/** So many recipients that a policy refuses are told; all are counted. */
export const MOST_REFUSED = 100

/** The recipient policy of an account, and what it means for those who are recipients now. */
export async function policyJson(db: Queryable, accountId: number) {
  const policy = await policyOf(db, accountId)
  const refused = await refusedBy(db, accountId, policy)
  return {
    external: policy.external,
    domains: policy.domains,
    most_recipients: policy.mostRecipients,
    recipients_count: await peopleOf(db, accountId),
    refused_count: refused.length,
    refused: refused.slice(0, MOST_REFUSED).map(({ address, reason }) => ({ email: address, reason })),
  }
}
