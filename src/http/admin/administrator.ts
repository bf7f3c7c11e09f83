import { findOwnToken, looksOwn } from '../../access/own-token.ts'
import { accountIds } from '../../accounts/account.ts'
import type { Actor } from '../../audit/actor.ts'
import { now, type Instant } from '../../clock.ts'
import { maybeOne, sql, type Queryable } from '../../db.ts'
import { notFound, Refusal } from '../../errors.ts'
import { actorOf, looksLikeToken, refused, sameText, signInFirst } from '../auth.ts'

/** Who administers accounts, or runs the whole installation. */
export interface Administrator {
  actor: Actor
  /** Runs the installation: sees how it works for every account, and no account's figures. */
  operator: boolean
  /** False for an operator's token with the role viewer. */
  mayChange: boolean
  /** The accounts that he administers, ascending; an operator's: all. */
  accounts: readonly number[]
  /** The account that the request turned out to be about, for its line in the log. */
  about?: number
}

interface ChatwootAdministrator extends Record<string, unknown> {
  token: string
  user_id: number
  operator: boolean
  accounts: number[]
}

const administratorSql = sql(import.meta.url, './administrator.sql')

/**
 * Settles who asks for what administrators and operators alone may see.
 * @throws Refusal 401 without a valid token, 403 for everybody else
 */
export async function identifyAdministrator(
  db: Queryable,
  token: string | undefined,
  at: Instant = now(),
): Promise<Administrator> {
  if (token === undefined) throw signInFirst()
  const known = looksOwn(token) ? await ofOwnToken(db, token, at) : await ofChatwootToken(db, token)
  if (!known) throw refused('Invalid Access Token')
  if (!known.operator && known.accounts.length === 0) {
    throw new Refusal('forbidden', 'This is for administrators of an account.', { status: 403, exitCode: 1 })
  }
  return known.operator ? { ...known, accounts: await accountIds(db) } : known
}

/** The account that a request below `/api/v1/admin` is about, where it is about one. */
export const accountAsked = ({ about, operator, accounts }: Administrator): number | undefined =>
  about ?? (operator || accounts.length !== 1 ? undefined : accounts[0])

/** @throws Refusal (404) unless he administers the account: nobody learns which others there are */
export function requireAdministered(administrator: Administrator, accountId: number): void {
  if (!administrator.accounts.includes(accountId)) throw notFound(`There is no account ${accountId} that you administer.`)
  administrator.about = accountId
}

/** @throws Refusal (403) for who may only look */
export function requireChange({ mayChange }: Administrator): void {
  if (!mayChange) throw new Refusal('forbidden', 'This token may only look.', { status: 403, exitCode: 1 })
}

async function ofOwnToken(db: Queryable, text: string, at: Instant): Promise<Administrator | undefined> {
  const token = await findOwnToken(db, text, at)
  if (!token) return undefined
  const { id, accountId, role } = token
  const mayChange = role === 'administrator'
  if (accountId === null) return { actor: { kind: 'operator', id }, operator: true, mayChange, accounts: [] }
  const accounts = mayChange ? await unlessSuspended(db, accountId) : []
  return { actor: actorOf(token), operator: false, mayChange, accounts }
}

async function unlessSuspended(db: Queryable, accountId: number): Promise<number[]> {
  const found = await maybeOne(db, 'select 1 from accounts where id = $1 and status is distinct from 1', [accountId])
  return found ? [accountId] : []
}

async function ofChatwootToken(db: Queryable, token: string): Promise<Administrator | undefined> {
  const found = looksLikeToken(token) ? await maybeOne<ChatwootAdministrator>(db, administratorSql, [token]) : undefined
  if (!found || !sameText(found.token, token)) return undefined
  const { user_id: id, operator, accounts } = found
  return { actor: { kind: 'user', id }, operator, mayChange: true, accounts }
}
