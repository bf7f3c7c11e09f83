import ExcelJS from 'exceljs'
import { expect, test, vi } from 'vitest'
import { collected } from '../../src/files/chunks.ts'
import { text, type Cell, type Sheet } from '../../src/files/sheet.ts'
import { workbookChunks, workbookFile, type WorkbookContent } from '../../src/files/workbook.ts'
import { readXlsx } from '../support/xlsx.ts'

const counted = (value: number | null): Cell => ({ value, kind: 'count' })
const changed = (value: number | null, direction: 'higher' | 'lower' | 'neither'): Cell => ({
  value,
  kind: 'count change',
  direction,
})

function* numbered(count: number): Generator<Cell[]> {
  for (let i = 0; i < count; i++) yield [text(`Row ${i}`), counted(i), changed(i - 2, 'higher')]
}

const sheetOf = (rows: Sheet['rows'], more: Partial<Sheet> = {}): Sheet => ({
  name: 'Daily',
  title: 'Acme: daily',
  note: '4 – 10 May',
  header: ['Name', 'Conversations', 'Conversations Δ'],
  total: [text('Account total'), counted(7), changed(1, 'higher')],
  rows,
  ...more,
})
const contentOf = (...sheets: Sheet[]): WorkbookContent => ({ title: 'Acme: weekly', at: 1_778_486_400, sheets })

test('rows that do not fit on a sheet go on below the same head on the next, and none is lost or doubled', async () => {
  for (const count of [0, 1, 6, 7, 12, 13, 25]) {
    const other = sheetOf(numbered(2), { name: 'Hours' })
    const file = await collected(workbookChunks(contentOf(sheetOf(numbered(count)), other), 4 + 6))
    const { names, of } = readXlsx(file)
    const parts = Math.max(1, Math.ceil(count / 6))
    const daily = Array.from({ length: parts }, (_, i) => (i === 0 ? 'Daily' : `Daily (${i + 1})`))
    expect(names).toEqual([...daily, 'Hours'])
    const rows = daily.flatMap((name, i) => {
      const { cells, xml } = of(name)
      expect([cells.get('A1')?.value, cells.get('A3')?.value, cells.get('B3')?.value, cells.get('C4')?.value]).toEqual([
        'Acme: daily',
        'Account total',
        7,
        'Conversations Δ',
      ])
      const own = Math.min(6, count - i * 6)
      expect(xml).toContain(`<autoFilter ref="A4:C${4 + Math.max(1, own)}"/>`)
      expect(xml.includes(`sqref="C5:C${4 + own}"`)).toBe(own > 0)
      return Array.from({ length: own }, (_, row) => cells.get(`A${5 + row}`)?.value)
    })
    expect(rows).toEqual(Array.from({ length: count }, (_, i) => `Row ${i}`))
  }
})

test('rows may come from a cursor, one at a time', async () => {
  async function* slowly() {
    for (const row of numbered(2500)) {
      await Promise.resolve()
      yield row
    }
  }
  const { of } = readXlsx(await workbookFile(contentOf(sheetOf(slowly()))))
  const fromArray = readXlsx(await workbookFile(contentOf(sheetOf([...numbered(2500)]))))
  expect(of('Daily')).toEqual(fromArray.of('Daily'))
  expect(of('Daily').cells.get('A2504')?.value).toBe('Row 2499')
})

test('rows are taken as the file is read, and no longer when the reader stops', async () => {
  let closed = false
  let taken = 0
  function* endless(): Generator<Cell[]> {
    try {
      for (;;) yield [text('x'.repeat(50) + Math.sin(taken)), counted(taken++), changed(0, 'lower')]
    } finally {
      closed = true
    }
  }
  const chunks = workbookChunks(contentOf(sheetOf(endless())))
  for (let i = 0; i < 5; i++) await chunks.next()
  await new Promise((resolve) => setTimeout(resolve, 50))
  const early = taken
  await chunks.return(undefined)
  await vi.waitFor(() => expect(closed).toBe(true))
  expect(early).toBeLessThan(20_000)
  expect(taken - early).toBeLessThan(20_000)
})

test('a failure of the source, or a number that is none, reaches the reader', async () => {
  function* broken(): Generator<Cell[]> {
    yield* numbered(1500)
    throw new Error('the cursor is gone')
  }
  await expect(workbookFile(contentOf(sheetOf(broken())))).rejects.toThrow('the cursor is gone')
  await expect(workbookFile(contentOf(sheetOf([[text('a'), counted(NaN)]])))).rejects.toThrow(RangeError)
})

test('too long a text is cut and says so; what looks like an escape is read as it was written', async () => {
  const names = ['x'.repeat(40_000), '_x000D_', 'a\r\nb', '  padded  ', 'nul\0', '👩‍👩‍👧 مرحبا']
  const file = await workbookFile(contentOf(sheetOf(names.map((name) => [text(name), counted(1), changed(null, 'lower')]))))
  const { cells } = readXlsx(file).of('Daily')
  const expected = [`${'x'.repeat(32_727)}… [32727/40000]`, '_x000D_', 'a\nb', '  padded  ', 'nul\ufffd', '👩‍👩‍👧 مرحبا']
  expect(names.map((_, i) => cells.get(`A${5 + i}`)?.value)).toEqual(expected)
  const read = await reopened(file)
  // Its reader does not know escapes in text that stands in its cell.
  expect(names.map((_, i) => read.getCell(`A${5 + i}`).value)).toEqual(expected.with(1, '_x005F_x000D_'))
})

/** By exceljs, whose reader shares nothing with its streaming writer but the tables of styles. */
async function reopened(file: Buffer): Promise<ExcelJS.Worksheet> {
  const workbook = new ExcelJS.Workbook()
  await workbook.xlsx.load(file as never)
  return workbook.worksheets[0]!
}

test('who made it, what it is called, how it is printed, how wide its columns are', async () => {
  const wide = sheetOf([[text('n'.repeat(100)), counted(1), text('b'.repeat(20))]], { header: ['Name', 'n', 'Some long heading that wraps'] })
  const file = await workbookFile(contentOf(wide))
  const { files } = readXlsx(file)
  expect(files.get('docProps/core.xml')!.text).toMatch(/<dc:creator>Tidemark<\/dc:creator><dc:title>Acme: weekly<\/dc:title>/)
  expect(files.get('docProps/core.xml')!.text).toContain('2026-05-11T08:00:00Z')
  const sheet = await reopened(file)
  expect([1, 2, 3].map((i) => sheet.getColumn(i).width ?? sheet.properties.defaultColWidth)).toEqual([40, 9, 22])
  expect(sheet.pageSetup).toMatchObject({ orientation: 'landscape', fitToPage: true, fitToWidth: 1, fitToHeight: 0, printTitlesRow: '4:4' })
  expect(sheet.views[0]).toMatchObject({ state: 'frozen', xSplit: 1, ySplit: 4, topLeftCell: 'B5' })
  expect(sheet.getCell('C4').alignment).toMatchObject({ wrapText: true, horizontal: 'left' })
  expect(sheet.getCell('B4').alignment).toMatchObject({ wrapText: true, horizontal: 'right' })
  expect(sheet.getRow(4).height).toBe(33)
}) // prettier-ignore

test('in a language written from right to left sheets begin at the right', async () => {
  const texts = [{ name: 'About', widths: [10, 20], rows: [[text('a'), text('b')]] }]
  const rows = [[text('أحمد'), counted(1), text('ملاحظة')]]
  const file = await workbookFile({ ...contentOf(sheetOf(rows)), texts, rightToLeft: true })
  const { of } = readXlsx(file)
  expect(of('Daily').xml).toMatch(/<sheetView workbookViewId="0" rightToLeft="1"><pane xSplit="1" ySplit="4"/)
  expect(of('About').xml).toContain('rightToLeft="1"')
  const sheet = await reopened(file)
  // Sentences are read from the right even where they begin with a Latin name; a name is read as its own letters are.
  for (const address of ['A1', 'A2', 'A3', 'A4']) expect(sheet.getCell(address).alignment).toMatchObject({ readingOrder: 'rtl' })
  expect(sheet.getCell('A5').alignment ?? {}).not.toHaveProperty('readingOrder')
  expect(['B4', 'B5', 'C5'].map((address) => sheet.getCell(address).alignment?.horizontal)).toEqual(['right', 'right', 'right'])
  const { of: english } = readXlsx(await workbookFile({ ...contentOf(sheetOf(rows)), texts }))
  expect(english('Daily').xml + english('About').xml).not.toContain('rightToLeft')
})

test('each change is judged by its own direction; arrows tell it without colour, also where neither way is better', async () => {
  const directions = ['higher', 'lower', 'neither', 'neither', 'lower', 'lower'] as const
  const rows = directions.map((direction, i) => [text(direction), counted(i), changed(i - 2, direction)])
  const { of, files } = readXlsx(await workbookFile(contentOf(sheetOf(rows, { shaded: [1, 1] }))))
  const rules = [...of('Daily').xml.matchAll(/<conditionalFormatting sqref="([^"]*)">([\s\S]*?)<\/conditionalFormatting>/g)]
  const colours = [...files.get('xl/styles.xml')!.text.matchAll(/<dxf><font><color rgb="FF(\w+)"\/><\/font><\/dxf>/g)].map(([, rgb]) => rgb)
  const read = rules.map(([, ref, inner = '']) => [
    ref,
    ...[...inner.matchAll(/dxfId="(\d+)"[^>]*operator="(\w+)"/g)].map(([, id, operator]) => `${operator} ${colours[Number(id)]}`),
    ...(inner.match(/3ArrowsGray|<colorScale>/g) ?? []),
  ])
  const [green, red] = ['0A6B45', 'B3261E']
  expect(read).toEqual([
    ['B5:B10', '<colorScale>'],
    ['C5:C5', `greaterThan ${green}`, `lessThan ${red}`, '3ArrowsGray'],
    ['C6:C6', `greaterThan ${red}`, `lessThan ${green}`, '3ArrowsGray'],
    ['C7:C8', '3ArrowsGray'],
    ['C9:C10', `greaterThan ${red}`, `lessThan ${green}`, '3ArrowsGray'],
  ])
  const priorities = [...of('Daily').xml.matchAll(/priority="(\d+)"/g)].map(([, priority]) => Number(priority))
  expect(priorities).toEqual(priorities.map((_, i) => i + 1))
  expect(of('Daily').xml).not.toContain('x14:id')
}) // prettier-ignore
