/** What a cell may hold, in UTF-16 units, as spreadsheet programs count. */
const LONGEST_TEXT = 32_767
const LONGEST_SHEET_NAME = 31
/** Room for the note on what is missing. */
const ROOM = 40

/** What XML has no way to write. */
const unwritable = /[^\t\n\u0020-\u007e\u0080-\ufffd\u{10000}-\u{10ffff}]|[\ud800-\udfff]/gu

/**
 * Text as a cell of a workbook can hold it. What XML cannot express becomes U+FFFD, line ends become \n, and text too long
 * is cut with a note of how much of it is shown: `… [32727/40000]`.
 */
export function legalText(text: string): string {
  const whole = text.replace(/\r\n?/g, '\n').replace(unwritable, '\ufffd')
  const shown = whole.length <= LONGEST_TEXT ? whole : cut(whole)
  // Spreadsheet programs read _x000D_ as the character of that number.
  return shown.replace(/_(?=x[\dA-Fa-f]{4}_)/g, '_x005F_')
}

function cut(text: string): string {
  // Never through a pair of surrogates.
  const start = text.slice(0, LONGEST_TEXT - ROOM).replace(/[\ud800-\udbff]$/, '')
  return `${start}… [${start.length}/${text.length}]`
}

/**
 * Gives sheets names that a workbook takes: at most 31 characters, none of []:*?/\ or an apostrophe, none twice in any
 * case, never empty. A sheet that continues another is numbered: `Daily (2)`.
 */
export function sheetNamer(): (wanted: string, number?: number) => string {
  const taken = new Set<string>(['history'])
  return (wanted, number = 1) => {
    const base =
      wanted
        .replace(/[[\]:*?/\\'\p{Cc}\p{Cs}\ufffe\uffff]+/gu, ' ')
        .replace(/\s+/g, ' ')
        .trim() || 'Sheet'
    for (let n = number; ; n++) {
      const suffix = n === 1 ? '' : ` (${n})`
      const name = clipped(base, LONGEST_SHEET_NAME - suffix.length) + suffix
      if (taken.has(name.toLowerCase())) continue
      taken.add(name.toLowerCase())
      return name
    }
  }
}

const clipped = (text: string, length: number) =>
  text
    .slice(0, length)
    .replace(/[\ud800-\udbff]$/, '')
    .trimEnd()
