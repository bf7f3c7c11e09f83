import { countStates, type Ledger } from '../rollups/freshness/ledger.ts'
import { dayMark, legend, letters } from './grid-letters.ts'

const DAY_MS = 86_400_000
const MONTH_WIDTH = '2026-03'.length

/**
 * A line per account and a letter per day, below its date: accounts may have begun different days, and a day that does not exist
 * leaves a gap.
 */
export function accountsGridText(ledgers: readonly Ledger[]): string {
  const starts = ledgers.flatMap(({ days }) => days.map(({ date }) => Date.parse(date)))
  const first = starts.reduce((least, start) => Math.min(least, start), Infinity)
  const length = starts.reduce((most, start) => Math.max(most, (start - first) / DAY_MS + 1), 0)
  const ids = Math.max(0, ...ledgers.map(({ accountId }) => String(accountId).length))
  const heads = ledgers.map(({ accountId, zone }) => `${String(accountId).padStart(ids)}  ${zone}`)
  const width = Math.max(0, ...heads.map((head) => head.length))
  const rows = ledgers.map(({ days }, i) => {
    const line = Array.from({ length }, () => ' ')
    for (const { date, state } of days) line[(Date.parse(date) - first) / DAY_MS] = letters[state]
    return `${heads[i]!.padEnd(width)}  ${line.join('')}`.trimEnd()
  })
  const dates = Array.from({ length }, (_, i) => new Date(first + i * DAY_MS))
  const ruler = [monthRuler(dates), dates.map((date) => dayMark(date.getUTCDate())).join('')]
  return [...ruler.map((line) => `${' '.repeat(width)}  ${line}`.trimEnd()), ...rows, '', legendOf(ledgers)].join('\n')
}

/** Each month above its first day that is shown, where there is room for it. */
function monthRuler(dates: readonly Date[]): string {
  const line: string[] = []
  const begins = [...dates.keys()].filter((i) => i === 0 || dates[i]!.getUTCDate() === 1)
  for (const [n, column] of begins.entries()) {
    if ((begins[n + 1] ?? Infinity) - column <= MONTH_WIDTH) continue
    line.push(' '.repeat(column - line.join('').length), dates[column]!.toISOString().slice(0, MONTH_WIDTH))
  }
  return line.join('')
}

const legendOf = (ledgers: readonly Ledger[]) => legend('days', countStates(ledgers.flatMap(({ days }) => days)))
