import { stringify } from 'csv-stringify/sync'
import { giveWay, rowsATurn, type Flow } from './chunks.ts'

/** A cell of a file; null is an empty one. */
export type CsvCell = string | number | null

export const delimiters = { comma: ',', semicolon: ';', tab: '\t' } as const
export type Delimiter = keyof typeof delimiters

export interface CsvStyle {
  /** A comma without. */
  delimiter?: Delimiter | undefined
  /** A byte order mark in front, as Excel wants it; there is one unless this is false. */
  bom?: boolean | undefined
}

/** Some spreadsheet programs skip blanks, quotes and invisible characters before a sign, and Japanese ones read full width. */
const formula = /^(?:[\s\p{Cc}\p{Cf}"']*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n\0])/u

/** Without it Excel takes UTF-8 for the machine's own encoding. */
const BYTE_ORDER_MARK = '\ufeff'

/**
 * Text that a spreadsheet program would take for a formula gets a leading apostrophe: = + - @ and their full-width
 * forms, tab and line ends. Numbers are never guarded, so negative ones stay numbers.
 */
export function guarded(text: string): string {
  return formula.test(text) ? `'${text}` : text
}

/**
 * Rows as RFC 4180 has them, chunk by chunk: lines end in CRLF, every text is guarded, null is empty. Between chunks the
 * event loop goes on.
 * @throws RangeError for a number that is none
 */
export async function* csvChunks(rows: Flow<readonly CsvCell[]>, style: CsvStyle = {}): AsyncGenerator<string> {
  if (style.bom !== false) yield BYTE_ORDER_MARK
  let waiting: CsvCell[][] = []
  for await (const row of rows) {
    waiting.push(row.map(written))
    if (waiting.length < rowsATurn(row.length)) continue
    yield linesOf(waiting, style)
    waiting = []
    await giveWay()
  }
  if (waiting.length > 0) yield linesOf(waiting, style)
}

function written(cell: CsvCell): CsvCell {
  if (typeof cell === 'number' && !Number.isFinite(cell)) throw new RangeError(`a cell is ${cell}`)
  return typeof cell === 'string' ? guarded(cell) : cell
}

function linesOf(rows: CsvCell[][], { delimiter = 'comma' }: CsvStyle): string {
  // With Windows line ends a lone \n or \r would be left unquoted.
  return stringify(rows, { delimiter: delimiters[delimiter], record_delimiter: 'windows', quoted_match: /[\r\n]/ })
}
