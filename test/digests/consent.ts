import { many, one, run, type Pool } from '../../src/db.ts'
import { composeDueDigests } from '../../src/digests/composing/compose.ts'
import { deliverQueued } from '../../src/digests/delivery/deliver.ts'
import { planDueDigests } from '../../src/digests/composing/plan.ts'
import { queueWelcomes } from '../../src/digests/audience/welcome.ts'
import type { SmtpRecorder, Taken } from './smtp.ts'

/** A heartbeat of the digests at `now`: newcomers told, planned, composed, delivered to a server. */
export async function beat(pool: Pool, now: number, smtp: SmtpRecorder) {
  await queueWelcomes(pool, now)
  await planDueDigests(pool, now)
  await composeDueDigests(pool, now)
  return deliverQueued(pool, now, { route: { smtpUrl: smtp.url, from: 'Tidemark <reports@desk.example>', outbox: '/nowhere' } })
}

/** Gives somebody of the desk an address, and makes him an administrator where that is said. */
export async function reachable(pool: Pool, userId: number, email: string, administrator = false): Promise<void> {
  await run(pool, 'update users set email = $2 where id = $1', [userId, email])
  await run(pool, 'update account_users set role = $2 where user_id = $1', [userId, administrator ? 1 : 0])
}

/** The ledger of an account: what went to whom, and what became of it. */
export const ledgerOf = (pool: Pool, accountId: number) =>
  many<{ kind: string; recipient: string; state: string; error: string | null; subject: string | null }>(
    pool,
    `select kind, recipient, state, error, notice ->> 'subject' as subject from tidemark.deliveries
     where account_id = $1 order by created_at, kind, recipient`,
    [accountId],
  )

export const pauseOf = (pool: Pool, accountId: number, id: number) =>
  one<{ reason: string | null }>(pool, 'select pause_reason as reason from tidemark.digests where account_id = $1 and id = $2', [
    accountId,
    id,
  ]).then(({ reason }) => reason)

/** A header of a raw mail, its folding undone. */
export function headerOf({ raw }: Taken, name: string): string | undefined {
  const [head = ''] = raw.split('\r\n\r\n')
  return new RegExp(`^${name}: (.*)$`, 'im').exec(head.replaceAll(/\r\n[ \t]+/g, ' '))?.[1]
}

/** The path of the address at which the recipient of a mail unsubscribes. */
export const wayOut = (mail: Taken): string => new URL(headerOf(mail, 'List-Unsubscribe')!.slice(1, -1)).pathname
