/** How much of a name a mail shows; the workbook has all of it. */
const LONGEST = 48

/**
 * A name as it may stand in a line of mail: control characters, line ends and the invisible characters that turn the
 * direction of text become spaces, so that a name can neither break a line nor reorder the figures beside it.
 */
export function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}

/** A name on one line, cut with an ellipsis where it is longer than `longest` characters. */
export function clip(text: string, longest = LONGEST): string {
  const characters = [...segments(oneLine(text))]
  return characters.length <= longest
    ? characters.join('')
    : `${characters
        .slice(0, longest - 1)
        .join('')
        .trimEnd()}…`
}

const RIGHT_TO_LEFT =
  /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}\p{Script=Samaritan}\p{Script=Mandaic}]/u
const [ISOLATE, END_ISOLATE] = ['\u2068', '\u2069']

/**
 * A name as it may stand in a sentence of that direction: a name of the other direction is isolated, so that the figures
 * beside it keep their places. In text of the right-to-left kind every name is, also a number.
 */
export function isolated(name: string, direction: 'ltr' | 'rtl'): string {
  return direction === 'rtl' || RIGHT_TO_LEFT.test(name) ? ISOLATE + name + END_ISOLATE : name
}

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })

function* segments(text: string): Generator<string> {
  // Longer than any mail shows: segmenting all of it would only cost time.
  for (const { segment } of segmenter.segment(text.slice(0, 4096))) yield segment
}

/** How many columns of a fixed-width font a text takes: Chinese, Japanese, Korean characters and pictographs take two. */
export function width(text: string): number {
  let columns = 0
  for (const segment of segments(text)) {
    columns += /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Extended_Pictographic}]/u.test(segment)
      ? 2
      : 1
  }
  return columns
}

/** `text` padded with spaces to `columns`; at the right for a negative number. */
export function pad(text: string, columns: number): string {
  const spaces = ' '.repeat(Math.max(0, Math.abs(columns) - width(text)))
  return columns < 0 ? spaces + text : text + spaces
}

/** A name for files: lower-case ASCII letters, digits and hyphens; `fallback` when nothing is left of it. */
export function slug(text: string, fallback: string): string {
  const ascii = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-+|-+$/g, '')
  return ascii || fallback
}
