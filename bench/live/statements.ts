import type { Instant } from '../../src/clock.ts'
import { many, type Pool } from '../../src/db.ts'
import type { Grouping } from '../../src/time/calendar.ts'
import type { Zone } from '../../src/time/zone.ts'

export interface Statement {
  text: string
  values: unknown[]
}

interface Span {
  accountId: number
  since: Instant
  until: Instant
}

const utc = (instant: Instant) => new Date(instant * 1000).toISOString().replace('T', ' ').replace('Z', '')

/** Statements about account $1 in [$2, $3). */
export const ranged = ({ accountId, since, until }: Span, ...texts: string[]): Statement[] =>
  texts.map((text) => ({ text, values: [accountId, utc(since), utc(until)] }))

/** Statements about account $1 at this moment. */
export const present = ({ accountId }: Span, ...texts: string[]): Statement[] =>
  texts.map((text) => ({ text, values: [accountId] }))

/** As many seconds directly before. */
export const previous = <T extends Span>(asked: T): T => ({
  ...asked,
  since: asked.since - (asked.until - asked.since),
  until: asked.since,
})

export const within = 'account_id = $1 and created_at >= $2 and created_at < $3'

export const events = (select: string, name: string, group = '') =>
  `select ${select} from reporting_events where ${within} and name = '${name}' ${group}`
export const conversations = (select: string, rest = '') => `select ${select} from conversations where ${within} ${rest}`
export const messages = (select: string, type: 0 | 1, rest = '') =>
  `select ${select} from messages where ${within} and message_type = ${type} ${rest}`

const local = (zone: Zone, column: string) => `${column} at time zone 'UTC' at time zone '${zone.name}'`

/** The start of a row's local period as an expression; weeks start on Sunday. */
export function periodOf(zone: Zone, grouping: Grouping, column = 'created_at'): string {
  const at = local(zone, column)
  return grouping === 'week' ? `date_trunc('week', ${at} + '1 day') - interval '1 day'` : `date_trunc('${grouping}', ${at})`
}

/** A field of a row's local time as an expression: `isodow`, `hour`. */
export const fieldOf = (zone: Zone, field: string) => `extract(${field} from ${local(zone, 'created_at')})`

/** A statement of a file whose group, a constant in the file, is another expression. */
export const groupedBy = (text: string, expression: string) => text.replaceAll('/*group*/ null', expression)

export async function send(pool: Pool, statements: readonly Statement[]): Promise<void> {
  for (const { text, values } of statements) await many(pool, text, values)
}
