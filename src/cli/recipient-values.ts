import { readFileSync } from 'node:fs'
import { lensFrom } from '../digests/definition/lens-text.ts'
import type { WireRecipient } from '../digests/definition/wire.ts'
import { invalid, Refusal } from '../errors.ts'

/**
 * A recipient as he is typed: `ana@example.com` or `user:7`, with a lens behind it or without: `user:7=own_teams`. An address
 * may have `=` before its `@`, so a lens begins at the first one after that.
 * @throws Refusal (422)
 */
export function recipientFrom(text: string): WireRecipient {
  const equals = text.indexOf('=', Math.max(0, text.indexOf('@')))
  const [who, lens] = equals < 0 ? [text, 'all'] : [text.slice(0, equals), text.slice(equals + 1)]
  const [, user] = /^user:([1-9]\d{0,9})$/.exec(who) ?? []
  if (user !== undefined) return { user_id: Number(user), lens: lensFrom(lens) }
  if (who.includes('@')) return { address: who, lens: lensFrom(lens) }
  throw invalid(`${JSON.stringify(text.slice(0, 80))} is no recipient. Give an address, or a user of the account such as user:7.`)
}

/** As much as a request may have. */
const LARGEST_FILE = 1024 * 1024

/**
 * An object from a JSON file; `-` reads standard input.
 * @throws Refusal (exit 2) when it cannot be read, is too large or no object
 */
export function jsonFile(path: string): Record<string, unknown> {
  const what = path === '-' ? 'Standard input' : path
  const text = read(path, what)
  if (text.length > LARGEST_FILE) throw invalid(`${what} is larger than ${LARGEST_FILE} bytes.`)
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw invalid(`${what} is no JSON: ${(error as Error).message}.`)
  }
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as Record<string, unknown>
  throw invalid(`${what} must hold one JSON object.`)
}

function read(path: string, what: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8')
  } catch (error) {
    throw new Refusal('unreadable', `${what} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'}).`)
  }
}
