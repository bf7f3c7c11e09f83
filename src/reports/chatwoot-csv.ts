import { stringify } from 'csv-stringify/sync'
import type { Instant } from '../clock.ts'
import type { Range } from './values.ts'

export type Cell = string | number

/**
 * A file laid out as Chatwoot's: the period in UTC dates, two empty lines, a heading for every column, the rows; lines
 * end in `\n`. Names are not HTML-escaped.
 */
export function chatwootCsv(range: Range, headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const table = stringify(
    [headings, ...rows].map((row) => row.map(guarded)),
    { quoted_match: /[\r\n]/ },
  )
  return `Reporting period ${utcDate(range.since)} to ${utcDate(range.until)}\n\n\n${table}`
}

/** Text that a spreadsheet would run as a formula gets an apostrophe in front. */
function guarded(cell: Cell): Cell {
  return typeof cell === 'string' && /^[-=+@%|\r\t]/.test(cell) ? `'${cell}` : cell
}

function utcDate(instant: Instant): string {
  return new Date(instant * 1000).toISOString().slice(0, 10)
}
