import { busyRows, hourValue, isMean } from './busy.ts'
import { daysIn } from './dates.ts'
import type { Palette } from './palette.ts'
import { textAt } from './picture-text.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { wordsOf } from './words/choose.ts'
import type { Words } from './words/words.ts'

const WIDTH = 500
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
  const grid = gridOf(words)
  const rows = values.map((row, i) => {
    const y = TOP + i * ROW
    const name = textAt(words, mirrored ? WIDTH : 0, y + 13, words.dates.weekdaysShort[(snapshot.firstWeekday + i) % 7]!, {
      fill: palette.muted,
      anchor: mirrored ? 'end' : 'start',
    })
    return name + row.map((value, hour) => cell(grid, hour, y, shadeOf(value ?? 0, most, palette))).join('')
  })
  const hours = [0, 3, 6, 9, 12, 15, 18, 21].map((hour) =>
    textAt(words, grid.xOf(hour) + grid.width / 2, TOP + 7 * ROW + 14, String(hour).padStart(2, '0'), { fill: palette.muted }),
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

/** Where the cells lie: beside names of three letters, or whole ones where a language does not shorten them. */
function gridOf({ dates, direction }: Words): Grid {
  const names = Math.max(...dates.weekdaysShort.map((name) => name.length)) > 3 ? 54 : 36
  const width = (WIDTH - names) / 24
  return { width, xOf: (hour) => (direction === 'rtl' ? WIDTH - names - (hour + 1) * width : names + hour * width) }
}

interface Grid {
  /** Of a cell. */
  width: number
  xOf: (hour: number) => number
}

function cell({ xOf, width }: Grid, hour: number, y: number, fill: string): string {
  return `<rect x="${(xOf(hour) + 1).toFixed(2)}" y="${y}" width="${(width - 2).toFixed(2)}" height="${ROW - 2}" rx="3" fill="${fill}"/>`
}

function shadeOf(value: number, most: number, { scale }: Palette): string {
  return scale[value === 0 ? 0 : Math.max(1, Math.ceil((value / most) * 5))] as string
}

/** The shades from nothing to the most, at the end of the line. */
function scale(words: Words, snapshot: Snapshot, most: number, y: number, palette: Palette): string {
  const number = hourValue(words, snapshot, most)
  const axis = isMean(snapshot) ? words.busy.axisMean : words.busy.axis
  const text = axis(number)
  const steps = (from: number, shades: readonly string[]) =>
    shades.map((fill, i) => `<rect x="${from + i * 18}" y="${y}" width="16" height="10" rx="2" fill="${fill}"/>`).join('')
  // No character of the fonts is wider at this size.
  const room = text.length * (words.direction === 'rtl' ? 6.5 : 8.5)
  if (words.direction === 'rtl') {
    const shades = steps(room + 6, palette.scale.toReversed())
    return (
      textAt(words, room, y + 9, text, { fill: palette.muted, anchor: 'end' }) +
      shades +
      textAt(words, room + 6 + 6 * 18 + 6, y + 9, '0', { fill: palette.muted, anchor: 'start' })
    )
  }
  const from = WIDTH - room - 6 * 18
  return (
    textAt(words, from - 8, y + 9, '0', { fill: palette.muted, anchor: 'end' }) +
    steps(from, palette.scale) +
    textAt(words, from + 6 * 18 + 6, y + 9, text, { fill: palette.muted, anchor: 'start' })
  )
}

/** The picture in words, for those who do not see it: how many came in on each weekday. */
export function heatmapAlt(snapshot: Snapshot): string {
  const words = wordsOf(snapshot.language)
  const days = busyRows(snapshot).map((row, i) => {
    const total = row.reduce<number>((sum, value) => sum + (value ?? 0), 0)
    return `${words.dates.weekdaysShort[(snapshot.firstWeekday + i) % 7]}: ${hourValue(words, snapshot, total)}`
  })
  return `${words.heatmap[isMean(snapshot) ? 'mean' : 'sum']} ${words.list(days)}.`
}
