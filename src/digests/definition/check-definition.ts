import { many, sql, type Queryable } from '../../db.ts'
import { invalid } from '../../errors.ts'
import { firstWeekdayOf } from '../../accounts/settings.ts'
import { zoneNamed } from '../../time/zones.ts'
import { mailAddress } from '../audience/address.ts'
import { requireAllowed } from '../audience/check-policy.ts'
import { checkSchedule } from '../schedule/check-schedule.ts'
import { definition, usualWindow, type Definition, type DefinitionInput, type Lens, type Recipient } from './definition.ts'
import type { Filter } from '../../rollups/rolling/filter.ts'
import { readBy } from './what-is-wrong.ts'

const missingIds = sql(import.meta.url, './missing-ids.sql')

/**
 * A definition as it is stored: every address in its one form, nothing twice, its window and the first day of its weeks named:
 * they stay as they are when the account's change, or a period would be told twice or never.
 * @throws Refusal (422) that says what to change: a field that does not fit, a zone, inbox, agent, team, label, user or group
 *   that the account does not have, a recipient that its policy refuses
 */
export async function checkDefinition(db: Queryable, accountId: number, input: DefinitionInput): Promise<Definition> {
  const given = readBy(definition, input, 'The definition')
  const zone = await zoneNamed(db, given.zone)
  const window = given.window ?? usualWindow(given.cadence)
  const firstWeekday = given.firstWeekday ?? (await firstWeekdayOf(db, accountId))
  checkSchedule({ ...given, window, firstWeekday })
  const recipients = distinct(given.recipients)
  if (recipients.length + given.groups.length === 0) throw invalid('Give at least one recipient or recipient group.')
  const groups = [...new Set(given.groups)]
  await requireKnown(db, accountId, {
    filters: [given.filter, ...filtersOf(recipients)],
    users: usersOf(recipients, given.ownerId),
    groups,
  })
  await requireAllowed(db, accountId, recipients, groups)
  return {
    ...given,
    zone: zone.name,
    window,
    firstWeekday,
    formats: [...new Set(given.formats)],
    recipients,
    groups,
  }
}

/**
 * The recipients of a group as they are stored.
 * @throws Refusal (422) for what is no address, for users and ids that the account does not have, and whom its policy refuses
 */
export async function checkRecipients(db: Queryable, accountId: number, given: readonly Recipient[]): Promise<Recipient[]> {
  const recipients = distinct(given)
  await requireKnown(db, accountId, { filters: filtersOf(recipients), users: usersOf(recipients) })
  await requireAllowed(db, accountId, recipients)
  return recipients
}

/** Recipients with their addresses in the form that is stored, each once; the last lens of one who is named twice holds. */
export function distinct(recipients: readonly Recipient[]): Recipient[] {
  const known = new Map<string, Recipient>()
  for (const recipient of recipients) {
    const stored = 'userId' in recipient ? recipient : { ...recipient, address: mailAddress(recipient.address) }
    if ('address' in stored && (stored.lens === 'own' || stored.lens === 'own_teams')) {
      throw invalid(
        `${stored.address} is only an address, so it has no teams or figures of its own. Name the user, or the ids of a lens.`,
      )
    }
    known.set('userId' in stored ? `user ${stored.userId}` : stored.address.toLowerCase(), stored)
  }
  return [...known.values()]
}

const isFilter = (lens: Lens): lens is Filter => typeof lens === 'object'
export const filtersOf = (recipients: readonly Recipient[]): Filter[] => recipients.map(({ lens }) => lens).filter(isFilter)
export const usersOf = (recipients: readonly Recipient[], ownerId: number | null = null): number[] => [
  ...recipients.flatMap((recipient) => ('userId' in recipient ? [recipient.userId] : [])),
  ...(ownerId === null ? [] : [ownerId]),
]

interface Named {
  filters: readonly Filter[]
  users: readonly number[]
  groups?: readonly number[]
}

/** @throws Refusal (422) naming the first ids that the account does not have: another account's are as unknown as any. */
export async function requireKnown(db: Queryable, accountId: number, { filters, users, groups = [] }: Named): Promise<void> {
  const ids = (dimension: keyof Filter) => [...new Set(filters.flatMap((filter) => filter[dimension] ?? []))]
  const values = [accountId, ids('inbox'), ids('agent'), ids('team'), ids('label'), [...new Set(users)], groups]
  const missing = await many<{ kind: string; id: number }>(db, missingIds, values)
  if (missing.length === 0) return
  throw invalid(
    `This account has no ${missing.map(({ kind, id }) => `${kind} ${id}`).join(', no ')}. Leave it out or give another.`,
  )
}
