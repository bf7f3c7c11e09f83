import { count } from './format.ts'
import type { Palette } from './palette.ts'
import type { Snapshot } from './snapshot.ts'
import { words } from './words.ts'

const WIDTH = 500
const LABELS = 34
const CELL = (WIDTH - LABELS) / 24
const ROW = 19
const TOP = 4

/** An hour of the week with how many conversations began in it. */
export interface BusyHour {
  /** 0 = Sunday. */
  weekday: number
  hour: number
  conversations: number
}

/** The 7 × 24 picture of when conversations began, as SVG. */
export function heatmapSvg(snapshot: Snapshot, palette: Palette): string {
  const most = Math.max(...snapshot.hours.flat(), 1)
  const height = TOP + 7 * ROW + 42
  const rows = snapshot.hours.map((row, i) => {
    const y = TOP + i * ROW
    const name = words.weekdays[(snapshot.firstWeekday + i) % 7]!.slice(0, 3)
    return text(0, y + 13, name, palette.muted) + row.map((value, hour) => cell(hour, y, value, most, palette)).join('')
  })
  const hours = [0, 3, 6, 9, 12, 15, 18, 21].map((hour) =>
    text(LABELS + hour * CELL + CELL / 2, TOP + 7 * ROW + 14, String(hour).padStart(2, '0'), palette.muted, 'middle'),
  )
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="Inter" font-size="11">`,
    `<rect width="${WIDTH}" height="${height}" fill="${palette.card}"/>`,
    ...rows,
    ...hours,
    scale(most, height - 14, palette),
    '</svg>',
  ].join('')
}

function cell(hour: number, y: number, value: number, most: number, palette: Palette): string {
  const shade = value === 0 ? 0 : Math.max(1, Math.ceil((value / most) * 5))
  return `<rect x="${(LABELS + hour * CELL + 1).toFixed(2)}" y="${y}" width="${(CELL - 2).toFixed(2)}" height="${ROW - 2}" rx="3" fill="${palette.scale[shade]}"/>`
}

function scale(most: number, y: number, palette: Palette): string {
  const label = words.busy.axis(count(most))
  // No character of the font is wider than 8 at this size.
  const from = WIDTH - label.length * 8 - 6 * 18
  const steps = palette.scale.map(
    (fill, i) => `<rect x="${from + i * 18}" y="${y}" width="16" height="10" rx="2" fill="${fill}"/>`,
  )
  return [text(from - 8, y + 9, '0', palette.muted, 'end'), ...steps, text(from + 6 * 18 + 6, y + 9, label, palette.muted)].join(
    '',
  )
}

function text(x: number, y: number, content: string, fill: string, anchor = 'start'): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" fill="${fill}">${content}</text>`
}

/** The picture in words, for those who do not see it. */
export function heatmapAlt(snapshot: Snapshot): string {
  const days = snapshot.hours.map((row, i) => {
    const total = row.reduce((sum, value) => sum + value, 0)
    return `${words.weekdays[(snapshot.firstWeekday + i) % 7]!.slice(0, 3)} ${count(total)}`
  })
  return `${words.heatmap} ${days.join(', ')}.`
}

/** The hour in which most conversations began; undefined when none did. The earlier one of equals. */
export function busiestHour(snapshot: Snapshot): BusyHour | undefined {
  const busiest = hoursOf(snapshot).reduce((best, hour) => (hour.conversations > best.conversations ? hour : best))
  return busiest.conversations > 0 ? busiest : undefined
}

/** The hour with the fewest new conversations between 9 and 17 on Monday to Friday. */
export function quietestWorkingHour(snapshot: Snapshot): BusyHour {
  return hoursOf(snapshot)
    .filter(({ weekday, hour }) => weekday >= 1 && weekday <= 5 && hour >= 9 && hour < 17)
    .reduce((least, hour) => (hour.conversations < least.conversations ? hour : least))
}

function hoursOf({ hours, firstWeekday }: Snapshot): BusyHour[] {
  return hours.flatMap((row, i) => row.map((conversations, hour) => ({ weekday: (firstWeekday + i) % 7, hour, conversations })))
}
