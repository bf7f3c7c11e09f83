import { busyRows, hourValue, isMean } from './busy.ts'
import { daysIn } from './dates.ts'
import { count } from './format.ts'
import type { Palette } from './palette.ts'
import type { Snapshot } from './snapshot.ts'
import { wordsOf } from './words/choose.ts'
import type { Words } from './words/words.ts'

const WIDTH = 500
const LABELS = 34
const CELL = (WIDTH - LABELS) / 24
const ROW = 19
const TOP = 4

/** Whether a picture by weekday and hour says something: of less than a week it would mostly be empty. */
export function hasHeatmap({ period }: Pick<Snapshot, 'period'>): boolean {
  return daysIn(period) >= 7
}

/** The 7 × 24 picture of when conversations began, as SVG. */
export function heatmapSvg(snapshot: Snapshot, palette: Palette): string {
  const words = wordsOf(snapshot.language)
  const values = busyRows(snapshot)
  const most = Math.max(...values.flat().map((value) => value ?? 0))
  const height = TOP + 7 * ROW + 42
  const mirrored = words.direction === 'rtl'
  const rows = values.map((row, i) => {
    const y = TOP + i * ROW
    const name = label(mirrored ? WIDTH : 0, y + 13, rowName(words, snapshot, i), palette.muted, mirrored ? 'end' : 'start')
    return name + row.map((value, hour) => cell(xOf(hour, mirrored), y, value ?? 0, most, palette)).join('')
  })
  const hours = [0, 3, 6, 9, 12, 15, 18, 21].map((hour) =>
    label(xOf(hour, mirrored) + CELL / 2, TOP + 7 * ROW + 14, String(hour).padStart(2, '0'), palette.muted, 'middle'),
  )
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="Inter" font-size="11">`,
    `<rect width="${WIDTH}" height="${height}" fill="${palette.card}"/>`,
    ...rows,
    ...hours,
    scale(words, snapshot, most, height - 14, palette),
    '</svg>',
  ].join('')
}

/** Where the letters of the language cannot be drawn, rows are numbered; `heatmapKey` says which is which. */
function rowName(words: Words, { firstWeekday }: Snapshot, row: number): string {
  return words.pictureLetters ? words.dates.weekdaysShort[(firstWeekday + row) % 7]! : String(row + 1)
}

/** What the numbers of the rows stand for; empty where they have names. */
export function heatmapKey({ language, firstWeekday }: Snapshot): string {
  const words = wordsOf(language)
  if (words.pictureLetters) return ''
  return words.list(words.dates.weekdays.map((_, row) => `${row + 1} ${words.dates.weekdays[(firstWeekday + row) % 7]}`))
}

const xOf = (hour: number, mirrored: boolean) => (mirrored ? WIDTH - LABELS - (hour + 1) * CELL : LABELS + hour * CELL)

function cell(x: number, y: number, value: number, most: number, palette: Palette): string {
  const shade = value === 0 ? 0 : Math.max(1, Math.ceil((value / most) * 5))
  return `<rect x="${(x + 1).toFixed(2)}" y="${y}" width="${(CELL - 2).toFixed(2)}" height="${ROW - 2}" rx="3" fill="${palette.scale[shade]}"/>`
}

/** The shades from nothing to the most, at the end of the line. */
function scale(words: Words, snapshot: Snapshot, most: number, y: number, palette: Palette): string {
  const number = hourValue(words, snapshot, most)
  const axis = isMean(snapshot) ? words.busy.axisMean : words.busy.axis
  const text = words.pictureLetters ? axis(number) : number
  const steps = (from: number, shades: readonly string[]) =>
    shades.map((fill, i) => `<rect x="${from + i * 18}" y="${y}" width="16" height="10" rx="2" fill="${fill}"/>`).join('')
  // No character of the font is wider than 8 at this size.
  const room = text.length * 8
  if (words.direction === 'rtl') {
    const shades = steps(room + 6, palette.scale.toReversed())
    return (
      label(room, y + 9, text, palette.muted, 'end') + shades + label(room + 6 + 6 * 18 + 6, y + 9, '0', palette.muted, 'start')
    )
  }
  const from = WIDTH - room - 6 * 18
  return (
    label(from - 8, y + 9, '0', palette.muted, 'end') +
    steps(from, palette.scale) +
    label(from + 6 * 18 + 6, y + 9, text, palette.muted)
  )
}

function label(x: number, y: number, content: string, fill: string, anchor = 'start'): string {
  return `<text x="${Math.round(x * 100) / 100}" y="${y}" text-anchor="${anchor}" fill="${fill}">${content}</text>`
}

/** The picture in words, for those who do not see it: how many came in on each weekday. */
export function heatmapAlt(snapshot: Snapshot): string {
  const words = wordsOf(snapshot.language)
  const days = snapshot.hours.map((row, i) => {
    const total = row.reduce((sum, value) => sum + value, 0)
    return `${words.dates.weekdaysShort[(snapshot.firstWeekday + i) % 7]}: ${count(words, total)}`
  })
  return `${words.heatmap[isMean(snapshot) ? 'mean' : 'sum']} ${words.list(days)}.`
}
