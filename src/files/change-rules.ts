import type { Cell, Sheet } from './sheet.ts'
import type { Rule, Worksheet } from './workbook-xml.ts'

type Direction = NonNullable<Cell['direction']>

/** Cells of a column, one below the other, whose changes are judged alike. */
interface Run {
  column: number
  direction: Direction
  first: number
  last: number
}

const better = { color: { argb: 'FF0A6B45' } }
const worse = { color: { argb: 'FFB3261E' } }

/** Collects what the rows of a sheet need in conditional formats, which stand in the file behind the rows. */
export class ChangeRules {
  readonly #finished: Run[] = []
  readonly #open: (Run | undefined)[] = []

  /** Runs of rows whose changes are judged alike share rules; on a summary every row is a metric of its own. */
  add(number: number, row: readonly Cell[]): void {
    row.forEach(({ direction }, column) => {
      const open = this.#open[column]
      if (open && open.direction === direction) {
        open.last = number
        return
      }
      if (open) this.#finished.push(open)
      this.#open[column] = direction && { column, direction, first: number, last: number }
    })
  }

  /** Colours changes by whether they are good, with arrows so that colour is not alone, and shades the most. */
  write(worksheet: Worksheet, { shaded }: Sheet, first: number, last: number): void {
    let priority = 0
    const add = (ref: string, rules: Rule[]) =>
      worksheet.addConditionalFormatting({ ref, rules: rules.map((rule) => ({ ...rule, priority: ++priority })) })
    if (shaded) add(area(first, shaded[0], last, shaded[1]), [shades])
    for (const { column, direction, first, last } of [...this.#finished, ...this.#open.filter((run) => run !== undefined)])
      add(area(first, column, last, column), rulesOf(direction))
  }
}

const shades: Rule = {
  type: 'colorScale',
  priority: 0,
  cfvo: [{ type: 'min' }, { type: 'max' }],
  color: [{ argb: 'FFFFFFFF' }, { argb: 'FF66A7AE' }],
}

const arrows: Rule = {
  type: 'iconSet',
  priority: 0,
  iconSet: '3ArrowsGray',
  // Thresholds are "at least": below 0 down, 0 level, above it up.
  cfvo: [
    { type: 'percent', value: 0 },
    { type: 'num', value: 0 },
    { type: 'num', value: 1e-6 },
  ],
}

function rulesOf(direction: Direction): Rule[] {
  const colour = (operator: 'greaterThan' | 'lessThan', font: typeof better): Rule => ({
    type: 'cellIs',
    priority: 0,
    operator,
    formulae: [0],
    style: { font },
  })
  const [rise, fall] = direction === 'higher' ? [better, worse] : [worse, better]
  return direction === 'neither' ? [arrows] : [colour('greaterThan', rise), colour('lessThan', fall), arrows]
}

const area = (first: number, left: number, last: number, right: number) => `${address(first, left)}:${address(last, right)}`

/** The address of a cell by its row, from 1, and its column, from 0. */
export function address(row: number, column: number): string {
  let letters = ''
  for (let rest = column; rest >= 0; rest = Math.floor(rest / 26) - 1) letters = String.fromCharCode(65 + (rest % 26)) + letters
  return `${letters}${row}`
}
