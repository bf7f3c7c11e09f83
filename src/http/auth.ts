import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { findOwnToken, looksOwn, TOKEN_PREFIX, type OwnToken, type Role } from '../access/own-token.ts'
import type { Actor } from '../audit/actor.ts'
import { now as presently, type Instant } from '../clock.ts'
import { maybeOne, prepared, sql, type Queryable } from '../db.ts'
import { notFound, Refusal } from '../errors.ts'

/** Who asks, in one account. */
export interface Caller {
  accountId: number
  /** As whom the audit log knows him. */
  actor: Actor
  /** `users.id` of who he is, or whom his token stands for; null for a token that stands for nobody. */
  userId: number | null
  /** What he may; null for a member whose custom role has nothing to do with reports. */
  role: Role | null
  /** Of the request that he makes. */
  requestId?: string
}

interface Owner {
  token: string
  owner_type: string | null
  user_id: number | null
  account_id: number | null
  member: boolean
  suspended: boolean | null
  role: number | null
  permissions: string[] | null
}

const ADMINISTRATOR = 1
const accountById = prepared('select id, status = 1 as suspended from accounts where id = $1')
const ownerOfToken = prepared(sql(import.meta.url, './auth.sql'))

/** What someone is told whose token does not do. */
export const refused = (message: string, code = 'unauthorized') => new Refusal(code, message, { status: 401, exitCode: 1 })

/** What someone without a token is told. */
export const signInFirst = () => refused('You need to sign in or sign up before continuing.', 'sign_in')

/** The token of a request, or undefined. Proxies that drop names with underscores pass the one with hyphens. */
export function tokenOf(headers: IncomingHttpHeaders): string | undefined {
  const given = headers['api_access_token'] ?? headers['api-access-token'] ?? bearerOf(headers)
  return typeof given === 'string' && given !== '' ? given : undefined
}

/** A token of our own as other APIs take them. Chatwoot's are no bearer tokens, so anything else there means nothing. */
function bearerOf({ authorization = '' }: IncomingHttpHeaders): string | undefined {
  const [, token] = /^bearer +(\S+) *$/i.exec(authorization) ?? []
  return token?.startsWith(TOKEN_PREFIX) ? token : undefined
}

export interface IdentifyOptions {
  /** What someone is told who does not belong to the account. */
  stranger?: () => Refusal
  now?: Instant
}

/**
 * Settles who asks and whether he belongs to the account: the token first, then the account, then the membership, then
 * suspension, as Chatwoot does. A token of our own belongs to its account, an operator's to none.
 * @throws Refusal 401 or 404 with Chatwoot's words.
 */
export async function identify(
  db: Queryable,
  token: string | undefined,
  accountId: string,
  { stranger = notMember, now = presently() }: IdentifyOptions = {},
): Promise<Caller> {
  if (token === undefined) throw signInFirst()
  const id = /^\d{1,15}$/.test(accountId) ? Number(accountId) : null
  return looksOwn(token) ? holderOf(db, await findOwnToken(db, token, now), id, stranger) : memberWith(db, token, id, stranger)
}

/** Whoever has a token of our own. */
async function holderOf(
  db: Queryable,
  token: OwnToken | undefined,
  accountId: number | null,
  stranger: () => Refusal,
): Promise<Caller> {
  if (!token) throw refused('Invalid Access Token')
  const account = await maybeOne<{ id: number; suspended: boolean | null }>(db, accountById, [accountId])
  if (!account) throw notFound()
  if (token.accountId !== account.id) throw stranger()
  if (account.suspended) throw refused('Account is suspended')
  const { userId, role } = token
  return { accountId: account.id, actor: actorOf(token), userId, role }
}

/** Who acts with a token of an account: whom it stands for, or the token itself. */
export const actorOf = ({ id, userId }: OwnToken): Actor =>
  userId === null ? { kind: 'token', id } : { kind: 'user', id: userId }

/** Whoever has a token of Chatwoot. */
async function memberWith(db: Queryable, token: string, accountId: number | null, stranger: () => Refusal): Promise<Caller> {
  const owner = looksLikeToken(token) ? await maybeOne<Owner>(db, ownerOfToken, [token, accountId]) : undefined
  // Chatwoot keeps tokens as they are, so they are found by value through its unique index. Timing that shows at most
  // beside which stored token a guess would sort; the comparison that decides is of digests, in constant time.
  if (!owner || !sameText(owner.token, token)) throw refused('Invalid Access Token')
  if (owner.owner_type === 'AgentBot') throw refused('Access to this endpoint is not authorized for bots')
  const { user_id: userId } = owner
  if (userId === null) throw refused('Invalid Access Token')
  if (owner.account_id === null) throw notFound()
  if (!owner.member) throw stranger()
  if (owner.suspended) throw refused('Account is suspended')
  return { accountId: owner.account_id, actor: { kind: 'user', id: userId }, userId, role: roleOf(owner) }
}

/** What a member of Chatwoot is here. A custom role takes the place of the agent's: without reports in it there are none. */
function roleOf({ role, permissions }: Owner): Role | null {
  if (role === ADMINISTRATOR) return 'administrator'
  if (permissions === null) return 'agent'
  return permissions.includes('report_manage') ? 'report_manager' : null
}

/** Who may ask some routes. @throws Refusal for everybody else. */
export type Permission = (caller: Caller) => void

/** Lets every member of the account pass; handlers may ask for more. */
export const anyMember: Permission = () => {}

const notAllowed = () => refused('You are not authorized to do this action')

/** Lets those with one of these roles pass; 401 in Chatwoot's words for the rest. */
export const chatwootRoles =
  (...roles: readonly Role[]): Permission =>
  ({ role }) => {
    if (role === null || !roles.includes(role)) throw notAllowed()
  }

/** Lets all pass who read reports; 401 for the rest, plain agents included. */
export const mayReadReports = chatwootRoles('administrator', 'report_manager', 'viewer')

/** Lets administrators pass only. As with Chatwoot, whoever else may read reports is told nothing but the status. */
export const administratorsOnly: Permission = (caller) => {
  mayReadReports(caller)
  if (caller.role !== 'administrator') throw refused('')
}

/** Lets everybody pass who is somebody: what he asks for is his own. */
export const anybodyHimself: Permission = ({ userId }) => {
  if (userId === null) throw notAllowed()
}

/** What Chatwoot tells someone who is no member of the account. */
export const notMember = () => refused('You are not authorized to access this account')

/** Whether a text may be one of Chatwoot's tokens. */
export const looksLikeToken = (text: string) => /^[\x21-\x7e]{1,255}$/.test(text)

/** Compares in constant time. */
export function sameText(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(one), digest(other))
}
