import type { Instant } from '../../clock.ts'
import { many, one, sql, type Queryable } from '../../db.ts'
import { notFound } from '../../errors.ts'

const slotsSql = sql(import.meta.url, './slots-of-digest.sql')
const deliveriesSql = sql(import.meta.url, './deliveries-of-digest.sql')

export const slotStates = ['planned', 'waiting_for_data', 'held', 'composed', 'done', 'missed', 'skipped'] as const
export type SlotState = (typeof slotStates)[number]

export const deliveryStates = ['queued', 'sending', 'sent', 'written', 'refused', 'uncertain', 'suppressed', 'skipped'] as const
export type DeliveryState = (typeof deliveryStates)[number]

/** One period of a digest, and what has become of it. */
export interface SlotRecord {
  id: number
  digestId: number
  firstDate: string
  lastDate: string
  zone: string
  state: SlotState
  /** Why it waits, was missed or skipped. */
  note: string | null
  editions: number
  /** How often composing it failed. */
  failures: number
  decision: 'released' | 'skipped' | 'rerun' | null
  decidedBy: number | null
  decidedAt: Instant | null
  dueAt: Instant
  plannedAt: Instant
  /** How many deliveries are in each state; states without any are left out. */
  deliveries: Partial<Record<DeliveryState, number>>
}

/** One mail to one person, as the ledger knows it. */
export interface DeliveryRecord {
  id: string
  kind: 'digest' | 'notice'
  /** Null for a notice about a backfill. */
  digestId: number | null
  slotId: number | null
  /** The reported period; null for a notice. */
  firstDate: string | null
  lastDate: string | null
  edition: number
  /** 1; more for what was sent again. */
  copy: number
  snapshotId: number | null
  recipient: string
  userId: number | null
  state: DeliveryState
  attempts: number
  /** Bytes of the mail. */
  size: number | null
  response: string | null
  error: string | null
  messageId: string
  requestedBy: number | null
  resolution: 'delivered' | 'not_delivered' | 'sent_again' | null
  resolvedBy: number | null
  resolvedAt: Instant | null
  createdAt: Instant
  /** Null: nothing more happens by itself. */
  nextAttemptAt: Instant | null
  finishedAt: Instant | null
}

/** Mail that was sent to one person on request; never the delivery of its period. */
export interface TestMailRecord {
  id: string
  firstDate: string
  lastDate: string
  recipient: string
  state: string
  error: string | null
  requestedBy: number | null
  at: Instant
}

/** A page of a list, and how long the list is. */
export interface Paged<T> {
  total: number
  rows: T[]
}

export interface Page {
  page: number
  perPage: number
}

const FIRST: Page = { page: 1, perPage: 100 }
const boundsOf = ({ page, perPage }: Page) => [perPage, (page - 1) * perPage]

/** The slots of a digest, the newest period first. */
export async function slotsOf(
  db: Queryable,
  accountId: number,
  digestId: number,
  { state = null, ...page }: Page & { state?: SlotState | null } = FIRST,
): Promise<Paged<SlotRecord>> {
  const values = [accountId, digestId, state]
  const rows = await many<SlotRecord & Record<string, unknown>>(db, slotsSql, [...values, ...boundsOf(page), null])
  const { total } = await one<{ total: number }>(
    db,
    `select count(*) as total from tidemark.digest_slots
     where account_id = $1 and digest_id = $2 and ($3::text is null or state = $3)`,
    values,
  )
  return { total, rows }
}

/** @throws Refusal (404) when the digest has no such slot */
export async function findSlot(db: Queryable, accountId: number, digestId: number, id: number): Promise<SlotRecord> {
  const values = [accountId, digestId, null, 1, 0, id]
  const [found] = await many<SlotRecord & Record<string, unknown>>(db, slotsSql, values)
  if (!found) throw notFound(`There is no slot ${id} of this digest.`)
  return found
}

export interface DeliveryFilter {
  state?: DeliveryState | null
  slotId?: number | null
  /** An address, whatever the case of its letters. */
  recipient?: string | null
}

/** The deliveries of a digest, the newest first, notices about it included. */
export async function deliveriesOfDigest(
  db: Queryable,
  accountId: number,
  digestId: number,
  { state = null, slotId = null, recipient = null, ...page }: Page & DeliveryFilter = FIRST,
): Promise<Paged<DeliveryRecord>> {
  const values = [accountId, digestId, state, slotId, recipient]
  const rows = await many<DeliveryRecord & Record<string, unknown>>(db, deliveriesSql, [...values, null, ...boundsOf(page)])
  const { total } = await one<{ total: number }>(
    db,
    `select count(*) as total from tidemark.deliveries
     where account_id = $1 and digest_id = $2 and ($3::text is null or state = $3) and ($4::bigint is null or slot_id = $4)
       and ($5::text is null or lower(recipient) = lower($5))`,
    values,
  )
  return { total, rows }
}

/** @throws Refusal (404) when the account has no such delivery */
export async function findDelivery(db: Queryable, accountId: number, id: string): Promise<DeliveryRecord> {
  const values = [accountId, null, null, null, null, id, 1, 0]
  const [found] = isUuid(id) ? await many<DeliveryRecord & Record<string, unknown>>(db, deliveriesSql, values) : []
  if (!found) throw notFound('There is no such delivery in this account.')
  return found
}

/** The test mails of a digest, the newest first. */
export async function testMailsOf(
  db: Queryable,
  accountId: number,
  digestId: number,
  page: Page = FIRST,
): Promise<Paged<TestMailRecord>> {
  const rows = await many<TestMailRecord & Record<string, unknown>>(
    db,
    `select id, period_start as "firstDate", period_end as "lastDate", recipient, state, error, requested_by as "requestedBy",
       extract(epoch from at)::float8 as at
     from tidemark.test_mails where account_id = $1 and digest_id = $2 order by at desc, id limit $3 offset $4`,
    [accountId, digestId, ...boundsOf(page)],
  )
  const { total } = await one<{ total: number }>(
    db,
    'select count(*) as total from tidemark.test_mails where account_id = $1 and digest_id = $2',
    [accountId, digestId],
  )
  return { total, rows }
}

/** Whether PostgreSQL can read a text as an id of a delivery or a link. */
export const isUuid = (text: string) => /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text)
