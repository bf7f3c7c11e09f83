import pg from 'pg'
import { reasonOf } from '../../failure.ts'

/**
 * Why something could not be rolled, in a line that may be kept and shown: PostgreSQL quotes values of rows in its messages
 * (`invalid input syntax for type integer: "…"`), so what is quoted is left out, and so are numbers longer than a code.
 */
export function faultText(error: unknown): string {
  if (!(error instanceof pg.DatabaseError)) return reasonOf(error instanceof Error ? error.message : String(error))
  const { code = '', message, table, column } = error
  const place = [table, column].filter(Boolean).join('.')
  const text = message.replaceAll(/"[^"]*"/g, '…').replaceAll(/\d{4,}/g, '…')
  return reasonOf([`${text} (${code})`, place].filter(Boolean).join(' in '))
}
