import { createHash } from 'node:crypto'
import { now, type Instant } from '../clock.ts'
import { maybeOne, prepared, sql, type Queryable } from '../db.ts'

const findSql = prepared(sql(import.meta.url, './find-own-token.sql'))

/** What a token lets its holder do, the most first. */
export const roles = ['administrator', 'report_manager', 'viewer', 'agent'] as const
export type Role = (typeof roles)[number]

/** A token of our own that is valid now. */
export interface OwnToken {
  id: number
  /** Null: an operator's. */
  accountId: number | null
  role: Role
  /** Whom it stands for, if anybody. */
  userId: number | null
}

/** How tokens of our own begin, so that a scan for leaked secrets knows them, and a look at the text tells them from Chatwoot's. */
export const TOKEN_PREFIX = 'tmk_'

/** `tmk_` and 32 random bytes in base64url. */
export const looksOwn = (token: string) => /^tmk_[\w-]{43}$/.test(token)

/** What is kept of a token. With 256 random bits a plain digest is as good as a slow one. */
export const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest()

/**
 * A token that is valid at an instant, and notes that it was used, to the minute. Undefined for one that never was, was revoked
 * or has run out, and for one whose user has left the account, or administers it no longer. Found by its digest: no guess gains
 * by timing.
 */
export function findOwnToken(db: Queryable, token: string, at: Instant = now()): Promise<OwnToken | undefined> {
  return maybeOne<OwnToken & Record<string, unknown>>(db, findSql, [digestOf(token), at])
}
