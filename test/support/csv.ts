/** A strict reader of RFC 4180: throws on a bare quote, a bare CR or LF, or rows of unequal length. */
export function parseCsv(text: string, delimiter = ','): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  for (let i = 0; i < text.length;) {
    let cell = ''
    if (text[i] === '"') {
      for (i++; text[i] !== '"' || text[i + 1] === '"'; i++) {
        if (i >= text.length) throw new Error('a quote is never closed')
        if (text[i] === '"') i++
        cell += text[i]
      }
      i++
    } else {
      const end = endOfPlain(text, i, delimiter)
      if (text[end] === '"') throw new Error('a bare quote')
      cell = text.slice(i, end)
      i = end
    }
    row.push(cell)
    if (text.startsWith('\r\n', i)) {
      rows.push(row)
      row = []
      i += 2
    } else if (text[i++] !== delimiter) throw new Error(`a bare line end at ${i}`)
  }
  if (rows.some((each) => each.length !== rows[0]?.length)) throw new Error('rows of unequal length')
  return rows
}

function endOfPlain(text: string, from: number, delimiter: string): number {
  let end = from
  while (end < text.length && text[end] !== delimiter && !'\r\n"'.includes(text[end]!)) end++
  return end
}
