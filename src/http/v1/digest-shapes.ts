import { z } from 'zod'
import { dataWindow } from '../../digests/definition/definition.ts'
import type { DigestJson } from '../../digests/definition/digest-json.ts'
import { healths } from '../../digests/definition/inventory.ts'
import { slotStates } from '../../digests/delivery/history.ts'
import { wireDefinition, wireGroup } from '../../digests/definition/wire.ts'

const instant = z.string().meta({ format: 'date-time' })
export const dates = z.object({ first_date: z.string(), last_date: z.string() }).meta({ description: 'Whole local days.' })

/** How many mails are in which state. */
export const byState = z.record(z.string(), z.int())

export const nextDue = z
  .array(z.object({ due_at: instant, local: z.string().meta({ description: 'On the clock of its zone.' }), period: dates }))
  .meta({ description: 'The next five times; of a paused digest those that it would have.' })

const standing = {
  owner: z
    .object({
      id: z.int(),
      name: z.string().nullable(),
      member: z.boolean().meta({ description: 'False: he has left the account.' }),
    })
    .nullable(),
  recipients_count: z.int(),
  unreachable_count: z.int().meta({ description: 'Users who have left the account, or have no address.' }),
  paused: z.boolean(),
  paused_at: instant.nullable(),
  pause_reason: z.string().nullable(),
  health: z.enum(healths).meta({ description: 'The gravest of all that holds.' }),
  last_result: z
    .object({
      period: dates,
      due_at: instant,
      state: z.enum(slotStates),
      at: instant,
      note: z.string().nullable(),
      deliveries: byState,
    })
    .nullable(),
  next_due: nextDue,
}

const { name, zone, cadence, language, groups } = wireDefinition.shape
/** A definition as it is stored: nothing is left out. */
const definition = { ...wireDefinition.shape, owner_id: z.int().nullable(), window: dataWindow }
const id = z.int()

/** A digest as a list shows it. */
export const digestRow = z.object({ id, name, zone, cadence, language, groups, ...standing })
export const digestAnswer = z.object({ id, ...definition, ...standing, created_at: instant, updated_at: instant })
export const checkAnswer = z.object({ ...definition, next_due: nextDue })

/** What a list shows of a digest. */
export function rowOf(digest: DigestJson): z.output<typeof digestRow> {
  const { id, name, zone, cadence, language, groups, owner, recipients_count, unreachable_count, ...rest } = digest
  const { paused, paused_at, pause_reason, health, last_result, next_due } = rest
  const about = { id, name, zone, cadence, language, groups, owner, recipients_count, unreachable_count }
  return { ...about, paused, paused_at, pause_reason, health, last_result, next_due }
}

export const groupAnswer = z.object({
  id,
  ...wireGroup.shape,
  used_by: z.array(z.object({ id, name: z.string() })).meta({ description: 'Digests that go to it.' }),
})
