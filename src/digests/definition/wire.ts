import { z } from 'zod'
import type { Filter } from '../../rollups/rolling/filter.ts'
import {
  definition,
  fields,
  lens,
  MOST_RECIPIENTS,
  userId,
  type Definition,
  type DefinitionInput,
  type Group,
  type Lens,
  type Recipient,
} from './definition.ts'
import { readBy } from './what-is-wrong.ts'

/**
 * A definition as people write it: in snake_case, the same over HTTP and in the files of the command line. This is the only
 * place that knows both spellings.
 */

const { shape } = definition

/** Somebody who is sent a digest. */
export const wireRecipient = fields({
  user_id: userId.optional().meta({ description: 'A user of the account; he is written to at his address of the day.' }),
  address: z.string().max(320).optional().meta({ description: 'Anybody else.' }),
  lens: lens
    .default('all')
    .meta({ description: 'Whose figures: everybody’s, those of the user’s teams, his own as an agent, or of these ids.' }),
}).refine(
  (given) => (given.user_id === undefined) !== (given.address === undefined),
  'must have either user_id (a user of the account) or address (such as ana@example.com)',
)
/** One of `user_id` and `address`. */
export interface WireRecipient {
  user_id?: number | undefined
  address?: string | undefined
  lens: Lens
}

const recipients = z.array(wireRecipient).max(MOST_RECIPIENTS)

/** What a digest is made from, as it is given. */
export const wireDefinition = fields({
  name: shape.name,
  owner_id: userId.nullable().optional().meta({ description: 'The user who answers for it and is told when it fails.' }),
  zone: shape.zone.meta({ description: 'IANA zone of its dates and times.', example: 'Europe/Berlin' }),
  cadence: shape.cadence,
  window: shape.window.meta({ description: 'What it reports; without: the day, week or month before, else all since the last.' }),
  first_weekday: shape.firstWeekday.meta({ description: '0 is Sunday. Without: the account’s, as it is then.' }),
  starts_on: shape.startsOn.meta({ description: 'The first local date on which it is due.' }),
  ends_on: shape.endsOn.meta({ description: 'The last local date on which it is due.' }),
  comparison: shape.comparison,
  filter: shape.filter.meta({ description: 'What is left out means all, also those that come later.' }),
  business_hours: shape.businessHours,
  formats: shape.formats,
  csv_delimiter: shape.csvDelimiter,
  language: shape.language,
  condition: shape.condition,
  when_incomplete: shape.whenIncomplete.meta({ description: 'What is done when rollups are still behind after its patience.' }),
  patience_hours: shape.patienceHours,
  recipients: recipients.default([]),
  groups: shape.groups.meta({ description: 'Ids of recipient groups.' }),
})
/** A definition as it is told: nothing is left out. */
export type WireDefinition = Omit<
  Required<z.output<typeof wireDefinition>>,
  'owner_id' | 'window' | 'first_weekday' | 'filter' | 'recipients'
> & {
  owner_id: number | null
  first_weekday: Definition['firstWeekday']
  window: Definition['window']
  filter: Filter
  recipients: WireRecipient[]
}

/** Recipients that several digests share, as they are given. */
export const wireGroup = fields({ name: shape.name, recipients: recipients.default([]) })

/** What answers tell besides the definition: a changed answer may be sent back as it is. */
const told = new Set(
  'id owner paused paused_at pause_reason recipients_count unreachable_count health last_result next_due created_at updated_at used_by'.split(
    ' ',
  ),
)

/** A definition from JSON. An owner that is not given is undefined. @throws Refusal (422) that says what to change */
export function definitionFrom(json: unknown): Omit<DefinitionInput, 'ownerId'> & { ownerId: number | null | undefined } {
  const given = readBy(wireDefinition, withoutTold(json), 'The definition')
  const { owner_id, first_weekday, starts_on, ends_on, business_hours, csv_delimiter, when_incomplete, patience_hours, ...same } =
    given
  return {
    ...same,
    ownerId: owner_id,
    firstWeekday: first_weekday,
    startsOn: starts_on,
    endsOn: ends_on,
    businessHours: business_hours,
    csvDelimiter: csv_delimiter,
    whenIncomplete: when_incomplete,
    patienceHours: patience_hours,
    recipients: same.recipients.map(recipientFrom),
  }
}

/** A group from JSON. @throws Refusal (422) that says what to change */
export function groupFrom(json: unknown): { name: string; recipients: Recipient[] } {
  const { name, recipients } = readBy(wireGroup, withoutTold(json), 'The group')
  return { name, recipients: recipients.map(recipientFrom) }
}

function withoutTold(json: unknown): unknown {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return json
  return Object.fromEntries(Object.entries(json).filter(([name]) => !told.has(name)))
}

function recipientFrom({ user_id, address, lens }: WireRecipient): Recipient {
  return user_id === undefined ? { address: address!, lens } : { userId: user_id, lens }
}

/** A definition as JSON. */
export function wireOf(d: Definition): WireDefinition {
  return {
    name: d.name,
    owner_id: d.ownerId,
    zone: d.zone,
    cadence: d.cadence,
    window: d.window,
    first_weekday: d.firstWeekday,
    starts_on: d.startsOn,
    ends_on: d.endsOn,
    comparison: d.comparison,
    filter: d.filter,
    business_hours: d.businessHours,
    formats: d.formats,
    csv_delimiter: d.csvDelimiter,
    language: d.language,
    condition: d.condition,
    when_incomplete: d.whenIncomplete,
    patience_hours: d.patienceHours,
    recipients: d.recipients.map(wireOfRecipient),
    groups: d.groups,
  }
}

function wireOfRecipient(recipient: Recipient): WireRecipient {
  const { lens } = recipient
  return 'userId' in recipient ? { user_id: recipient.userId, lens } : { address: recipient.address, lens }
}

/** A group as JSON. */
export function groupJson({ id, name, recipients, usedBy }: Group) {
  return { id, name, recipients: recipients.map(wireOfRecipient), used_by: usedBy }
}
