import { randomUUID } from 'node:crypto'
import type { Instant } from '../../clock.ts'
import { run, sql, type Queryable } from '../../db.ts'
import { messageIdOf } from '../audience/address.ts'
import type { Language } from '../definition/definition.ts'
import { clip, oneLine } from '../mail/names.ts'

const queueSql = sql(import.meta.url, './queue-notices.sql')

/** A short mail about a digest or a backfill: plain words. It is stored as it is sent. */
export interface Notice {
  language: Language
  subject: string
  /** Paragraphs, and lists of lines. */
  body: (string | string[])[]
  /** True for those who are sent the digest: it carries the way out, and goes to nobody who has taken it. */
  toSubscriber?: true
}

/** Somebody who is told something. */
export interface Told {
  address: string
  userId: number | null
}

const LONGEST_SUBJECT = 150

/**
 * Queues a notice for each of `to`, once: whoever was queued one by this key already gets no other.
 * @returns how many were queued
 */
export async function queueNotice(
  db: Queryable,
  about: { accountId: number; digestId: number | null; key: string },
  notice: Notice,
  to: readonly Told[],
  now: Instant,
): Promise<number> {
  const ids = to.map(() => randomUUID())
  const stored: Notice = { ...notice, subject: clip(oneLine(notice.subject), LONGEST_SUBJECT) }
  return run(db, queueSql, [
    about.accountId,
    about.digestId,
    about.key,
    JSON.stringify(stored),
    ids,
    to.map(({ address }) => address),
    to.map(({ userId }) => userId),
    ids.map((id) => messageIdOf(id)),
    now,
  ])
}
