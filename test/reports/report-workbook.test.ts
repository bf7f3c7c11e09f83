import ExcelJS from 'exceljs'
import { expect, test, vi } from 'vitest'
import { collected } from '../../src/files/chunks.ts'
import { reportWorkbook, WORKBOOK_CELLS_MAX } from '../../src/reports/tables/report-workbook.ts'
import type { Table } from '../../src/reports/tables/tabular.ts'
import { formulas } from '../digests/corpus.ts'
import { unzip } from '../support/unzip.ts'
import { berlin, injections, plainTable } from './tables.ts'

const fileOf = (table: Table) => collected(reportWorkbook(table))

/** Reads a workbook back as a stranger would. */
async function open(table: Table): Promise<ExcelJS.Worksheet> {
  const workbook = new ExcelJS.Workbook()
  await workbook.xlsx.load((await fileOf(table)) as never)
  return workbook.worksheets[0]!
}

test('title, notes, total, header; frozen below the header and filtered from it', async () => {
  const total = [null, 'account', 7, 'Account total', null, 1234, 5, null, null]
  const sheet = await open({ ...plainTable, total })
  expect([sheet.name, sheet.getCell('A1').value, sheet.getCell('A2').value]).toEqual([
    'agents',
    'Agents',
    '2026-03-28 – 2026-03-29 · Europe/Berlin',
  ])
  expect(sheet.getRow(4).values).toEqual([
    undefined,
    'From (Europe/Berlin)',
    'Name',
    'Date',
    'Conversations',
    'First response time',
    'CSAT',
    'Active',
    'Id',
  ])
  expect(sheet.getCell('B3').value).toBe('Account total')
  expect(sheet.getCell('D3').value).toBe(1234)
  expect(sheet.views[0]).toMatchObject({ state: 'frozen', ySplit: 4 })
  expect(sheet.autoFilter).toBe('A4:H6')
})

test('numbers are numbers in the units of a spreadsheet, dates are dates, and what is missing is empty', async () => {
  const sheet = await open(plainTable)
  const cell = (address: string) => ({ value: sheet.getCell(address).value, format: sheet.getCell(address).numFmt })
  // The wall clock of Berlin, as spreadsheets have no zones.
  expect(cell('A5')).toEqual({ value: new Date('2026-03-28T12:00:00Z'), format: 'yyyy-mm-dd hh:mm' })
  expect(cell('A6')).toEqual({ value: new Date('2026-03-29T12:00:00Z'), format: 'yyyy-mm-dd hh:mm' })
  expect(cell('C5')).toEqual({ value: new Date('2026-03-29T00:00:00Z'), format: 'yyyy-mm-dd' })
  expect(cell('D5')).toEqual({ value: 1234, format: '#,##0' })
  expect(cell('D6')).toEqual({ value: 0, format: '#,##0' })
  expect(cell('E5').format).toBe('[h]:mm:ss')
  // A reader may take it for a date; in the file it is the number of days.
  const xml = unzip(await fileOf(plainTable)).get('xl/worksheets/sheet1.xml')!.text
  expect(Number(/<c r="E5"[^>]*><v>([^<]*)<\/v>/.exec(xml)?.[1]) * 86400).toBeCloseTo(-42.5, 6)
  expect(cell('F5')).toMatchObject({ format: '0.0%' })
  expect(cell('F5').value).toBeCloseTo(2 / 3, 8)
  expect(cell('H5')).toEqual({ value: 1, format: '0' })
  expect([cell('C6').value, cell('E6').value, cell('F6').value]).toEqual([null, null, null])
})

test('names stay text, and there is no formula and no link in the file', async () => {
  const names = [...formulas, ...injections].map((name) => name.replace(/[^\P{Cc}\t\n]/gu, ''))
  const table = { ...plainTable, title: '=1+1', rows: names.map((name, i) => [berlin.noon, 'agent', i, name, null, 0, null, null, true]) }
  const sheet = await open(table)
  const types = names.map((_, i) => sheet.getCell(`B${5 + i}`).type)
  expect(new Set(types)).toEqual(new Set([ExcelJS.ValueType.String]))
  expect(names.map((_, i) => sheet.getCell(`B${5 + i}`).value)).toEqual(names)
  const xml = unzip(await fileOf(table)).get('xl/worksheets/sheet1.xml')!.text
  expect(xml).not.toMatch(/<f[ >]|<hyperlink/)
}) // prettier-ignore

test('the same table gives the same bytes, at any time of day', async () => {
  const first = await fileOf(plainTable)
  vi.useFakeTimers({ now: new Date('2031-01-02T03:04:05Z'), toFake: ['Date'] })
  expect((await fileOf(plainTable)).equals(first)).toBe(true)
  vi.useRealTimers()
})

test('more than a process should write at once is refused with what to do', async () => {
  const rows = Array.from({ length: WORKBOOK_CELLS_MAX / 8 + 1 }, () => plainTable.rows[0]!)
  expect(() => reportWorkbook({ ...plainTable, rows })).toThrow(/at most 1000000 cells.*125001 rows of 8.*format=csv/)
})
