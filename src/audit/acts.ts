import type { Instant } from '../clock.ts'
import { many, sql, type Queryable } from '../db.ts'
import { invalid } from '../errors.ts'
import type { Actor } from './actor.ts'

const readSql = sql(import.meta.url, './read-acts.sql')

/** An act as the log has it, with the names of today. */
export interface RecordedAct {
  id: number
  /** Null: it concerns the installation, or several accounts. */
  accountId: number | null
  at: Instant
  actorKind: Actor['kind']
  actorId: number | null
  /** Null for somebody who has no name here any more, or never had. */
  actorName: string | null
  action: string
  subjectKind: string | null
  subjectId: number | null
  reason: string | null
  before: unknown
  after: unknown
  requestId: string | null
}

/** A kind of actors or subjects, or one of them. */
export interface Named {
  kind: string
  id: number | null
}

/** Which acts; what is left out means any. */
export interface ActFilter {
  /** Null: all, and what concerns the installation. */
  accounts: readonly number[] | null
  actor?: Named | undefined
  action?: string | undefined
  subject?: Named | undefined
  since?: Instant | undefined
  until?: Instant | undefined
  /** Only acts with a smaller id: where the page before has ended. */
  before?: number | undefined
}

/** So many acts one file has at most. */
export const MOST_EXPORTED = 100_000
/** So many are read at a time for a file. */
const AT_ONCE = 500

/**
 * A page of the audit log, the newest first.
 * @returns `next` is the `before` of the next page; null: there is none
 */
export async function actsOf(
  db: Queryable,
  filter: ActFilter,
  limit: number,
): Promise<{ acts: RecordedAct[]; next: number | null }> {
  const rows = await read(db, filter, { limit: limit + 1, offset: 0 })
  const acts = rows.slice(0, limit)
  return { acts, next: rows.length > limit ? acts.at(-1)!.id : null }
}

function read(db: Queryable, filter: ActFilter, { limit, offset }: { limit: number; offset: number }): Promise<RecordedAct[]> {
  const { accounts, actor, action = null, subject, since = null, until = null, before = null } = filter
  const whose = [accounts, actor?.kind ?? null, actor?.id ?? null, action, subject?.kind ?? null, subject?.id ?? null]
  return many<RecordedAct & Record<string, unknown>>(db, readSql, [...whose, since, until, before, limit, offset])
}

/** Before a file is begun, while it can still be refused. @throws Refusal (422) for more than MOST_EXPORTED acts */
export async function requireFew(db: Queryable, filter: ActFilter): Promise<void> {
  const [oneMore] = await read(db, filter, { limit: 1, offset: MOST_EXPORTED })
  if (oneMore) throw invalid(`There are more than ${MOST_EXPORTED} of these acts. Narrow them by since and until.`)
}

/** All acts of a filter, the newest first, a few at a time; `requireFew` has bounded them. */
export async function* everyAct(db: Queryable, filter: ActFilter): AsyncGenerator<RecordedAct> {
  let before = filter.before
  for (;;) {
    const { acts, next } = await actsOf(db, { ...filter, before }, AT_ONCE)
    yield* acts
    if (next === null) return
    before = next
  }
}

/** What a text like `digest` or `user:7` names. @throws Refusal (422) naming the parameter */
export function namedBy(parameter: string, text: string): Named {
  const [, kind, id] = /^([a-z_]{1,40})(?::(\d{1,15}))?$/.exec(text) ?? []
  if (kind === undefined) throw invalid(`${parameter} must be a kind such as digest, or one of a kind such as digest:7.`)
  return { kind, id: id === undefined ? null : Number(id) }
}
