import type { Instant } from '../../clock.ts'
import { many, maybeOne, run, sql, transaction, type Pool, type Queryable } from '../../db.ts'
import { log } from '../../log.ts'
import type { Language } from '../definition/definition.ts'
import { queueNotice } from '../delivery/notice.ts'
import { failureNotice, pauseNotice, type Failing } from '../delivery/owner-notices.ts'
import { responsibleFor } from '../audience/responsible.ts'

const finishSlots = sql(import.meta.url, './finish-slots.sql')
const streakSql = sql(import.meta.url, './streak.sql')
const notReached = sql(import.meta.url, './not-reached.sql')

/** So many periods in a row that reach nobody at all, and the digest pauses. */
const MOST_FAILED = 3
/** So many recipients a notice names. */
export const MOST_NAMED = 20

/** What a period came to (see the view `verdicts`), and the streak of failed ones that it is in. */
interface Streak {
  verdict: 'everybody' | 'some' | 'nobody'
  reached: number
  failed: number
  firstDate: string
  lastDate: string
  note: string | null
  name: string
  language: Language
  zone: string
  paused: boolean
  first: number | null
  nobody: number
}

/**
 * Ends the slots of an account that have nothing left to deliver, and draws the consequences of what they came to, in one
 * transaction: whoever sees a slot as done sees the notice about it, too.
 */
export async function finishPeriods(pool: Pool, accountId: number, now: Instant): Promise<void> {
  await transaction(pool, async (tx) => {
    const slots = await many<{ id: number; digestId: number; due: Instant }>(tx, finishSlots, [accountId])
    // By digest, so that two workers take the locks of digests in one order.
    slots.sort((a, b) => a.digestId - b.digestId || a.due - b.due || a.id - b.id)
    for (const { id, digestId } of slots) await judgePeriod(tx, accountId, digestId, id, now)
  })
}

/**
 * Draws the consequences of a slot that is over. A period that did not reach everybody is a failed one: who answers for the
 * digest is told once per streak of them. Three in a row that reached nobody at all pause the digest; one bad address among
 * others does not take it from the others. A period that reaches everybody ends the streak; so does resuming the digest.
 */
export async function judgePeriod(
  tx: Queryable,
  accountId: number,
  digestId: number,
  slotId: number,
  now: Instant,
): Promise<void> {
  // Of two slots of a digest that end at once, the second is judged when the first is.
  await run(tx, 'select from tidemark.digests where account_id = $1 and id = $2 for no key update', [accountId, digestId])
  const streak = await maybeOne<Streak & Record<string, unknown>>(tx, streakSql, [accountId, digestId, slotId])
  if (!streak || streak.verdict === 'everybody') return
  const { people } = await responsibleFor(tx, accountId, digestId)
  const about = { accountId, digestId, slotId, ...streak }
  const failing = await many<Failing & Record<string, unknown>>(tx, notReached, [accountId, slotId, MOST_NAMED])
  const key = `failed/${digestId}/${streak.first}`
  const told = await queueNotice(tx, { accountId, digestId, key }, failureNotice(about, failing), people, now)
  const ids = { account_id: accountId, digest_id: digestId, slot_id: slotId }
  log.warn({ ...ids, verdict: streak.verdict, failed: streak.failed, told }, 'a period of a digest failed')
  if (streak.nobody < MOST_FAILED || streak.paused) return
  const reason = failing[0]?.error ?? streak.note ?? 'unknown'
  await run(tx, `update tidemark.digests set paused_at = to_timestamp($3), pause_reason = $4 where account_id = $1 and id = $2`, [
    accountId,
    digestId,
    now,
    `paused by itself: ${streak.nobody} periods in a row reached nobody (${reason})`.slice(0, 500),
  ])
  const paused = { accountId, digestId, key: `paused/${digestId}/${slotId}` }
  await queueNotice(tx, paused, pauseNotice(about, reason), people, now)
  log.warn({ ...ids, periods: streak.nobody }, 'a digest paused itself')
}
