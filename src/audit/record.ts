import type { Instant } from '../clock.ts'
import { run, sql, type Client } from '../db.ts'
import type { Actor } from './actor.ts'

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
 * @throws what PostgreSQL throws when an act does not fit the log
 */
export async function recordAct(tx: Client, { actor, accountId, at, action, ...act }: Act): Promise<void> {
  await run(tx, recordSql, [
    accountId,
    at,
    actor.kind,
    'id' in actor ? actor.id : null,
    action,
    action.slice(0, action.indexOf('.')),
    act.subjectId ?? null,
    act.reason ?? null,
    json(act.before),
    json(act.after),
    act.requestId ?? null,
  ])
}

const json = (value: unknown) => (value === undefined || value === null ? null : JSON.stringify(value))
