import { expect, test } from 'vitest'
import { collected } from '../../src/files/chunks.ts'
import type { CsvStyle } from '../../src/files/csv.ts'
import { tidyCsv } from '../../src/reports/tables/tidy-csv.ts'
import type { Table } from '../../src/reports/tables/tabular.ts'
import { parseCsv } from '../support/csv.ts'
import { formulas } from '../digests/corpus.ts'
import { berlin, injections, plainTable } from './tables.ts'

const textOf = async (table: Table, style?: CsvStyle) => (await collected(tidyCsv(table, style))).toString()

test('the header is on the first line, constants are on every row, and lines end as RFC 4180 has it', async () => {
  expect(await textOf(plainTable)).toBe(
    '\ufeffaccount_id,period_start,time_zone,business_hours,dimension,entity_id,entity_name,date,conversations_count,avg_first_response_time_s,csat_score,active\r\n' +
      '7,2026-03-28T12:00:00+01:00,Europe/Berlin,false,agent,1,Ana,2026-03-29,1234,-42.5,66.66666666666667,true\r\n' +
      '7,2026-03-29T12:00:00+02:00,Europe/Berlin,false,agent,2,Ben,,0,,,false\r\n',
  )
})

test('a byte order mark is left out and fields are separated by something else on demand', async () => {
  for (const [delimiter, sign] of [['comma', ','], ['semicolon', ';'], ['tab', '\t']] as const) {
    const rows = parseCsv((await textOf({ ...plainTable, rows: [...plainTable.rows, injectionRow('a,b;c\td "e"')] }, { delimiter, bom: false })), sign)
    expect(rows.map((row) => row.length)).toEqual([12, 12, 12, 12])
    expect(rows[0]![0]).toBe('account_id')
    expect(rows[3]![6]).toBe('a,b;c\td "e"')
  }
}) // prettier-ignore

const injectionRow = (name: string) => [berlin.noon, 'agent', 3, name, null, 0, null, null, true]

test('no name is left that a spreadsheet would run, and whatever a name is, it is read back', async () => {
  const names = [...formulas, ...injections]
  const rows = parseCsv((await textOf({ ...plainTable, rows: names.map(injectionRow) })).slice(1)).slice(1)
  const read = rows.map((row) => row[6]!)
  const harmless = ['%0A=1+1', ...injections.slice(5)]
  expect(read).toEqual(names.map((name) => (harmless.includes(name) ? name : `'${name}`)))
  for (const name of read) expect(name).not.toMatch(/^[=+\-@\t\r\n＝＋－＠]/)
})

test('negative numbers stay numbers, and what looks like one in a name does not become one', async () => {
  const [, , row] = parseCsv((await textOf({ ...plainTable, rows: [plainTable.rows[0]!, injectionRow('-42.5')] })).slice(1))
  const [, first] = parseCsv((await textOf(plainTable)).slice(1))
  expect([first![9], row![6]]).toEqual(['-42.5', "'-42.5"])
})

test('a long table comes in chunks, none of which holds all of it', async () => {
  const rows = Array.from({ length: 1750 }, (_, i) => [berlin.noon, 'agent', i, `Agent ${i}`, null, i, null, null, true])
  const chunks: string[] = []
  for await (const chunk of tidyCsv({ ...plainTable, rows })) chunks.push(chunk)
  expect(Math.max(...chunks.map((chunk) => chunk.split('\r\n').length))).toBeLessThan(300)
  const read = parseCsv(chunks.join('').slice(1)).slice(1)
  expect(read.map((row) => row[5])).toEqual(rows.map((_, i) => String(i)))
})

test('an empty table is its header', async () => {
  expect((await textOf({ ...plainTable, rows: [] })).split('\r\n')).toHaveLength(2)
})
