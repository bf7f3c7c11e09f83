import { stringify } from 'csv-stringify/sync'
import type { Instant } from '../clock.ts'
import type { Range } from './values.ts'

/** A cell of a file; null is an empty one. */
export type Cell = string | number | null

/**
 * A file laid out as Chatwoot's: the period in UTC dates, two empty lines, a heading for every column, the rows; lines
 * end in `\n`. Names are not HTML-escaped.
 */
export function chatwootCsv(range: Range, headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return chatwootTable(periodLine(range), headings, rows)
}

/** The same under another first line. */
export function chatwootTable(title: string, headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return `${title}\n\n\n${csvTable([headings, ...rows])}`
}

/** Rows as lines of CSV, guarded against formulas; lines end in `\n`. */
export function csvTable(rows: readonly (readonly Cell[])[]): string {
  return stringify(
    rows.map((row) => row.map(guarded)),
    { quoted_match: /[\r\n]/ },
  )
}

/** The line of a file that says which period it speaks of, in UTC dates. */
export function periodLine({ since, until }: Range): string {
  return `Reporting period ${utcDate(since)} to ${utcDate(until)}`
}

/**
 * What starts a formula for some spreadsheet program: Chatwoot’s list; the sign also behind blanks, quotes and invisible
 * characters, which some programs skip, and in the full width that Japanese ones read.
 */
const formula = /^(?:[-=+@%|\r\n\t]|[\s\p{Cc}\p{Cf}"']*[-=+@＝＋－＠])/u

/** Text that a spreadsheet would run as a formula gets an apostrophe in front. */
function guarded(cell: Cell): Cell {
  return typeof cell === 'string' && formula.test(cell) ? `'${cell}` : cell
}

/** The date of an instant in UTC, as YYYY-MM-DD. */
export function utcDate(instant: Instant): string {
  return new Date(instant * 1000).toISOString().slice(0, 10)
}
