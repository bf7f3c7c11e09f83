import { SYSTEM } from '../../audit/actor.ts'
import { recordAct } from '../../audit/record.ts'
import type { Instant } from '../../clock.ts'
import { many, maybeOne, run, type Client, type Queryable } from '../../db.ts'
import { actorJson } from './backfill-json.ts'
import { readBackfills, type Backfill, type BackfillState } from './backfill-row.ts'

/** Who is told when a backfill ends: a user of the account, at the address that he has then, or an address. */
export type ToNotify = { userId: number; address: null } | { userId: null; address: string }

/** So many at a time; whoever looks next goes on. */
const MOST_AT_ONCE = 100

/** Notes who is told, in the transaction that starts the backfill. */
export async function noteWhomToTell(tx: Client, accountId: number, id: number, { userId, address }: ToNotify): Promise<void> {
  const text = 'insert into tidemark.backfill_notices (account_id, backfill_id, user_id, address) values ($1, $2, $3, $4)'
  await run(tx, text, [accountId, id, userId, address])
}

/**
 * Records that a backfill has ended by itself, in the transaction in which it does: Tidemark did that, and who had asked for it is told
 * with what it came to.
 */
export async function recordEnd(
  tx: Client,
  was: Backfill,
  end: { state: BackfillState; error?: string },
  at: Instant,
): Promise<void> {
  const { accountId, id, reason } = was
  const [is = was] = await readBackfills(tx, { accounts: [accountId], id })
  const before = { state: was.state }
  const after = {
    ...end,
    hours_done: is.hoursDone,
    hours_total: is.hoursTotal,
    hours_failed: is.failing,
    differing: is.report?.verification?.differing ?? null,
    asked_by: actorJson(was.askedBy),
  }
  await recordAct(tx, { actor: SYSTEM, accountId, at, action: 'backfill.end', subjectId: id, reason, before, after })
}

/** Backfills that have ended, whichever way, without that having been told to who wanted to know; the first asked for first. */
export async function untoldEnds(db: Queryable): Promise<{ accountId: number; id: number }[]> {
  return many(
    db,
    `select b.account_id as "accountId", b.id
     from tidemark.backfill_notices n
     join tidemark.backfills b on b.account_id = n.account_id and b.id = n.backfill_id
     where b.finished_at is distinct from n.told_end and b.finished_at is not null
     order by b.id limit $1`,
    [MOST_AT_ONCE],
  )
}

/**
 * Takes it on to tell of an end, in a transaction that queues the mail too: of two at once, the second waits for the first and
 * finds it told. Undefined when there is nothing to be told, or no more.
 */
export function claimEnd(tx: Client, accountId: number, id: number): Promise<{ who: ToNotify; endedAt: Instant } | undefined> {
  return maybeOne<{ who: ToNotify; endedAt: Instant }>(
    tx,
    `update tidemark.backfill_notices n
     set told_end = b.finished_at
     from tidemark.backfills b
     where n.account_id = $1 and n.backfill_id = $2 and b.account_id = $1 and b.id = $2
       and b.finished_at is distinct from n.told_end and b.finished_at is not null
     returning jsonb_build_object('userId', n.user_id, 'address', n.address) as who,
       extract(epoch from b.finished_at)::float8 as "endedAt"`,
    [accountId, id],
  )
}
