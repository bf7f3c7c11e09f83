import { many, one, run, type Pool } from '../../src/db.ts'
import { composeDueDigests } from '../../src/digests/composing/compose.ts'
import { deliverQueued, type DeliverOptions } from '../../src/digests/delivery/deliver.ts'
import type { Digest } from '../../src/digests/definition/digest.ts'
import { planDueDigests } from '../../src/digests/composing/plan.ts'
import type { MailRoute } from '../../src/digests/delivery/send.ts'
import type { Desk } from '../support/desk.ts'
import { berlinDigest, DUE, type Given } from './desk.ts'
import type { SmtpRecorder } from './smtp.ts'

export const people = (n: number) => Array.from({ length: n }, (_, i) => `person${i}@example.com`)

/** All that is sent goes to this server. */
export const routeTo = (smtp: SmtpRecorder, more: Partial<MailRoute> = {}): MailRoute => ({
  smtpUrl: smtp.url,
  from: 'Tidemark <reports@desk.example>',
  outbox: '/nowhere',
  ...more,
})

/** A row of the ledger, as far as tests look at it. */
export interface Row extends Record<string, unknown> {
  recipient: string
  kind: 'digest' | 'notice'
  key: string | null
  state: string
  attempts: number
  doubts: number
  error: string | null
  next: number | null
  subject: string | null
}

/** The ledger of a digest: its mails by recipient, then its notices as they were queued. */
export const ledger = (pool: Pool, { accountId, id }: Digest) =>
  many<Row>(
    pool,
    `select recipient, kind, notice_key as key, state, attempts, doubts, error, extract(epoch from next_attempt_at)::float8 as next,
       notice ->> 'subject' as subject
     from tidemark.deliveries where account_id = $1 and digest_id = $2
     order by kind, case when kind = 'notice' then created_at end, recipient, copy`,
    [accountId, id],
  )

/** Gives somebody of the desk an address, and makes him an administrator where that is said. */
export async function reachable(pool: Pool, userId: number, email: string, administrator = false): Promise<void> {
  await run(pool, 'update users set email = $2 where id = $1', [userId, email])
  await run(pool, 'update account_users set role = $2 where user_id = $1', [userId, administrator ? 1 : 0])
}

/** A digest of the week before DUE whose mails are queued. */
export async function queuedDigest(pool: Pool, desk: Desk, given: Given): Promise<Digest> {
  const digest = await berlinDigest(pool, desk, { formats: ['csv'], ...given })
  await planDueDigests(pool, DUE)
  await composeDueDigests(pool, DUE)
  return digest
}

/** A heartbeat of the digests at `now`: planned, composed, delivered. */
export async function heartbeat(pool: Pool, now: number, options: DeliverOptions) {
  await planDueDigests(pool, now)
  await composeDueDigests(pool, now)
  return deliverQueued(pool, now, options)
}

export const slotStates = async (pool: Pool, { accountId, id }: Digest) =>
  (
    await many<{ state: string }>(
      pool,
      'select state from tidemark.digest_slots where account_id = $1 and digest_id = $2 order by due_at',
      [accountId, id],
    )
  ).map(({ state }) => state)

/** Whether and why a digest is paused. */
export const pauseOf = (pool: Pool, { accountId, id }: Digest) =>
  one<{ paused: number | null; reason: string | null }>(
    pool,
    `select extract(epoch from paused_at)::float8 as paused, pause_reason as reason from tidemark.digests
     where account_id = $1 and id = $2`,
    [accountId, id],
  )
