import type { foundJson, policyJson, suppressionJson } from '../digests/audience/consent-json.ts'
import type { Removed } from '../digests/audience/remove-person.ts'
import { table } from './print.ts'

type Found = ReturnType<typeof foundJson>
type Suppression = ReturnType<typeof suppressionJson>
type Policy = Awaited<ReturnType<typeof policyJson>>

const day = (at: string) => at.slice(0, 10)

/** All that is known of a person, in paragraphs; what there is none of is left out. */
export function foundText(found: Found): string {
  const added = ({ added_by_name: by, added_at: at }: Found['digests'][number]) => `${by ?? 'somebody'}, ${day(at)}`
  const lists = [
    ...found.digests.map((list) => ['digest', String(list.id), list.name, added(list), '']),
    ...found.groups.map((list) => [
      'group',
      String(list.id),
      list.name,
      added(list),
      list.reaches.map(({ id }) => id).join(', '),
    ]),
  ]
  const mails = Object.entries(found.deliveries).map(([state, n]) => `${n} ${state}`)
  return [
    [...found.emails, ...found.user_ids.map((id) => `user ${id}`)].join(', '),
    lists.length === 0 ? 'On no list.' : table([['on', 'id', 'name', 'added by', 'by it in digests'], ...lists]),
    ...(found.owns.length > 0 ? [`Answers for ${found.owns.map(({ id, name }) => `${id} (${name})`).join(', ')}.`] : []),
    ...(found.suppressions.length > 0 ? [suppressionsText(found.suppressions, found.suppressions.length)] : []),
    `Mails: ${mails.join(', ') || 'none'}. Open links: ${found.open_links}.`,
  ].join('\n\n')
}

export function removedText({
  addresses,
  userIds,
  digests,
  groups,
  withdrawn,
  linksRevoked,
  suppressed,
  paused,
}: Removed): string {
  const who = [...addresses, ...userIds.map((id) => `user ${id}`)].join(', ')
  const ids = (list: number[]) => (list.length === 0 ? '' : ` (${list.join(', ')})`)
  return [
    `Taken off ${digests.length} digests${ids(digests)} and ${groups.length} groups${ids(groups)}: ${who}.`,
    `${withdrawn} queued mails withdrawn, ${linksRevoked} links revoked.`,
    suppressed
      ? 'Nothing is sent there any more, also where somebody adds it again.'
      : 'Whoever adds it again sends there again.',
    ...(paused.length > 0 ? [`Nobody is left of digest ${paused.join(', ')}: paused, and who answers for it is told.`] : []),
  ].join('\n')
}

export function suppressionsText(suppressions: readonly Suppression[], count: number): string {
  if (suppressions.length === 0) return 'Nobody is suppressed.'
  const rows = suppressions.map(({ email, digest_id: id, digest_name: name, own_wish: own, entered, at }) => [
    email,
    id === null ? 'all digests' : `digest ${id}${name === null ? '' : ` (${name})`}`,
    [...(own ? ['unsubscribed himself'] : []), ...(entered ? [`entered by ${entered.name ?? 'somebody'}`] : [])].join(', '),
    day(at),
  ])
  const rest = count > rows.length ? `\n${rows.length} of ${count}.` : ''
  return `${table([['is sent no more', 'of', 'why', 'since'], ...rows])}${rest}`
}

export function policyText(policy: Policy): string {
  const refused = policy.refused.map(({ email, reason }) => `  ${email}: ${reason}`)
  return [
    `People from outside: ${policy.external ? 'allowed' : 'refused'}.`,
    `Domains: ${policy.domains.join(', ') || 'any'}.`,
    `Recipients: ${policy.recipients_count} of at most ${policy.most_recipients}.`,
    ...(refused.length > 0 ? [`${policy.refused_count} of them are refused, so nothing is sent to them:`, ...refused] : []),
  ].join('\n')
}
