import { stringify } from 'csv-stringify/sync'
import type { Instant } from '../../clock.ts'
import { guarded } from '../../files/csv.ts'
import type { Range } from '../values.ts'

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
    rows.map((row) => row.map(written)),
    { quoted_match: /[\r\n]/ },
  )
}

/** The line of a file that says which period it speaks of, in UTC dates. */
export function periodLine({ since, until }: Range): string {
  return `Reporting period ${utcDate(since)} to ${utcDate(until)}`
}

/** A cell as it is written: text that a spreadsheet would run gets an apostrophe, by Chatwoot's list that of a leading % or | too. */
function written(cell: Cell): Cell {
  if (typeof cell !== 'string') return cell
  return /^[%|]/.test(cell) ? `'${cell}` : guarded(cell)
}

/** The date of an instant in UTC, as YYYY-MM-DD. */
export function utcDate(instant: Instant): string {
  return new Date(instant * 1000).toISOString().slice(0, 10)
}
