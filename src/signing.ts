import { createHmac, timingSafeEqual } from 'node:crypto'
import { secretKey } from './secret-key.ts'

/** What a token is for. A token of one purpose is none of any other. */
export type Purpose = 'unsubscribe' | 'link' | 'plan'

/** Longer than any token that is made here. */
export const LONGEST_TOKEN = 400
const FIELD = /^[A-Za-z0-9_-]{1,100}$/

/**
 * A token that carries ids and cannot be made, or changed, without the key. Whoever has it can read the fields: no address
 * belongs into one. It never expires by itself, and is the same for the same fields. Letters, digits, `-`, `_` and `.` only.
 * @param fields ids: letters, digits, `-` and `_`
 */
export function signToken(purpose: Purpose, fields: readonly (string | number)[], key = secretKey()): string {
  const texts = fields.map(String)
  const body = texts.join('.')
  if (texts.length === 0 || !texts.every((field) => FIELD.test(field)) || body.length > LONGEST_TOKEN - 65) {
    throw new Error('a token carries ids only')
  }
  return `${body}.${markOf(purpose, body, key).toString('hex')}`
}

/** The fields of a token as they were signed; undefined for any text that is no token of this purpose. */
export function readToken(purpose: Purpose, token: string, key = secretKey()): string[] | undefined {
  if (token.length > LONGEST_TOKEN) return undefined
  const [, body, mark] = /^([A-Za-z0-9_.-]+)\.([0-9a-f]{64})$/.exec(token) ?? []
  if (body === undefined || mark === undefined) return undefined
  return timingSafeEqual(Buffer.from(mark, 'hex'), markOf(purpose, body, key)) ? body.split('.') : undefined
}

/** A key of its own for each purpose, so that what is signed for one is never valid for another, however fields are joined. */
function markOf(purpose: Purpose, body: string, key: string): Buffer {
  const own = createHmac('sha256', key).update(`tidemark ${purpose}`).digest()
  return createHmac('sha256', own).update(body).digest()
}
