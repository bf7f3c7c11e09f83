// The workbook as a second library, which shares no code with the one that wrote it, reads it: types, formats, layout, rules.
import { readXlsx, type Cell, type Sheet, type Workbook } from 'hucre/xlsx'
import { beforeAll, expect, test } from 'vitest'
import { workbookOf } from '../../src/digests/files/workbook.ts'
import { collected } from '../../src/files/chunks.ts'
import { formulas } from '../digests/corpus.ts'
import { acme, acmeWith, entity } from '../digests/fixture.ts'

const read = async (snapshot: typeof acme) => readXlsx(await collected(workbookOf(snapshot)), { readStyles: true })

let book: Workbook
beforeAll(async () => {
  book = await read(acme)
})

const sheetOf = (name: string): Sheet => book.sheets.find((sheet) => sheet.name === name)!
/** The cell of a row, by its name, and of a column, by its heading. */
function cell(sheet: string, row: string, heading: string): Pick<Cell, 'type' | 'value'> & { format: string | undefined } {
  const { rows, cells } = sheetOf(sheet)
  const found = cells?.get(`${rows.findIndex(([name]) => name === row)},${rows[3]!.indexOf(heading)}`)
  return { type: found!.type, value: found!.value, format: found!.style?.numFmt }
}

test('properties, sheets, frozen panes, filters, print titles', () => {
  expect(book.properties).toMatchObject({ creator: 'Tidemark', created: new Date(acme.period.until.at * 1000) })
  expect(book.sheets.map(({ name }) => name)).toEqual(['Summary', 'Agents', 'Teams', 'Inboxes', 'Labels', 'Daily', 'Hours', 'CSAT', 'Bots', 'Definitions', 'About'])
  for (const { freezePane, autoFilter, pageSetup } of book.sheets.slice(0, 9)) {
    expect(freezePane).toEqual({ columns: 1, rows: 4 })
    expect(autoFilter?.range).toMatch(/^A4:[A-Z]+\d+$/)
    expect(pageSetup).toMatchObject({ orientation: 'landscape', fitToPage: true, fitToWidth: 1, fitToHeight: 0, printTitlesRow: '$4:$4' })
  }
}) // prettier-ignore

test('figures are numbers with the formats of their units', () => {
  const ana = (heading: string) => cell('Agents', 'Ana Ruiz', heading)
  expect(ana('Conversations')).toEqual({ type: 'number', value: 71, format: '#,##0' })
  expect(ana('Conversations Δ')).toEqual({ type: 'number', value: 7, format: '+#,##0;-#,##0;0' })
  expect(ana('Conversations Δ %')).toEqual({ type: 'number', value: 0.109375, format: '+0.0%;-0.0%;0.0%' })
  expect(ana('First response time').format).toBe('[h]:mm:ss')
  expect(ana('First response time Δ min')).toMatchObject({ type: 'number', format: '+0.0;-0.0;0.0' })
  expect(ana('Id')).toEqual({ type: 'number', value: 1, format: '0' })
  const [, , , , [date] = []] = sheetOf('Daily').rows
  expect(date).toEqual(new Date('2026-04-27T00:00:00Z'))
})

test('every change has its arrows, and colours by its direction', () => {
  const rules = sheetOf('Agents').conditionalRules ?? []
  expect(rules.filter(({ type }) => type === 'iconSet').length).toBeGreaterThan(5)
  expect(rules.every(({ priority }, i) => priority === i + 1)).toBe(true)
  expect(new Set(rules.map(({ type }) => type))).toEqual(new Set(['iconSet', 'cellIs']))
})

test('names are text, whatever they look like, and nothing is a formula', async () => {
  const agents = formulas.map((name, i) => entity(i + 1, name, [1000 - i, 0], [0, 0]))
  const { sheets } = await read(acmeWith({ tables: { ...acme.tables, agents } }))
  const { rows, cells } = sheets[1]!
  const written = formulas.map((name) => name.replace(/\r\n?/g, '\n').replace(/[^\P{Cc}\t\n]/gu, '\ufffd'))
  expect(rows.slice(4, 4 + formulas.length).map(([name]) => name)).toEqual(written)
  expect([...cells!.values()].filter((each) => each.formula !== undefined || each.type === 'formula')).toEqual([])
})
