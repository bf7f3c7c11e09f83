import { count, weekday, dayMonth } from './format.ts'
import type { Palette } from './palette.ts'
import type { Day, Snapshot } from './snapshot.ts'
import { words } from './words.ts'

// Narrower than it is shown, so that its text is still readable on a phone.
const WIDTH = 500
const HEIGHT = 214
const PLOT = { left: 34, right: WIDTH, top: 42, bottom: 172 }

/** The picture of new conversations per day beside the same day of the previous period, as SVG. */
export function trendSvg(snapshot: Snapshot, palette: Palette): string {
  const { current, previous } = snapshot.daily
  const days = Math.max(current.length, previous.length)
  const top = niceCeiling(Math.max(...current.map(conversations), ...previous.map(conversations), 1))
  const slot = (PLOT.right - PLOT.left) / days
  const columns = Array.from({ length: days }, (_, i) =>
    column(PLOT.left + slot * i, slot, [current[i], previous[i]], top, palette),
  ).join('')
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="Inter" font-size="12.5">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="${palette.card}"/>`,
    legend(palette, snapshot.comparison !== 'none'),
    gridlines(top, palette),
    columns,
    '</svg>',
  ].join('')
}

const conversations = (day: Day) => day.figures.conversations_count.value ?? 0

/** A round number not below `value`, and even, so that half of it is a whole number too. */
function niceCeiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  const step = [1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10].find((candidate) => candidate * power >= value) as number
  return Math.max(2 * Math.ceil((step * power) / 2), 2)
}

function legend(palette: Palette, compared: boolean): string {
  const entry = (x: number, fill: string, text: string) =>
    `<rect x="${x}" y="8" width="10" height="10" rx="2" fill="${fill}"/><text x="${x + 16}" y="17" fill="${palette.muted}">${text}</text>`
  return (
    entry(PLOT.left, palette.accent, capital(words.thisPeriod)) +
    (compared ? entry(PLOT.left + 96, palette.faded, capital(words.previousPeriod)) : '')
  )
}

function gridlines(top: number, palette: Palette): string {
  return [0, top / 2, top]
    .map((value) => {
      const y = yOf(value, top)
      return (
        `<line x1="${PLOT.left}" x2="${PLOT.right}" y1="${y}" y2="${y}" stroke="${palette.line}" stroke-width="1"/>` +
        `<text x="${PLOT.left - 8}" y="${y + 4}" text-anchor="end" font-size="11" fill="${palette.muted}">${count(value)}</text>`
      )
    })
    .join('')
}

const yOf = (value: number, top: number) => PLOT.bottom - ((PLOT.bottom - PLOT.top) * value) / top

/** Two bars over the name of their day: the previous period's behind on the left, this period's with its number. */
function column(
  x: number,
  slot: number,
  [day, before]: [Day | undefined, Day | undefined],
  top: number,
  palette: Palette,
): string {
  const width = Math.min(24, slot * 0.3)
  const middle = x + slot / 2
  const bar = (left: number, value: number, fill: string) => {
    const y = yOf(value, top)
    return value === 0 ? '' : `<path d="${roundedTop(left, y, width, PLOT.bottom - y)}" fill="${fill}"/>`
  }
  const value = day ? conversations(day) : 0
  const label = (y: number, size: number, fill: string, text: string, weight = 400) =>
    `<text x="${middle}" y="${y}" text-anchor="middle" font-size="${size}" font-weight="${weight}" fill="${fill}">${text}</text>`
  return [
    before ? bar(middle - width - 1.5, conversations(before), palette.faded) : '',
    bar(middle + 1.5, value, palette.accent),
    day
      ? `<text x="${middle + 1.5 + width / 2}" y="${yOf(value, top) - 6}" text-anchor="middle" font-size="12" font-weight="600" fill="${palette.ink}">${count(value)}</text>`
      : '',
    day
      ? label(PLOT.bottom + 18, 12, palette.ink, weekday(day.date), 600) +
        label(PLOT.bottom + 34, 11, palette.muted, dayMonth(day.date))
      : '',
  ].join('')
}

function roundedTop(x: number, y: number, width: number, height: number): string {
  const r = Math.min(3, height)
  return `M${x} ${y + height}V${y + r}Q${x} ${y} ${x + r} ${y}H${x + width - r}Q${x + width} ${y} ${x + width} ${y + r}V${y + height}Z`
}

/** The picture in words, for those who do not see it. */
export function trendAlt(snapshot: Snapshot): string {
  const days = (list: Day[]) => list.map((day) => `${weekday(day.date)} ${count(conversations(day))}`).join(', ')
  const before = snapshot.comparison === 'none' ? '' : ` ${capital(words.previousPeriod)}: ${days(snapshot.daily.previous)}.`
  return `${words.trend} ${capital(words.thisPeriod)}: ${days(snapshot.daily.current)}.${before}`
}

const capital = (text: string) => text[0]!.toUpperCase() + text.slice(1)
