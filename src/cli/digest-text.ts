import type { DigestJson } from '../digests/definition/digest-json.ts'
import type { NextDue } from '../digests/schedule/next-due.ts'
import { sayCadence } from '../digests/mail/say.ts'
import type { WireRecipient } from '../digests/definition/wire.ts'
import { table } from './print.ts'

/** A digest for people: what it is, how it stands, when it is due. */
export function digestText(digest: DigestJson): string {
  const { id, name, cadence, zone, recipients_count, health, pause_reason, formats, language } = digest
  return [
    `Digest ${id}: ${name}`,
    `Due ${sayCadence(cadence)} (${zone}). Owner: ${ownerText(digest)}. ${recipients_count} ${recipients_count === 1 ? 'recipient' : 'recipients'}. ${formats.join(', ')}; ${language}.`,
    `Health: ${health.replaceAll('_', ' ')}${pause_reason === null ? '' : ` (${pause_reason})`}. Last: ${lastText(digest)}.`,
    dueText(digest.next_due),
    ...digest.recipients.map((recipient) => `  to ${recipientText(recipient)}`),
    ...digest.groups.map((group) => `  to group ${group}`),
  ].join('\n')
}

/** The next five due times, one a line. */
export function dueText(next: readonly NextDue[]): string {
  if (next.length === 0) return 'It is not due any more.'
  const lines = next.map(({ local, period: { first_date, last_date } }) =>
    first_date === last_date ? `  ${local}  ${first_date}` : `  ${local}  ${first_date} to ${last_date}`,
  )
  return ['Next due, and what it reports then:', ...lines].join('\n')
}

/** All digests, one a line. */
export function digestTable(digests: readonly DigestJson[]): string {
  const rows = digests.map((digest) => [
    String(digest.id),
    digest.name,
    sayCadence(digest.cadence),
    digest.zone,
    ownerText(digest),
    String(digest.recipients_count),
    digest.health.replaceAll('_', ' '),
    digest.paused ? '' : (digest.next_due[0]?.local ?? ''),
    lastText(digest),
  ])
  return table([['id', 'name', 'due', 'zone', 'owner', 'recipients', 'health', 'next', 'last'], ...rows])
}

export function recipientText({ user_id, address, lens }: WireRecipient): string {
  const who = address ?? `user ${user_id}`
  return lens === 'all' ? who : `${who} (${typeof lens === 'string' ? lens : JSON.stringify(lens)})`
}

function ownerText({ owner }: DigestJson): string {
  if (owner === null) return 'nobody'
  return owner.member ? `${owner.name ?? ''} (${owner.id})` : `user ${owner.id}, who has left`
}

function lastText({ last_result: last }: DigestJson): string {
  if (last === null) return 'none yet'
  const counts = Object.entries(last.deliveries).map(([state, n]) => `${n} ${state}`)
  return [`${last.period.first_date}: ${last.state.replaceAll('_', ' ')}`, ...counts].join(', ')
}
