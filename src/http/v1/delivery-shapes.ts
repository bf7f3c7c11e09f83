import { z } from 'zod'
import type { Instant } from '../../clock.ts'
import {
  deliveryStates,
  slotStates,
  type DeliveryRecord,
  type SlotRecord,
  type TestMailRecord,
} from '../../digests/delivery/history.ts'
import type { Link, LinkVisit } from '../../digests/delivery/links.ts'
import { isoOf } from '../../time/local-text.ts'
import { byState, dates } from './digest-shapes.ts'

const instant = z.string().meta({ format: 'date-time' })
const orNone = (at: Instant | null) => (at === null ? null : isoOf(at))
const user = z.int().nullable().meta({ description: 'Id of a user; null: at the command line, or nobody.' })

export const slotShape = z.object({
  id: z.int(),
  digest_id: z.int(),
  period: dates,
  due_at: instant,
  zone: z.string(),
  state: z.enum(slotStates),
  note: z.string().nullable().meta({ description: 'Why it waits, was missed or skipped.' }),
  editions: z.int().meta({ description: 'How often figures were taken: more than once where it was run again.' }),
  failures: z.int(),
  decision: z.enum(['released', 'skipped', 'rerun']).nullable(),
  decided_by: user,
  decided_at: instant.nullable(),
  deliveries: byState,
})

export const deliveryShape = z.object({
  id: z.string(),
  kind: z.enum(['digest', 'notice']),
  digest_id: z.int().nullable().meta({ description: 'Null for a notice about a backfill.' }),
  slot_id: z.int().nullable(),
  period: dates.nullable().meta({ description: 'Null for a notice.' }),
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
  period: dates,
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
  period: { first_date: slot.firstDate, last_date: slot.lastDate },
  due_at: isoOf(slot.dueAt),
  zone: slot.zone,
  state: slot.state,
  note: slot.note,
  editions: slot.editions,
  failures: slot.failures,
  decision: slot.decision,
  decided_by: slot.decidedBy,
  decided_at: orNone(slot.decidedAt),
  deliveries: slot.deliveries,
})

const periodOf = ({ firstDate, lastDate }: DeliveryRecord) =>
  firstDate === null || lastDate === null ? null : { first_date: firstDate, last_date: lastDate }

export const deliveryOnWire = (delivery: DeliveryRecord): z.infer<typeof deliveryShape> => ({
  id: delivery.id,
  kind: delivery.kind,
  digest_id: delivery.digestId,
  slot_id: delivery.slotId,
  period: periodOf(delivery),
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
  created_at: isoOf(delivery.createdAt),
  next_attempt_at: orNone(delivery.nextAttemptAt),
  finished_at: orNone(delivery.finishedAt),
  requested_by: delivery.requestedBy,
  resolution: delivery.resolution,
  resolved_by: delivery.resolvedBy,
  resolved_at: orNone(delivery.resolvedAt),
})

export const testMailOnWire = (mail: TestMailRecord): z.infer<typeof testMailShape> => ({
  id: mail.id,
  period: { first_date: mail.firstDate, last_date: mail.lastDate },
  recipient: mail.recipient,
  state: mail.state,
  error: mail.error,
  requested_by: mail.requestedBy,
  at: isoOf(mail.at),
})

export const linkOnWire = ({ expiresAt, revokedAt, revokedBy }: Link): z.infer<typeof linkShape> => ({
  expires_at: isoOf(expiresAt),
  revoked_at: orNone(revokedAt),
  revoked_by: revokedBy,
})

export const visitsOnWire = ({ total, newest }: { total: number; newest: LinkVisit[] }): z.infer<typeof visitsShape> => ({
  visit_count: total,
  visits: newest.map(({ at, file }) => ({ at: isoOf(at), file })),
})
