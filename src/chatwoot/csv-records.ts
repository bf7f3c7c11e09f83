/** A field with what ends it: a comma, the end of a line, or the end of the text. */
const field = /(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r?\n|$)/y

/**
 * The records of a CSV text (RFC 4180, lines ending in `\n` or `\r\n`); an empty line is a record of one empty field.
 * What is no CSV from some place on is one last field.
 */
export function csvRecords(text: string): string[][] {
  const records: string[][] = []
  let record: string[] = []
  let at = 0
  while (at < text.length) {
    field.lastIndex = at
    const match = field.exec(text)
    if (!match) return [...records, [...record, text.slice(at)]]
    at = field.lastIndex
    record.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '')
    const isLast = match[3] === ',' && at === text.length
    if (isLast) record.push('')
    if (match[3] === ',' && !isLast) continue
    records.push(record)
    record = []
  }
  return records
}

/** Records as text again, each line ending in `\n`. */
export function csvText(records: readonly (readonly string[])[]): string {
  const quoted = (cell: string) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)
  return records.map((record) => `${record.map(quoted).join(',')}\n`).join('')
}
