import { clip, oneLine, pad, width } from '../digests/mail/names.ts'
import { gridOf, type GridCell } from '../reports/tables/grid.ts'
import type { Table, Unit } from '../reports/tables/tabular.ts'
import { localText } from '../time/local-text.ts'
import type { Zone } from '../time/zone.ts'
import { inWords } from '../time/duration-text.ts'

/** A table for a terminal: title, notes, then aligned columns; "no data" where there is none. */
export function tableText(table: Table): string {
  const { header, rows, total } = gridOf(table)
  const texts = [...rows, ...(total.length > 0 ? [total] : [])].map((row) => row.map((cell) => textOf(cell, table.zone)))
  const heads = header.map(({ short }) => oneLine(short))
  const widths = heads.map((head, column) => texts.reduce((most, row) => Math.max(most, width(row[column] ?? '')), width(head)))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => pad(cell, isNumber(header[column]!.unit) ? -widths[column]! : widths[column]!))
      .join('  ')
      .trimEnd()
  const body = texts.length > 0 ? texts.map(line) : ['nothing']
  return [oneLine(table.title), ...table.notes.map(oneLine), '', line(heads), ...body].join('\n')
}

const isNumber = (unit: Unit) => !['text', 'date', 'instant', 'flag'].includes(unit)

function textOf({ value, unit }: GridCell, zone: Zone): string {
  if (value === null) return isNumber(unit) && unit !== 'id' ? 'no data' : '-'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'string') return clip(value)
  if (unit === 'instant') return localText(zone, value)
  if (unit === 'seconds') return value < 0 ? `-${inWords(-value)}` : inWords(value)
  if (unit === 'percent') return `${value.toFixed(1)}%`
  return unit === 'rating' ? value.toFixed(2) : String(value)
}
