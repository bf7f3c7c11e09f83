import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { maybeOne, sql, type Queryable } from '../db.ts'
import { notFound, Refusal } from '../errors.ts'

/** Who asks, in one account. */
export interface Caller {
  userId: number
  accountId: number
  administrator: boolean
  /** Those of his custom role, such as `report_manage`. */
  permissions: readonly string[]
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
const ownerOfToken = sql(import.meta.url, './auth.sql')

/** What someone is told whose token does not do. */
export const refused = (message: string, code = 'unauthorized') => new Refusal(code, message, { status: 401, exitCode: 1 })

/** What someone without a token is told. */
export const signInFirst = () => refused('You need to sign in or sign up before continuing.', 'sign_in')

/** The token of a request, or undefined. Proxies that drop names with underscores pass the one with hyphens. */
export function tokenOf(headers: IncomingHttpHeaders): string | undefined {
  const given = headers['api_access_token'] ?? headers['api-access-token']
  return typeof given === 'string' && given !== '' ? given : undefined
}

/**
 * Settles who asks and whether he belongs to the account: the token first, then the account, then the membership, then
 * suspension, as Chatwoot does. `stranger` is what someone who is no member is told.
 * @throws Refusal 401 or 404 with Chatwoot's words.
 */
export async function identify(
  db: Queryable,
  token: string | undefined,
  accountId: string,
  stranger: () => Refusal = notMember,
): Promise<Caller> {
  if (token === undefined) throw signInFirst()
  const id = /^\d{1,15}$/.test(accountId) ? Number(accountId) : null
  const owner = looksLikeToken(token) ? await maybeOne<Owner>(db, ownerOfToken, [token, id]) : undefined
  // Chatwoot keeps tokens as they are, so they are found by value through its unique index. Timing that shows at most
  // beside which stored token a guess would sort; the comparison that decides is of digests, in constant time.
  if (!owner || !sameText(owner.token, token)) throw refused('Invalid Access Token')
  if (owner.owner_type === 'AgentBot') throw refused('Access to this endpoint is not authorized for bots')
  if (owner.user_id === null) throw refused('Invalid Access Token')
  if (owner.account_id === null) throw notFound()
  if (!owner.member) throw stranger()
  if (owner.suspended) throw refused('Account is suspended')
  return {
    userId: owner.user_id,
    accountId: owner.account_id,
    administrator: owner.role === ADMINISTRATOR,
    permissions: owner.permissions ?? [],
  }
}

/** Who may ask some routes. @throws Refusal for everybody else. */
export type Permission = (caller: Caller) => void

/** Lets every member of the account pass; handlers may ask for more. */
export const anyMember: Permission = () => {}

/** Lets administrators pass, and members whose custom role may manage reports; 401 for the rest, plain agents included. */
export const mayReadReports: Permission = (caller) => {
  if (caller.administrator || caller.permissions.includes('report_manage')) return
  throw refused('You are not authorized to do this action')
}

/** Lets administrators pass only. As with Chatwoot, whoever else may read reports is told nothing but the status. */
export const administratorsOnly: Permission = (caller) => {
  mayReadReports(caller)
  if (!caller.administrator) throw refused('')
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
