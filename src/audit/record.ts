import type { Instant } from '../clock.ts'
import { run, sql, type Client } from '../db.ts'
import { invalid } from '../errors.ts'
import type { Actor } from './actor.ts'

/** Characters that a reason may have. */
const LONGEST_REASON = 500
const recordSql = sql(import.meta.url, './record.sql')

/** Something that somebody did to what an installation or an account has settled. */
export interface Act {
  actor: Actor
  /** Null: it concerns the installation. */
  accountId: number | null
  at: Instant
  /** What to which kind of thing: `backfill.start`, `token.revoke`. */
  action: `${string}.${string}`
  /** Which one of that kind; the kind is the first half of `action`. */
  subjectId?: number | null
  /** Why, in the words of who did it: 1 to 500 characters. */
  reason?: string | null
  /** What changed, as it was and as it is: plain JSON without secrets; null where there was, or is, nothing. */
  before?: unknown
  after?: unknown
  requestId?: string | null
}

/**
 * Adds an act to the audit log. In the transaction of the change itself: neither is there without the other.
 * @throws Refusal (422) for a reason that says nothing, or too much
 */
export async function recordAct(tx: Client, { actor, accountId, at, action, ...act }: Act): Promise<void> {
  const { reason = null } = act
  if (reason !== null && (reason.trim() === '' || reason.length > LONGEST_REASON))
    throw invalid(`Give a reason of 1 to ${LONGEST_REASON} characters.`)
  await run(tx, recordSql, [
    accountId,
    at,
    actor.kind,
    'id' in actor ? actor.id : null,
    action,
    action.slice(0, action.indexOf('.')),
    act.subjectId ?? null,
    reason,
    json(act.before),
    json(act.after),
    act.requestId ?? null,
  ])
}

const json = (value: unknown) => (value === undefined || value === null ? null : JSON.stringify(value))
