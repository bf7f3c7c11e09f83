import { csvChunks, type CsvCell, type CsvStyle } from '../../files/csv.ts'
import { localText } from '../../time/local-text.ts'
import type { Zone } from '../../time/zone.ts'
import type { Table, Unit, Value } from './tabular.ts'

/**
 * A table as tidy CSV, made for programs, chunk by chunk: the header on the first line, then a row per row and nothing else.
 * Times are seconds (`_s`), percents 0 to 100, instants ISO 8601 on the clock of the report's zone; empty is "no data".
 */
export function tidyCsv(table: Table, style?: CsvStyle): AsyncGenerator<string> {
  return csvChunks(lines(table), style)
}

function* lines(table: Table): Generator<CsvCell[]> {
  const fields = fieldsOf(table)
  yield fields.map(({ key }) => key)
  for (const row of table.rows) yield fields.map(({ cellOf }) => cellOf(row))
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
  return typeof value === 'boolean' ? String(value) : value
}
