import type { Instant } from '../../clock.ts'
import { config } from '../../config.ts'
import { many, maybeOne, sql, transaction, type Pool, type Queryable } from '../../db.ts'
import { readToken, signToken } from '../../signing.ts'
import type { Language } from '../definition/definition.ts'
import { lockDigests, pauseForlorn } from './forlorn.ts'
import { digestsOfPerson, personOf, type Person } from './person.ts'
import { ALL_DIGESTS, suppress, takeBack } from './suppressions.ts'

const subscriptionSql = sql(import.meta.url, './subscription.sql')

/**
 * Where the recipient of a delivery ends his subscription: with a POST (RFC 8058); a GET only shows a page. The token names the
 * delivery, which knows the digest and the recipient; it never expires.
 */
export function unsubscribeUrl(accountId: number, deliveryId: string, publicUrl = config.publicUrl): string {
  return `${publicUrl.replace(/\/+$/, '')}/unsubscribe/${signToken('unsubscribe', [accountId, deliveryId])}`
}

/** What a person is sent, or not any more. */
export interface Subscription {
  digestId: number
  digestName: string
  accountName: string
  language: Language
  /** The address that the mail went to. */
  recipient: string
  /** Whether he is sent none of this digest, or of any, by his own wish or because somebody took him off. */
  off: 'digest' | 'all' | undefined
  /** True when it is by his own wish alone, so that he may undo it. */
  undoable: boolean
}

/** The delivery that a token names. */
export interface TokenOf {
  accountId: number
  deliveryId: string
}

/** Undefined for a text that is no token of ours. */
export function readUnsubscribeToken(token: string): TokenOf | undefined {
  const [accountId, deliveryId, ...rest] = readToken('unsubscribe', token) ?? []
  return accountId === undefined || deliveryId === undefined || rest.length > 0
    ? undefined
    : { accountId: Number(accountId), deliveryId }
}

/** The subscription that a delivery belongs to; undefined when its digest is gone, so that nothing is sent any more. */
export async function subscriptionOf(db: Queryable, token: TokenOf): Promise<Subscription | undefined> {
  const found = await find(db, token)
  if (!found) return undefined
  const { userId: _, ...shown } = found
  const { addresses, userIds } = await whose(db, token, found)
  const his = await many<{ all: boolean; entered: boolean }>(
    db,
    `select digest_id = $3 as all, entered_at is not null as entered from tidemark.suppressions
     where account_id = $1 and digest_id in ($2, $3) and (address = any ($4) or user_id = any ($5))`,
    [token.accountId, found.digestId, ALL_DIGESTS, addresses, userIds],
  )
  const off = his.some(({ all }) => all) ? 'all' : his.length > 0 ? 'digest' : undefined
  return { ...shown, off, undoable: off !== undefined && his.every(({ entered }) => !entered) }
}

/** Ends a subscription, or all of the account; at once, and any number of times. A digest that nobody is left of pauses. */
export async function unsubscribe(pool: Pool, token: TokenOf, from: 'digest' | 'all', at: Instant): Promise<void> {
  await change(
    pool,
    token,
    async (tx, { digestId }, person) => {
      await suppress(tx, token.accountId, from === 'all' ? ALL_DIGESTS : digestId, person, { by: null, at })
    },
    at,
  )
}

/** Takes back that somebody wanted no more of a digest, or of all; a digest that has paused because nobody was left goes on. */
export async function subscribeAgain(pool: Pool, token: TokenOf, at: Instant): Promise<void> {
  await change(pool, token, (tx, { digestId }, person) => takeBack(tx, token.accountId, digestId, person), at)
}

type Found = Omit<Subscription, 'off' | 'undoable'> & { userId: number | null }

async function change(
  pool: Pool,
  token: TokenOf,
  make: (tx: Queryable, found: Found, person: Person) => Promise<void>,
  at: Instant,
): Promise<void> {
  const { accountId } = token
  await transaction(pool, async (tx) => {
    const found = await find(tx, token)
    if (!found) return
    const person = await whose(tx, token, found)
    const digests = await lockDigests(tx, accountId, [found.digestId, ...(await digestsOfPerson(tx, accountId, person))])
    await make(tx, found, person)
    await pauseForlorn(tx, accountId, digests, at)
  })
}

const find = (db: Queryable, { accountId, deliveryId }: TokenOf) =>
  maybeOne<Found & Record<string, unknown>>(db, subscriptionSql, [accountId, deliveryId])

/** The recipient, by the address of then and, if it went to a user, as that user. */
async function whose(db: Queryable, { accountId }: TokenOf, { recipient, userId }: Found): Promise<Person> {
  const { addresses, userIds } = await personOf(db, accountId, { address: recipient })
  return { addresses, userIds: [...new Set([...userIds, ...(userId === null ? [] : [userId])])] }
}
