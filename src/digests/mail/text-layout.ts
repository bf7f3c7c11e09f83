import { pad } from './names.ts'

/** A cell of a row of plain text: what it says, how many columns it takes (negative: at the right), what it is about. */
export type TextCell = [text: string, columns: number, label?: string]

/**
 * Lays a row out in columns; in right-to-left text, where columns of a fixed width cannot be relied on, as a list in which
 * each figure is preceded by what it is.
 */
export function textRow(direction: 'ltr' | 'rtl'): (cells: TextCell[]) => string {
  if (direction === 'ltr') return (cells) => cells.map(([text, columns]) => pad(text, columns)).join('')
  return (cells) =>
    cells
      .filter(([text]) => text !== '')
      .map(([text, , label]) => (label ? `${label} ${text.trim()}` : text.trim()))
      .join(' · ')
}

/** A line that begins with a name in Latin letters would otherwise be set from the left. */
const RIGHT_TO_LEFT_MARK = '\u200f'

/** Without spaces at the end of lines and without more than one empty line; no-break spaces mean nothing in plain text. */
export function tidyText(content: string, direction: 'ltr' | 'rtl'): string {
  const tidy = content
    .replaceAll('\u00a0', ' ')
    .replace(/[ \t]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
  return direction === 'ltr' ? tidy : tidy.replace(/^(?=.)/gm, RIGHT_TO_LEFT_MARK)
}
