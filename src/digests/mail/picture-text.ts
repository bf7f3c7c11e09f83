import type { Words } from './words/words.ts'

export interface TextStyle {
  fill: string
  size?: number
  weight?: number
  anchor?: 'start' | 'middle' | 'end'
}

// The drawing library sets every line from the left, so that a number would come before its right-to-left word.
const RIGHT_TO_LEFT_MARK = '\u200f'

/** A line of text in a picture, as SVG. Texts are the program's own words and figures: nothing is escaped. */
export function textAt(words: Words, x: number, y: number, text: string, style: TextStyle): string {
  const { fill, size = 12.5, weight = 400, anchor = 'middle' } = style
  const at = (value: number) => Math.round(value * 100) / 100
  const mark = words.direction === 'rtl' && /\p{L}/u.test(text) ? RIGHT_TO_LEFT_MARK : ''
  return `<text x="${at(x)}" y="${at(y)}" text-anchor="${anchor}" font-size="${size}" font-weight="${weight}" fill="${fill}">${mark}${text}</text>`
}
