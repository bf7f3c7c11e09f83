import { invalid } from '../../errors.ts'
import type { Cell, Kind } from '../../files/sheet.ts'
import { workbookFile } from '../../files/workbook.ts'
import { clockText } from '../../time/local-text.ts'
import type { Zone } from '../../time/zone.ts'
import { gridOf, type GridCell } from './grid.ts'
import type { Table, Unit } from './tabular.ts'

/** What one workbook may hold: writing so many cells takes 1.6 seconds of CPU, in which a process does nothing else. */
export const WORKBOOK_CELLS_MAX = 100_000

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
 * A table as an XLSX workbook with one sheet. The same table gives the same bytes.
 * @throws Refusal (422) for more than WORKBOOK_CELLS_MAX cells
 */
export function reportWorkbook(table: Table): Promise<Buffer> {
  const { header, rows, total } = gridOf(table)
  if (rows.length * header.length > WORKBOOK_CELLS_MAX) throw tooLarge(rows.length, header.length)
  const cells = (row: readonly GridCell[]) => row.map((cell) => cellOf(cell, table.zone))
  const sheet = {
    name: table.name.replaceAll('_', ' ').slice(0, 31),
    title: table.title,
    note: table.notes.join(' · '),
    header: header.map(({ title, unit }) => (unit === 'instant' ? `${title} (${table.zone.name})` : title)),
    total: cells(total),
    rows: rows.map(cells),
  }
  return workbookFile({ title: table.title, at: table.at, sheets: [sheet] })
}

function cellOf({ value, unit }: GridCell, zone: Zone): Cell {
  const kind = kinds[unit]
  if (typeof value === 'boolean') return { value: value ? 'yes' : 'no', kind }
  return { value: unit === 'instant' && value !== null ? clockText(zone, Number(value)) : value, kind }
}

const tooLarge = (rows: number, columns: number) =>
  invalid(
    `A workbook holds at most ${WORKBOOK_CELLS_MAX} cells, and this table has ${rows} rows of ${columns}. ` +
      'Ask for fewer metrics or a shorter range, or take format=csv.',
  )
