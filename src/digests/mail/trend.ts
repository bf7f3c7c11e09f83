import { dayMonth, weekday } from './dates.ts'
import { count } from './format.ts'
import type { Palette } from './palette.ts'
import { piecesOf, type Piece, type Pieces } from '../snapshot/pieces.ts'
import { textAt } from './picture-text.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { wordsOf } from './words/choose.ts'
import type { Words } from './words/words.ts'

// Narrower than it is shown, so that its text is still readable on a phone.
const WIDTH = 500
const HEIGHT = 190
const PLOT = { end: WIDTH, top: 20, bottom: 150 }
/** Room for the number on top of a bar. */
const ROOMY = 44

/** What all parts of a picture need: where things lie from right to left, everything is mirrored. */
interface Drawing {
  words: Words
  palette: Palette
  pieces: Pieces
  top: number
  /** Where the bars begin: beside the numbers of the axis. */
  start: number
  /** Width of one piece. */
  slot: number
}

/** The picture of new conversations piece by piece beside the period that is compared with, as SVG. */
export function trendSvg(snapshot: Snapshot, palette: Palette): string {
  const words = wordsOf(snapshot.language)
  const pieces = piecesOf(snapshot)
  const { current, previous } = pieces
  const most = Math.max(...[...current, ...previous].map(({ conversations }) => conversations), 1)
  const length = Math.max(current.length, previous.length)
  const top = niceCeiling(most)
  // No digit of the font is wider than 8 at this size.
  const start = 10 + 8 * Math.max(3, count(words, top).length)
  const drawing: Drawing = { words, palette, pieces, top, start, slot: (PLOT.end - start) / length }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="Inter" font-size="12.5">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="${palette.card}"/>`,
    gridlines(drawing),
    ...Array.from({ length }, (_, i) => column(drawing, i)),
    '</svg>',
  ].join('')
}

/** A round number not below `value`, and even, so that half of it is a whole number too. */
function niceCeiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  const step = [1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10].find((candidate) => candidate * power >= value) as number
  return Math.max(2 * Math.ceil((step * power) / 2), 2)
}

const mirrored = ({ words }: Drawing) => words.direction === 'rtl'
/** Where something that begins at `x` and is `width` wide lies. */
const placed = (drawing: Drawing, x: number, width = 0) => round(mirrored(drawing) ? WIDTH - x - width : x)
const round = (value: number) => Math.round(value * 100) / 100

function gridlines(drawing: Drawing): string {
  const { palette, top, words } = drawing
  const line = PLOT.end - drawing.start
  const from = placed(drawing, drawing.start, line)
  return [0, top / 2, top]
    .map((value) => {
      const y = yOf(value, top)
      return (
        `<line x1="${from}" x2="${from + line}" y1="${y}" y2="${y}" stroke="${palette.line}" stroke-width="1"/>` +
        textAt(words, placed(drawing, drawing.start - 8), y + 4, count(words, value), {
          anchor: mirrored(drawing) ? 'start' : 'end',
          size: 12.5,
          fill: palette.muted,
        })
      )
    })
    .join('')
}

const yOf = (value: number, top: number) => round(PLOT.bottom - ((PLOT.bottom - PLOT.top) * value) / top)

/** Two bars over the name of their piece: the previous period's first, then this period's. */
function column(drawing: Drawing, i: number): string {
  const { pieces, palette, slot, top, words } = drawing
  const [piece, before] = [pieces.current[i], pieces.previous[i]]
  const width = Math.min(24, slot * 0.36)
  const gap = Math.min(1.5, slot * 0.06)
  const middle = drawing.start + slot * (i + 0.5)
  // Without a period to compare with, the bar stands in the middle.
  const start = pieces.previous.length > 0 ? middle + gap : middle - width / 2
  const bar = (x: number, { conversations }: Piece, fill: string) => {
    const y = yOf(conversations, top)
    return conversations === 0
      ? ''
      : `<path d="${roundedTop(placed(drawing, x, width), y, width, PLOT.bottom - y)}" fill="${fill}"/>`
  }
  const isNumbered = piece && (slot >= ROOMY || piece === highest(pieces.current))
  const number = (shown: Piece) =>
    textAt(words, placed(drawing, start + width / 2), yOf(shown.conversations, top) - 6, count(words, shown.conversations), {
      weight: 600,
      size: 13.5,
      fill: palette.ink,
    })
  return [
    before ? bar(middle - width - gap, before, palette.faded) : '',
    piece ? bar(start, piece, palette.accent) : '',
    isNumbered ? number(piece) : '',
    piece ? names(drawing, piece, i, placed(drawing, middle)) : '',
  ].join('')
}

function highest(pieces: Piece[]): Piece | undefined {
  const most = pieces.reduce<Piece | undefined>(
    (best, piece) => (piece.conversations > (best?.conversations ?? 0) ? piece : best),
    undefined,
  )
  return most
}

/** The name of a piece under its bars; of many pieces only every other, third, … has room for one. */
function names(drawing: Drawing, { date, hour }: Piece, i: number, x: number): string {
  const { pieces, palette, slot, words } = drawing
  const small = { size: 12.5, fill: palette.muted }
  if (pieces.by === 'hour') return hour! % 3 === 0 ? textAt(words, x, PLOT.bottom + 18, String(hour).padStart(2, '0'), small) : ''
  const short = dayMonth(words, date)
  if (pieces.by === 'day' && slot < ROOMY) {
    const every = Math.ceil(19 / slot)
    return i % every === 0 ? textAt(words, x, PLOT.bottom + 18, String(Number(date.slice(8))), small) : ''
  }
  if (slot < ROOMY) return i % Math.ceil(54 / slot) === 0 ? textAt(words, x, PLOT.bottom + 18, short, small) : ''
  if (pieces.by === 'week') return textAt(words, x, PLOT.bottom + 18, short, small)
  const name = textAt(words, x, PLOT.bottom + 18, weekday(words, date), { size: 13.5, fill: palette.ink, weight: 600 })
  return name + textAt(words, x, PLOT.bottom + 34, short, small)
}

function roundedTop(x: number, y: number, width: number, height: number): string {
  const r = round(Math.min(3, height, width / 2))
  const [right, bottom] = [round(x + width), round(y + height)]
  return `M${x} ${bottom}V${y + r}Q${x} ${y} ${x + r} ${y}H${round(right - r)}Q${right} ${y} ${right} ${y + r}V${bottom}Z`
}
