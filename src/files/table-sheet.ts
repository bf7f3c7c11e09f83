import { aligned, CellStyles, font, readFrom, type Start } from './cell-styles.ts'
import { ChangeRules } from './change-rules.ts'
import { giveWay, rowsATurn } from './chunks.ts'
import { legalText } from './legal.ts'
import type { RowQueue } from './row-queue.ts'
import type { Cell, Sheet } from './sheet.ts'
import type { SheetLayout, Style, WorkbookXml, Worksheet } from './workbook-xml.ts'

const HEADER_ROW = 4
const FIRST_ROW = HEADER_ROW + 1
/** What one sheet holds, head included. */
export const MOST_ROWS = 1_048_576
const NARROWEST = 8
const WIDEST = 40
/** Of columns that exceljs takes to be as wide as any, and says nothing of. */
const UNSAID_WIDTH = 9

/** Frozen below the header and beside the names; printed one page wide with the header on every page. */
export function tableLayout(start: Start): SheetLayout {
  const view = { state: 'frozen', xSplit: 1, ySplit: HEADER_ROW, topLeftCell: 'B5', activeCell: 'A1' } as const
  const titles = { printTitlesRow: `${HEADER_ROW}:${HEADER_ROW}` }
  return {
    views: [start === 'right' ? { ...view, rightToLeft: true } : view],
    pageSetup: { ...pageLayout, ...titles },
    properties: { defaultColWidth: UNSAID_WIDTH },
  }
}

/** As many pages long as it takes. */
export const pageLayout = { orientation: 'landscape', fitToPage: true, fitToWidth: 1, fitToHeight: 0 } as const

/**
 * The XML of a sheet with a table, while its rows are taken from the queue; what does not fit stays there.
 * @param mostRows what the sheet holds, head included
 */
export async function* tableXml(
  book: WorkbookXml,
  worksheet: Worksheet,
  sheet: Sheet,
  { rows, start, mostRows }: { rows: RowQueue; start: Start; mostRows: number },
): AsyncGenerator<string> {
  const styles = new CellStyles(start)
  writeHead(worksheet, sheet, rows.sample, start, styles)
  const rules = new ChangeRules()
  const turn = rowsATurn(sheet.header.length)
  let number = FIRST_ROW
  for (; rows.next && number <= mostRows; await rows.advance()) {
    styles.write(worksheet, number, rows.next)
    rules.add(number, rows.next)
    if (++number % turn > 0) continue
    yield book.taken(worksheet)
    await giveWay()
  }
  const last = Math.max(number - 1, FIRST_ROW)
  worksheet.autoFilter = { from: { row: HEADER_ROW, column: 1 }, to: { row: last, column: sheet.header.length } }
  if (number > FIRST_ROW) rules.write(worksheet, sheet, FIRST_ROW, last)
  worksheet.commit()
  yield book.taken(worksheet)
}

function writeHead(worksheet: Worksheet, sheet: Sheet, sample: readonly Cell[][], start: Start, styles: CellStyles): void {
  const widths = sheet.header.map((heading, i) => widthOf(heading, sheet.total, sample, i))
  // Columns stand in the file before any row.
  widths.forEach((width, i) => (worksheet.getColumn(i + 1).width = width))
  writeLine(worksheet, 1, sheet.title, { font: font({ bold: true, size: 14 }), ...aligned(readFrom(start)) })
  if (sheet.note !== '')
    writeLine(worksheet, 2, sheet.note, { font: font({ color: { argb: 'FF576673' } }), ...aligned(readFrom(start)) })
  styles.write(worksheet, 3, sheet.total, { bold: true })
  const row = worksheet.getRow(HEADER_ROW)
  sheet.header.forEach((heading, i) => {
    const isText = i === 0 || sample[0]?.[i]?.kind === 'text'
    const cell = row.getCell(i + 1)
    cell.value = legalText(heading)
    cell.style = {
      font: font({ bold: true }),
      fill: { type: 'pattern', pattern: 'solid', fgColor: { argb: 'FFEEF2F4' } },
      border: { bottom: { style: 'thin', color: { argb: 'FF9AA9B4' } } },
      alignment: {
        wrapText: true,
        vertical: 'bottom',
        horizontal: isText ? start : 'right',
        indent: isText && i > 0 ? 1 : 0,
        ...readFrom(start),
      },
    }
  })
  // Not every program fits the height of a row to wrapped text by itself.
  row.height = 15 * Math.max(1, ...sheet.header.map((heading, i) => linesOf(heading, widths[i]! - 1))) + 3
  row.commit()
}

function writeLine(worksheet: Worksheet, number: number, content: string, style: Style): void {
  const row = worksheet.getRow(number)
  row.getCell(1).value = legalText(content)
  row.getCell(1).style = style
  row.commit()
}

/** How many lines a heading takes when it is wrapped at `width` characters. */
function linesOf(heading: string, width: number): number {
  let lines = 1
  let used = 0
  for (const word of heading.split(' ')) {
    if (used > 0 && used + 1 + word.length > width) lines++
    used = used > 0 && used + 1 + word.length <= width ? used + 1 + word.length : word.length
  }
  return lines
}

function widthOf(heading: string, total: readonly Cell[], sample: readonly Cell[][], column: number): number {
  // The row of the total may hold a sentence, which runs on over the empty cells beside it.
  const longest = [total.length > 1 ? total : [], ...sample].reduce((most, row) => {
    const cell = row[column]
    // Beside a change there is its arrow.
    return Math.max(most, cell?.kind === 'text' ? String(cell.value).length : cell?.direction ? 9 : 7)
  }, 0)
  // A heading wraps, so that only its longest word has to fit.
  const word = Math.max(...heading.split(' ').map((part) => part.length))
  return Math.min(WIDEST, Math.max(NARROWEST, column === 0 ? 18 : 0, longest + 2, word + 2))
}
