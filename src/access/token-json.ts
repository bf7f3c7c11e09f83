import type { Instant } from '../clock.ts'
import { isoOf } from '../time/local-text.ts'
import type { Token } from './tokens.ts'

const timeOf = (at: Instant | null) => (at === null ? null : isoOf(at))

/** A token as it is told over HTTP and by the command line. */
export const tokenJson = (token: Token) => ({
  id: token.id,
  name: token.name,
  role: token.role,
  prefix: token.prefix,
  user_id: token.userId,
  user_name: token.userName,
  created_at: isoOf(token.createdAt),
  expires_at: timeOf(token.expiresAt),
  last_used_at: timeOf(token.usedAt),
  revoked_at: timeOf(token.revokedAt),
})
