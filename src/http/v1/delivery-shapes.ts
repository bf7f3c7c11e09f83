import { z } from 'zod'
import { deliveryStates, slotStates, type DeliveryRecord, type SlotRecord, type TestMailRecord } from '../../digests/history.ts'
import type { Link, LinkVisit } from '../../digests/links.ts'

const instant = z.number().meta({ description: 'Unix seconds.' })
const date = z.string().meta({ example: '2026-05-04' })
const user = z.int().nullable().meta({ description: 'Id of a user; null: at the command line, or nobody.' })

export const slotShape = z.object({
  id: z.int(),
  digest_id: z.int(),
  first_date: date.meta({ description: 'The first local date of the reported period.' }),
  last_date: date.meta({ description: 'The last one, inclusive.' }),
  due_at: instant,
  zone: z.string(),
  state: z.enum(slotStates),
  note: z.string().nullable().meta({ description: 'Why it waits, was missed or skipped.' }),
  editions: z.int().meta({ description: 'How often figures were taken: more than once where it was run again.' }),
  failures: z.int(),
  decision: z.enum(['released', 'skipped', 'rerun']).nullable(),
  decided_by: user,
  decided_at: instant.nullable(),
  deliveries: z.partialRecord(z.enum(deliveryStates), z.int()).meta({ description: 'How many are in each state.' }),
})

export const deliveryShape = z.object({
  id: z.string(),
  kind: z.enum(['digest', 'notice']),
  digest_id: z.int(),
  slot_id: z.int().nullable(),
  first_date: date.nullable(),
  last_date: date.nullable(),
  edition: z.int(),
  copy: z.int().meta({ description: '1; more for what was sent again.' }),
  recipient: z.string(),
  user_id: z.int().nullable(),
  state: z.enum(deliveryStates),
  attempts: z.int(),
  size: z.int().nullable().meta({ description: 'Bytes of the mail.' }),
  response: z.string().nullable().meta({ description: 'What the mail server answered to it.' }),
  error: z.string().nullable(),
  message_id: z.string(),
  created_at: instant,
  next_attempt_at: instant.nullable().meta({ description: 'Null: nothing more happens by itself.' }),
  finished_at: instant.nullable(),
  requested_by: user.meta({ description: 'Who had it sent again.' }),
  resolution: z
    .enum(['delivered', 'not_delivered', 'sent_again'])
    .nullable()
    .meta({ description: 'How somebody settled what was uncertain.' }),
  resolved_by: user,
  resolved_at: instant.nullable(),
})

export const testMailShape = z.object({
  id: z.string(),
  first_date: date,
  last_date: date,
  recipient: z.string(),
  state: z.string(),
  error: z.string().nullable(),
  requested_by: user,
  at: instant,
})

export const linkShape = z.object({
  expires_at: instant,
  revoked_at: instant.nullable(),
  revoked_by: user,
})

export const visitsShape = z.object({
  visit_count: z.int(),
  visits: z.array(
    z
      .object({ at: instant, file: z.string().nullable().meta({ description: 'Null: the page.' }) })
      .meta({ description: 'A use.' }),
  ),
})

export const slotOnWire = (slot: SlotRecord): z.infer<typeof slotShape> => ({
  id: slot.id,
  digest_id: slot.digestId,
  first_date: slot.firstDate,
  last_date: slot.lastDate,
  due_at: slot.dueAt,
  zone: slot.zone,
  state: slot.state,
  note: slot.note,
  editions: slot.editions,
  failures: slot.failures,
  decision: slot.decision,
  decided_by: slot.decidedBy,
  decided_at: slot.decidedAt,
  deliveries: slot.deliveries,
})

export const deliveryOnWire = (delivery: DeliveryRecord): z.infer<typeof deliveryShape> => ({
  id: delivery.id,
  kind: delivery.kind,
  digest_id: delivery.digestId,
  slot_id: delivery.slotId,
  first_date: delivery.firstDate,
  last_date: delivery.lastDate,
  edition: delivery.edition,
  copy: delivery.copy,
  recipient: delivery.recipient,
  user_id: delivery.userId,
  state: delivery.state,
  attempts: delivery.attempts,
  size: delivery.size,
  response: delivery.response,
  error: delivery.error,
  message_id: delivery.messageId,
  created_at: delivery.createdAt,
  next_attempt_at: delivery.nextAttemptAt,
  finished_at: delivery.finishedAt,
  requested_by: delivery.requestedBy,
  resolution: delivery.resolution,
  resolved_by: delivery.resolvedBy,
  resolved_at: delivery.resolvedAt,
})

export const testMailOnWire = (mail: TestMailRecord): z.infer<typeof testMailShape> => ({
  id: mail.id,
  first_date: mail.firstDate,
  last_date: mail.lastDate,
  recipient: mail.recipient,
  state: mail.state,
  error: mail.error,
  requested_by: mail.requestedBy,
  at: mail.at,
})

export const linkOnWire = ({ expiresAt, revokedAt, revokedBy }: Link): z.infer<typeof linkShape> => ({
  expires_at: expiresAt,
  revoked_at: revokedAt,
  revoked_by: revokedBy,
})

export const visitsOnWire = ({ total, newest }: { total: number; newest: LinkVisit[] }): z.infer<typeof visitsShape> => ({
  visit_count: total,
  visits: newest,
})
