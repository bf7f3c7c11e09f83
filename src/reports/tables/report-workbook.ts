import { invalid } from '../../errors.ts'
import { mapped } from '../../files/chunks.ts'
import type { Cell, Kind } from '../../files/sheet.ts'
import { workbookChunks } from '../../files/workbook.ts'
import { clockText } from '../../time/local-text.ts'
import type { Zone } from '../../time/zone.ts'
import { gridOf, type GridCell } from './grid.ts'
import type { Table, Unit } from './tabular.ts'

/** What one workbook may hold: writing so many cells takes some three seconds of CPU, though never many at a time. */
export const WORKBOOK_CELLS_MAX = 1_000_000
/** What spreadsheet programs take. */
const COLUMNS_MAX = 16_384

const kinds: Record<Unit, Kind> = {
  text: 'text',
  id: 'id',
  count: 'count',
  seconds: 'seconds',
  percent: 'percent',
  rating: 'rating',
  date: 'date',
  instant: 'moment',
  flag: 'text',
}

/**
 * A table as an XLSX workbook with one sheet, chunk by chunk. The same table gives the same bytes.
 * @throws Refusal (422) before the first chunk for more than WORKBOOK_CELLS_MAX cells
 */
export function reportWorkbook(table: Table): AsyncGenerator<Buffer> {
  const { header, rows, total } = gridOf(table)
  if (rows.length * header.length > WORKBOOK_CELLS_MAX || header.length > COLUMNS_MAX) throw tooLarge(rows.length, header.length)
  const cells = (row: readonly GridCell[]) => row.map((cell) => cellOf(cell, table.zone))
  const sheet = {
    name: table.name.replaceAll('_', ' '),
    title: table.title,
    note: table.notes.join(' · '),
    header: header.map(({ title, unit }) => (unit === 'instant' ? `${title} (${table.zone.name})` : title)),
    total: cells(total),
    rows: mapped(rows, cells),
  }
  return workbookChunks({ title: table.title, at: table.at, sheets: [sheet] })
}

function cellOf({ value, unit }: GridCell, zone: Zone): Cell {
  const kind = kinds[unit]
  if (typeof value === 'boolean') return { value: value ? 'yes' : 'no', kind }
  return { value: unit === 'instant' && value !== null ? clockText(zone, Number(value)) : value, kind }
}

const tooLarge = (rows: number, columns: number) =>
  invalid(
    `A workbook holds at most ${WORKBOOK_CELLS_MAX} cells in ${COLUMNS_MAX} columns, and this table has ${rows} rows of ${columns}. ` +
      'Ask for fewer metrics or a shorter range, or take format=csv.',
  )
