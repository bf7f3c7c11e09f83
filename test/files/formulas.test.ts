// Gate: whatever agents, labels, inboxes, teams, accounts and headings are called, no spreadsheet program runs any of it.
import { beforeAll, describe, expect, test } from 'vitest'
import { dailyCsv, periodCsv } from '../../src/digests/files/csv.ts'
import { workbookOf } from '../../src/digests/files/workbook.ts'
import { collected } from '../../src/files/chunks.ts'
import { csvChunks, delimiters, guarded, type CsvCell, type Delimiter } from '../../src/files/csv.ts'
import type { Cell } from '../../src/files/sheet.ts'
import { workbookFile } from '../../src/files/workbook.ts'
import { formulas } from '../digests/corpus.ts'
import { acmeWith, acme, entity } from '../digests/fixture.ts'
import { csvFilter, hasOffice, openInOffice, type OfficeBook } from '../support/office.ts'
import { readXlsx } from '../support/xlsx.ts'

/** As a workbook can hold it: XML knows no other control characters, and one kind of line end. */
const writable = (text: string) => text.replace(/\r\n?/g, '\n').replace(/[^\P{Cc}\t\n]/gu, '\ufffd')

/** As LibreOffice shows it: one kind of line end, and no NUL. */
const inOffice = (text: string) => text.replace(/\r\n?/g, '\n').replaceAll('\0', '')

const entities = formulas.map((name, i) => entity(i + 1, name, [5000 - i, i], [1, 2], [300 + i, 20, 400, 20]))
const evil = acmeWith({
  account: { id: 7, name: '=1+1' },
  digest: { id: 3, name: '=HYPERLINK("http://x.example","y")' },
  tables: { agents: entities, teams: entities, inboxes: entities, labels: entities },
  totals: { ...acme.totals, avg_first_response_time: { current: { value: -42, n: 10 }, previous: { value: 5, n: 10 } } },
})

/** Every payload as a heading, and in a row of text between negative numbers. */
const heads = ['name', ...formulas]
const csvRows: CsvCell[][] = [heads, ...formulas.map((name, i) => [name, ...formulas.map((_, j) => -i - j / 8)])]
const sheet = {
  name: "=1+1'",
  title: '=1+1',
  note: '@SUM(1)',
  header: heads,
  total: [{ value: '=2+2', kind: 'text' }, { value: -3, kind: 'count' }] satisfies Cell[],
  rows: csvRows.slice(1).map((row) => row.map((value, i): Cell => ({ value, kind: i === 0 ? 'text' : 'rating change', direction: 'higher' }))),
} // prettier-ignore
const workbook = () => workbookFile({ title: '=1+1', at: 0, sheets: [sheet], texts: [{ name: '+1', widths: [9], rows: [[{ value: '=3', kind: 'text' }]] }] }) // prettier-ignore

const formulaCells = (book: OfficeBook) => [...book.values()].flat(2).filter((cell) => cell.formula !== undefined)
const names = () => Object.keys(delimiters) as Delimiter[]

test('there are enough payloads, of every kind', () => {
  expect(new Set(formulas).size).toBeGreaterThanOrEqual(60)
  for (const start of ['=', '+', '-', '@', '\t', '\r', '\n', '\0', '＝', '＋', '－', '＠', '\ufeff=', ' =', '"=', "'="])
    expect(formulas.some((name) => name.startsWith(start))).toBe(true)
  for (const word of ['DDE', 'HYPERLINK', 'WEBSERVICE', 'cmd|']) expect(formulas.some((name) => name.includes(word))).toBe(true)
})

test('in a workbook every name, title and heading is text, every figure a number, and nothing a formula', async () => {
  const digest = readXlsx(await collected(workbookOf(evil)))
  for (const name of ['Agents', 'Teams', 'Inboxes', 'Labels']) {
    const { cells, xml } = digest.of(name)
    expect(formulas.map((_, i) => cells.get(`A${5 + i}`))).toEqual(
      formulas.map((text) => ({ value: writable(text), type: 'text', format: 'General' })),
    )
    expect(xml).not.toMatch(/<f[ >]|<hyperlink/)
  }
  const { names: sheets, of, files } = readXlsx(await workbook())
  expect(sheets).toEqual(['=1+1', '+1'])
  const { cells, xml } = of('=1+1')
  expect(xml).not.toMatch(/<f[ >]|<hyperlink/)
  expect([...cells].filter(([address]) => /^[A-Z]+4$/.test(address)).map(([, { value, type }]) => [value, type])).toEqual(
    heads.map((text) => [writable(text), 'text']),
  )
  const numbers = [...cells].filter(([address, { type }]) => /^(?!A)[A-Z]+([5-9]|\d\d+)$|^A[A-Z]+([5-9]|\d\d+)$/.test(address) && type === 'number') // prettier-ignore
  expect(numbers).toHaveLength(formulas.length ** 2)
  expect([...files.keys()].filter((path) => /vba|external|macro|connection/i.test(path))).toEqual([])
})

describe.skipIf(!hasOffice())('reopened in LibreOffice', () => {
  test('it takes an unguarded file for formulas, so what follows proves something', async () => {
    const [book] = await openInOffice([{ name: 'bare.csv', content: Buffer.from('=1+1,"=HYPERLINK(""a"",""b"")",-3\r\n') }], csvFilter(',')) // prettier-ignore
    expect(formulaCells(book!)).toHaveLength(2)
  })

  test.each(names())('CSV files with %s: no formula, texts as they were written, negative numbers stay numbers', async (delimiter) => {
    const content = await collected(csvChunks(csvRows, { delimiter }))
    const sign = { comma: ',', semicolon: ';', tab: 'tab' } as const
    const digest = { ...evil, csvDelimiter: sign[delimiter] }
    const [book, period, daily] = await openInOffice(
      [
        { name: 'all.csv', content },
        { name: 'period.csv', content: await collected(periodCsv(digest)) },
        { name: 'daily.csv', content: await collected(dailyCsv(digest)) },
      ],
      csvFilter(delimiters[delimiter]),
    )
    expect([book, period, daily].flatMap((each) => formulaCells(each!))).toEqual([])
    const [header = [], ...rows] = [...book!.values()][0]!
    expect(header.map(({ type }) => type)).toEqual(heads.map(() => 'string'))
    expect(rows).toHaveLength(formulas.length)
    for (const [i, [name, ...numbers]] of rows.entries()) {
      expect([name?.type, name?.shown]).toEqual(['string', inOffice(guarded(formulas[i]!))])
      expect(numbers.map(({ type, value }) => [type, Number(value)])).toEqual(
        formulas.map((_, j) => ['float', -i - j / 8 || 0]),
      )
    }
    const periods = [...period!.values()][0]!
    const at = periods[0]!.findIndex(({ shown }) => shown === 'avg_first_response_time_s')
    expect(periods[1]![at]).toMatchObject({ type: 'float', value: '-42' })
  }) // prettier-ignore

  describe('workbooks', () => {
    let digest: OfficeBook
    let book: OfficeBook
    beforeAll(async () => {
      const files = [{ name: 'digest.xlsx', content: await collected(workbookOf(evil)) }, { name: 'all.xlsx', content: await workbook() }]
      ;[digest, book] = (await openInOffice(files)) as [OfficeBook, OfficeBook]
    }) // prettier-ignore

    test('no formula, and every name is text', () => {
      expect([digest, book].flatMap(formulaCells)).toEqual([])
      for (const name of ['Agents', 'Teams', 'Inboxes', 'Labels'])
        expect(digest.get(name)!.slice(4, 4 + formulas.length).map(([cell]) => [cell?.type, cell?.shown])).toEqual(
          formulas.map((text) => ['string', writable(text)]),
        )
      expect(book.get('=1+1')![3]!.map(({ type }) => type)).toEqual(heads.map(() => 'string'))
    }) // prettier-ignore

    test('negative numbers stay numbers', () => {
      const numbers = book.get('=1+1')!.slice(4).flatMap(([, ...cells]) => cells)
      expect(numbers).toHaveLength(formulas.length ** 2)
      expect(numbers.filter(({ type }) => type !== 'float')).toEqual([])
      expect(Math.min(...numbers.map(({ value }) => Number(value)))).toBe(1 - formulas.length + (1 - formulas.length) / 8)
    }) // prettier-ignore
  })
})
