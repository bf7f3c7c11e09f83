import { stringify } from 'csv-stringify/sync'

/** A cell of a file; null is an empty one. */
export type CsvCell = string | number | null

export const delimiters = { comma: ',', semicolon: ';', tab: '\t' } as const
export type Delimiter = keyof typeof delimiters

/** Some spreadsheet programs skip blanks, quotes and invisible characters before a sign, and Japanese ones read full width. */
const formula = /^(?:[\s\p{Cc}\p{Cf}"']*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n\0])/u

/** Without it Excel takes UTF-8 for the machine's own encoding. */
export const BYTE_ORDER_MARK = '\ufeff'

/**
 * Text that a spreadsheet program would take for a formula gets a leading apostrophe: = + - @ and their full-width
 * forms, tab and line ends. Numbers are never guarded, so negative ones stay numbers.
 */
export function guarded(text: string): string {
  return formula.test(text) ? `'${text}` : text
}

/** Rows as RFC 4180 has them, lines ended by CRLF, without a byte order mark. Text is written as it is: see `guarded`. */
export function csvLines(rows: readonly (readonly CsvCell[])[], delimiter: Delimiter = 'comma'): string {
  // With Windows line ends a lone \n or \r would be left unquoted.
  return stringify(rows as CsvCell[][], {
    delimiter: delimiters[delimiter],
    record_delimiter: 'windows',
    quoted_match: /[\r\n]/,
  })
}
