import ExcelJS from 'exceljs'
import type { Cell, Kind, Sheet, TextSheet } from './sheet.ts'
import { fixedZipTimes } from './zip-times.ts'

/** What a workbook is made from. */
export interface WorkbookContent {
  title: string
  /** The moment that it speaks of, in Unix seconds: no clock takes part, so that the same content gives the same bytes. */
  at: number
  sheets: readonly Sheet[]
  /** Behind the tables. */
  texts?: readonly TextSheet[]
}

/** The formats of numbers. A negative duration would show as ##### in Excel, so changes of durations are minutes. */
const numberFormats: Partial<Record<Kind, string>> = {
  count: '#,##0',
  seconds: '[h]:mm:ss',
  percent: '0.0%',
  rating: '0.00',
  date: 'yyyy-mm-dd',
  moment: 'yyyy-mm-dd hh:mm',
  id: '0',
  'count change': '+#,##0;-#,##0;0',
  'seconds change': '+0.0;-0.0;0.0',
  'percent change': '+0.0;-0.0;0.0',
  'rating change': '+0.00;-0.00;0.00',
  'share change': '+0.0%;-0.0%;0.0%',
}

const HEADER_ROW = 4
/** A font that is not named in full falls back to a serif one in some programs. */
const font = (more: Partial<ExcelJS.Font> = {}): Partial<ExcelJS.Font> => ({ name: 'Calibri', family: 2, size: 11, ...more })
const better = { color: { argb: 'FF0A6B45' } }
const worse = { color: { argb: 'FFB3261E' } }
const fill = (argb: string): ExcelJS.Fill => ({ type: 'pattern', pattern: 'solid', fgColor: { argb } })

/**
 * An XLSX workbook. The same content gives the same bytes: no clock and no random number takes part.
 * Text stays text, whatever it looks like: names are written as string cells and there is no formula in the file.
 */
export async function workbookFile({ title, at, sheets, texts = [] }: WorkbookContent): Promise<Buffer> {
  const workbook = new ExcelJS.Workbook()
  workbook.title = title
  workbook.creator = 'Tidemark'
  workbook.lastModifiedBy = 'Tidemark'
  workbook.created = workbook.modified = new Date(at * 1000)
  for (const sheet of sheets) addTable(workbook, sheet)
  for (const sheet of texts) addText(workbook, sheet)
  return fixedZipTimes(Buffer.from(await workbook.xlsx.writeBuffer()))
}

function addTable(workbook: ExcelJS.Workbook, sheet: Sheet): void {
  const worksheet = workbook.addWorksheet(sheet.name, {
    views: [{ state: 'frozen', xSplit: 1, ySplit: HEADER_ROW, topLeftCell: 'B5', activeCell: 'A1' }],
    pageSetup: {
      orientation: 'landscape',
      fitToPage: true,
      fitToWidth: 1,
      fitToHeight: 0,
      printTitlesRow: `${HEADER_ROW}:${HEADER_ROW}`,
    },
  })
  worksheet.getCell('A1').value = sheet.title
  worksheet.getCell('A1').font = font({ bold: true, size: 14 })
  worksheet.getCell('A2').value = sheet.note
  worksheet.getCell('A2').font = font({ color: { argb: 'FF576673' } })
  writeRow(worksheet, 3, sheet.total)
  worksheet.getRow(3).eachCell((cell) => (cell.font = font({ bold: true })))
  sheet.rows.forEach((row, i) => writeRow(worksheet, HEADER_ROW + 1 + i, row))
  const last = HEADER_ROW + Math.max(sheet.rows.length, 1)
  worksheet.autoFilter = { from: { row: HEADER_ROW, column: 1 }, to: { row: last, column: sheet.header.length } }
  writeHeader(worksheet, sheet)
  if (sheet.rows.length > 0) addRules(worksheet, sheet)
}

function writeHeader(worksheet: ExcelJS.Worksheet, sheet: Sheet): void {
  let lines = 1
  sheet.header.forEach((heading, i) => {
    const width = widthOf(heading, sheet, i)
    worksheet.getColumn(i + 1).width = width
    lines = Math.max(lines, linesOf(heading, width - 1))
    const cell = worksheet.getCell(HEADER_ROW, i + 1)
    cell.value = heading
    cell.font = font({ bold: true })
    cell.fill = fill('FFEEF2F4')
    cell.border = { bottom: { style: 'thin', color: { argb: 'FF9AA9B4' } } }
    const isText = i === 0 || sheet.rows[0]?.[i]?.kind === 'text'
    cell.alignment = {
      wrapText: true,
      vertical: 'bottom',
      horizontal: isText ? 'left' : 'right',
      indent: isText && i > 0 ? 1 : 0,
    }
  })
  // Not every program fits the height of a row to wrapped text by itself.
  worksheet.getRow(HEADER_ROW).height = 15 * lines + 3
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

function writeRow(worksheet: ExcelJS.Worksheet, row: number, cells: readonly Cell[]): void {
  cells.forEach(({ value, kind }, i) => {
    if (value === null || value === '') return
    const cell = worksheet.getCell(row, i + 1)
    cell.value = typeof value === 'string' ? textOrDate(value, kind) : inCellUnit(value, kind)
    const numFmt = typeof value === 'number' || isTime(kind) ? numberFormats[kind] : undefined
    if (numFmt) cell.numFmt = numFmt
    if (kind === 'text' && i > 0) cell.alignment = { horizontal: 'left', indent: 1 }
  })
}

const isTime = (kind: Kind) => kind === 'date' || kind === 'moment'

/** Excel takes at most 32,767 characters in a cell, and knows no zones: a moment is what the wall clock shows. */
const textOrDate = (value: string, kind: Kind) =>
  isTime(kind) ? new Date(kind === 'date' ? `${value}T00:00:00Z` : `${value}Z`) : value.slice(0, 32_767)

/** Excel counts time in days and percentages from 0 to 1. */
function inCellUnit(value: number, kind: Kind): number {
  if (kind === 'seconds') return value / 86_400
  if (kind === 'seconds change') return value / 60
  // Differences of decimals carry noise in the sixteenth digit, which Excel would show in its input line.
  const exact = Math.round(value * 1e9) / 1e9
  return kind === 'percent' ? exact / 100 : exact
}

function widthOf(heading: string, { rows, total }: Sheet, column: number): number {
  // The row of the total may hold a sentence, which runs on over the empty cells beside it.
  const longest = [total.length > 1 ? total : [], ...rows].reduce((most, row) => {
    const cell = row[column]
    return Math.max(most, cell?.kind === 'text' ? String(cell.value).length : 7)
  }, 0)
  // A heading wraps, so that only its longest word has to fit.
  const word = Math.max(...heading.split(' ').map((part) => part.length))
  return Math.min(40, Math.max(8, column === 0 ? 18 : 0, longest + 2, word + 2))
}

/** Colours changes by whether they are good, with arrows so that colour is not alone, and shades the busiest hours. */
function addRules(worksheet: ExcelJS.Worksheet, sheet: Sheet): void {
  const first = HEADER_ROW + 1
  if (sheet.shaded) {
    const [from, to] = sheet.shaded
    worksheet.addConditionalFormatting({
      ref: `${address(first, from)}:${address(HEADER_ROW + sheet.rows.length, to)}`,
      rules: [
        {
          type: 'colorScale',
          priority: 1,
          cfvo: [{ type: 'min' }, { type: 'max' }],
          color: [{ argb: 'FFFFFFFF' }, { argb: 'FF66A7AE' }],
        },
      ],
    })
  }
  sheet.header.forEach((_, column) => {
    // Runs of rows whose changes are judged alike share one rule; on the summary every row is a metric of its own.
    let from = 0
    sheet.rows.forEach((row, i) => {
      const direction = row[column]?.direction
      if (direction !== undefined && sheet.rows[i + 1]?.[column]?.direction === direction) return
      if (direction !== undefined)
        addChangeRules(worksheet, `${address(first + from, column)}:${address(first + i, column)}`, direction)
      from = i + 1
    })
  })
}

function addChangeRules(worksheet: ExcelJS.Worksheet, ref: string, direction: 'higher' | 'lower' | 'neither'): void {
  const arrows: ExcelJS.IconSetRuleType = {
    type: 'iconSet',
    priority: 3,
    iconSet: '3ArrowsGray',
    // Thresholds are "at least": below 0 down, 0 level, above it up.
    cfvo: [
      { type: 'percent', value: 0 },
      { type: 'num', value: 0 },
      { type: 'num', value: 1e-6 },
    ],
  }
  const colour = (operator: 'greaterThan' | 'lessThan', font: typeof better): ExcelJS.ConditionalFormattingRule => ({
    type: 'cellIs',
    priority: operator === 'greaterThan' ? 1 : 2,
    operator,
    formulae: [0],
    style: { font },
  })
  const [rise, fall] = direction === 'higher' ? [better, worse] : [worse, better]
  const colours = direction === 'neither' ? [] : [colour('greaterThan', rise), colour('lessThan', fall)]
  worksheet.addConditionalFormatting({ ref, rules: [...colours, arrows] })
}

function address(row: number, column: number): string {
  let letters = ''
  for (let rest = column; rest >= 0; rest = Math.floor(rest / 26) - 1) letters = String.fromCharCode(65 + (rest % 26)) + letters
  return `${letters}${row}`
}

/** One bold heading row, wrapped text. */
function addText(workbook: ExcelJS.Workbook, { name, widths, rows }: TextSheet): void {
  const worksheet = workbook.addWorksheet(name, {
    pageSetup: { orientation: 'landscape', fitToPage: true, fitToWidth: 1, fitToHeight: 0 },
  })
  rows.forEach((row, i) => writeRow(worksheet, i + 1, row))
  widths.forEach((width, i) => (worksheet.getColumn(i + 1).width = width))
  worksheet.eachRow((row, number) =>
    row.eachCell((cell, column) => {
      cell.alignment = { wrapText: true, vertical: 'top', horizontal: 'left' }
      if (column === 1 || (number === 1 && widths.length > 2)) cell.font = font({ bold: true })
    }),
  )
}
