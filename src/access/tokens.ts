import { requireAccount } from '../accounts/account.ts'
import { findEntity } from '../accounts/entities.ts'
import type { Change } from '../audit/change.ts'
import { recordAct } from '../audit/record.ts'
import type { Instant } from '../clock.ts'
import { many, maybeOne, one, run, sql, transaction, type Client, type Pool, type Queryable } from '../db.ts'
import { invalid, notFound } from '../errors.ts'
import { isoOf } from '../time/local-text.ts'
import { checkNewToken, prefixOf, randomToken, type NewToken } from './new-token.ts'
import { digestOf, type Role } from './own-token.ts'

const tokensSql = sql(import.meta.url, './tokens.sql')

/** A token as it may be shown: never its text, which nobody has but whom it was given to. */
export interface Token {
  id: number
  /** Null: an operator's. */
  accountId: number | null
  name: string
  role: Role
  prefix: string
  userId: number | null
  /** Null, too, for a user who has left the account. */
  userName: string | null
  createdAt: Instant
  expiresAt: Instant | null
  revokedAt: Instant | null
  /** To the minute. */
  usedAt: Instant | null
}

/** At most this many live tokens an account, and as many of operators. */
export const MOST_TOKENS = 100

/**
 * Makes a token of an account (null: of an operator).
 * @returns its text, which is kept nowhere and cannot be had again, and the token as it is listed
 * @throws Refusal (422) naming what is wrong, (404) when there is no such account
 */
export async function createToken(
  pool: Pool,
  accountId: number | null,
  input: NewToken,
  change: Change,
): Promise<{ text: string; token: Token }> {
  if (accountId !== null) await requireAccount(pool, accountId)
  checkNewToken(accountId, input, change)
  const text = randomToken()
  const token = await transaction(pool, async (tx) => {
    await requireUser(tx, accountId, input)
    await requireRoom(tx, accountId, change.at)
    const { id } = await one<{ id: number }>(
      tx,
      `insert into tidemark.tokens (account_id, name, role, user_id, sha256, prefix, created_at, expires_at)
       values ($1, $2, $3, $4, $5, $6, to_timestamp($7), to_timestamp($8)) returning id`,
      [accountId, input.name, input.role, input.userId, digestOf(text), prefixOf(text), change.at, input.expiresAt],
    )
    const made = await findToken(tx, accountId, id)
    await recordAct(tx, { ...change, accountId, action: 'token.create', subjectId: id, after: loggedOf(made) })
    return made
  })
  return { text, token }
}

const loggedOf = ({ name, role, prefix, userId, expiresAt }: Token) => ({
  name,
  role,
  prefix,
  user_id: userId,
  expires_at: expiresAt === null ? null : isoOf(expiresAt),
})

/** @throws Refusal (422) for a user who is not of the account, or a token that would be more than he is */
async function requireUser(tx: Client, accountId: number | null, { role, userId }: NewToken): Promise<void> {
  if (accountId === null || userId === null) return
  if (!(await findEntity(tx, accountId, 'agent', userId)))
    throw invalid(`There is no user ${userId} in this account. Give the id of one of its members.`)
  const administrates = 'select 1 from account_users where account_id = $1 and user_id = $2 and role = 1 limit 1'
  if (role === 'administrator' && !(await maybeOne(tx, administrates, [accountId, userId])))
    throw invalid(`User ${userId} is no administrator of this account. Give another role, or leave the user out.`)
}

/** One after the other, so that two at once cannot both be the last that fits. */
async function requireRoom(tx: Client, accountId: number | null, at: Instant): Promise<void> {
  await run(tx, `select pg_advisory_xact_lock(hashtext('tidemark tokens'), $1::int)`, [accountId ?? 0])
  const { n } = await one<{ n: number }>(
    tx,
    `select count(*) as n from tidemark.tokens
     where account_id is not distinct from $1::bigint and revoked_at is null and (expires_at is null or expires_at > to_timestamp($2))`,
    [accountId, at],
  )
  if (n >= MOST_TOKENS) throw invalid(`There are ${n} live tokens already. Revoke one that is not needed first.`)
}

/** The tokens of an account (null: of operators), the newest first, a page of them, and how many there are. */
export async function tokensOf(
  db: Queryable,
  accountId: number | null,
  { page, perPage }: { page: number; perPage: number } = { page: 1, perPage: 100 },
): Promise<{ tokens: Token[]; total: number }> {
  const { total } = await one<{ total: number }>(
    db,
    'select count(*) as total from tidemark.tokens where account_id is not distinct from $1::bigint',
    [accountId],
  )
  const values = [accountId, null, perPage, (page - 1) * perPage]
  return { tokens: await many<Token & Record<string, unknown>>(db, tokensSql, values), total }
}

/** @throws Refusal (404) when the account (null: the operators) has no such token */
export async function findToken(db: Queryable, accountId: number | null, id: number): Promise<Token> {
  const found = await maybeOne<Token & Record<string, unknown>>(db, tokensSql, [accountId, id, 1, 0])
  if (!found) throw notFound(`There is no token ${id} here.`)
  return found
}

/**
 * Revokes a token: the next request with it is refused. Again, it changes nothing.
 * @throws Refusal (404) when the account (null: the operators) has no such token
 */
export async function revokeToken(pool: Pool, accountId: number | null, id: number, change: Change): Promise<Token> {
  return transaction(pool, async (tx) => {
    const revoked = await run(
      tx,
      `update tidemark.tokens set revoked_at = to_timestamp($3)
       where account_id is not distinct from $1::bigint and id = $2 and revoked_at is null`,
      [accountId, id, change.at],
    )
    const token = await findToken(tx, accountId, id)
    if (revoked > 0) {
      const after = { revoked_at: isoOf(change.at) }
      await recordAct(tx, { ...change, accountId, action: 'token.revoke', subjectId: id, before: { revoked_at: null }, after })
    }
    return token
  })
}
