import { legalText } from './legal.ts'
import type { Cell, Kind } from './sheet.ts'
import type { Alignment, Font, Style, Worksheet } from './workbook-xml.ts'

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

/** A font that is not named in full falls back to a serif one in some programs. */
export const font = (more: Font = {}): Font => ({ name: 'Calibri', family: 2, size: 11, ...more })

/** Where text begins: the left of a sheet, or the right where it is read from there. */
export type Start = 'left' | 'right'

/** Of sentences and headings, which may begin with a name in other letters. Names themselves are read by their own. */
export const readFrom = (start: Start): Alignment => (start === 'right' ? { readingOrder: 'rtl' } : {})

/** A style that says nothing where nothing is to be said. */
export const aligned = (alignment: Alignment): Style => (Object.keys(alignment).length > 0 ? { alignment } : {})

/** How the cells of a sheet look. Cells of a kind share one object, which is found again without being compared. */
export class CellStyles {
  readonly #made = new Map<string, Style>()
  readonly #start: Start

  constructor(start: Start) {
    this.#start = start
  }

  /** Writes a row; what is empty is left out, never written as 0 or as an empty text. */
  write(worksheet: Worksheet, number: number, cells: readonly Cell[], { bold = false } = {}): void {
    const row = worksheet.getRow(number)
    cells.forEach((cell, i) => {
      if (cell.value === null || cell.value === '') return
      const written = row.getCell(i + 1)
      written.value = valueOf(cell)
      written.style = this.#of(cell, i, bold)
    })
    row.commit()
  }

  #of({ value, kind }: Cell, column: number, bold: boolean): Style {
    const isNumber = typeof value === 'number' || isTime(kind)
    const indented = kind === 'text' && column > 0
    const key = `${isNumber ? kind : ''} ${indented} ${bold}`
    const made = this.#made.get(key) ?? {
      ...(isNumber && numberFormats[kind] ? { numFmt: numberFormats[kind] } : {}),
      ...aligned(this.#alignment(isNumber, indented, bold)),
      ...(bold ? { font: font({ bold }) } : {}),
    }
    this.#made.set(key, made)
    return made
  }

  /** Figures stand right on every sheet, said only where a program might do otherwise; what is bold is a sentence. */
  #alignment(isNumber: boolean, indented: boolean, bold: boolean): Alignment {
    if (isNumber) return this.#start === 'right' ? { horizontal: 'right' } : {}
    return { ...(indented ? { horizontal: this.#start, indent: 1 } : {}), ...(bold ? readFrom(this.#start) : {}) }
  }
}

const isTime = (kind: Kind) => kind === 'date' || kind === 'moment'

/** Spreadsheets know no zones: a moment is what the wall clock shows. */
function valueOf({ value, kind }: Cell): string | number | Date {
  if (typeof value === 'number') return inCellUnit(value, kind)
  const text = value as string
  return isTime(kind) ? new Date(kind === 'date' ? `${text}T00:00:00Z` : `${text}Z`) : legalText(text)
}

/** Excel counts time in days and percentages from 0 to 1. */
function inCellUnit(value: number, kind: Kind): number {
  if (!Number.isFinite(value)) throw new RangeError(`a cell is ${value}`)
  if (kind === 'seconds') return value / 86_400
  if (kind === 'seconds change') return value / 60
  // Differences of decimals carry noise in the sixteenth digit, which Excel would show in its input line.
  const exact = Math.round(value * 1e9) / 1e9
  return kind === 'percent' ? exact / 100 : exact
}
