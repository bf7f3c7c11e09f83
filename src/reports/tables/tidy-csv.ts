import { BYTE_ORDER_MARK, csvLines, guarded, type CsvCell, type Delimiter } from '../../files/csv.ts'
import { localText } from '../../time/local-text.ts'
import type { Zone } from '../../time/zone.ts'
import type { Table, Unit, Value } from './tabular.ts'

export interface CsvStyle {
  delimiter?: Delimiter | undefined
  /** A byte order mark in front, as Excel wants it; there is one unless this is false. */
  bom?: boolean | undefined
}

/** Rows that are written at a time, so that a long file never is in memory as a whole. */
const CHUNK = 500

/**
 * A table as tidy CSV, made for programs, chunk by chunk: the header on the first line, then a row per row and nothing else.
 * Times are seconds (`_s`), percents 0 to 100, instants ISO 8601 on the clock of the report's zone; empty is "no data".
 */
export function* tidyCsv(table: Table, { delimiter = 'comma', bom = true }: CsvStyle = {}): Generator<string> {
  const fields = fieldsOf(table)
  yield (bom ? BYTE_ORDER_MARK : '') + csvLines([fields.map(({ key }) => key)], delimiter)
  for (let at = 0; at < table.rows.length; at += CHUNK) {
    const rows = table.rows.slice(at, at + CHUNK)
    yield csvLines(
      rows.map((row) => fields.map(({ cellOf }) => cellOf(row))),
      delimiter,
    )
  }
}

interface Field {
  key: string
  cellOf: (row: readonly Value[]) => CsvCell
}

/** The constants in their order, or the columns that take their place, then the other columns. */
function fieldsOf({ zone, constants, columns }: Table): Field[] {
  const own = columns.map(({ key, unit }, i): Field => ({ key, cellOf: (row) => written(row[i] ?? null, unit, zone) }))
  const leading = constants.map(({ key, unit, value }): Field => {
    const cell = written(value, unit, zone)
    return own.find((field) => field.key === key) ?? { key, cellOf: () => cell }
  })
  return [...leading, ...own.filter((field) => !leading.includes(field))]
}

function written(value: Value, unit: Unit, zone: Zone): CsvCell {
  if (value === null) return null
  if (unit === 'instant') return localText(zone, Number(value))
  if (typeof value === 'boolean') return String(value)
  return typeof value === 'string' && unit === 'text' ? guarded(value) : value
}
