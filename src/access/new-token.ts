import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Change } from '../audit/change.ts'
import type { Instant } from '../clock.ts'
import { invalid } from '../errors.ts'
import { roles, TOKEN_PREFIX, type Role } from './own-token.ts'

/** What a token is made from. */
export interface NewToken {
  name: string
  role: Role
  /** Whom it stands for; an agent's has to stand for somebody. */
  userId: number | null
  /** Null: it does not run out. */
  expiresAt: Instant | null
}

/** How many years a token may be valid, if not for ever. */
const MOST_YEARS = 5

export const tokenName = z
  .string()
  .trim()
  .min(1)
  .max(120)
  // Line separators, too: PostgreSQL takes them for control characters.
  .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, 'must be one line')
export const tokenRole = z.enum(roles)

/** A new token's text: 256 random bits, behind what tells it apart. */
export const randomToken = () => TOKEN_PREFIX + randomBytes(32).toString('base64url')

/** So much of a token is shown in lists; more than 200 random bits stay unknown. */
export const prefixOf = (token: string) => token.slice(0, 10)

/**
 * Holds a new token against what there may be.
 * @param accountId null: an operator's
 * @throws Refusal (422) that says what to change
 */
export function checkNewToken(accountId: number | null, { role, userId, expiresAt }: NewToken, { actor, at }: Change): void {
  if (expiresAt !== null && expiresAt <= at) throw invalid('expires_at has passed already. Give a later time, or none.')
  if (expiresAt !== null && expiresAt > yearsAfter(at, MOST_YEARS))
    throw invalid(`A token that expires does so within ${MOST_YEARS} years. Give an earlier time, or none.`)
  if (accountId === null) {
    if (role !== 'administrator' && role !== 'viewer')
      throw invalid('An operator’s token has the role administrator (may change how it works) or viewer (may look).')
    if (userId !== null) throw invalid('An operator’s token stands for no user of an account. Leave the user out.')
  }
  if (role === 'agent' && userId === null)
    throw invalid('A token of an agent shows his own figures: say which user it stands for.')
  // Or what somebody does with it would be recorded as another's doing.
  const himself = actor.kind === 'command' || (actor.kind === 'user' && actor.id === userId)
  if (userId !== null && role !== 'agent' && !himself)
    throw invalid('Only tokens with the role agent may stand for another user, as they change nothing. Leave the user out.')
}

function yearsAfter(at: Instant, years: number): Instant {
  const date = new Date(at * 1000)
  return date.setUTCFullYear(date.getUTCFullYear() + years) / 1000
}
