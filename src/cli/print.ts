/** Writes data to standard output: JSON with `--json`, else the text. Messages for people go to standard error instead. */
export function print(json: boolean | undefined, data: unknown, text: string): void {
  process.stdout.write(`${json ? JSON.stringify(data, null, 2) : text}\n`)
}

/** Lines up columns; the first row is the heading. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** A duration in words of its two largest units: `3 h 20 min`. */
export function inWords(seconds: number): string {
  const units: [number, string][] = [
    [86400, 'd'],
    [3600, 'h'],
    [60, 'min'],
    [1, 's'],
  ]
  const whole = Math.max(0, Math.round(seconds))
  const first = units.findIndex(([size]) => whole >= size)
  if (first < 0) return '0 s'
  const [size, unit] = units[first]!
  const [nextSize, nextUnit] = units[first + 1] ?? [1, '']
  const rest = Math.floor((whole % size) / nextSize)
  return `${Math.floor(whole / size)} ${unit}${nextUnit && rest > 0 ? ` ${rest} ${nextUnit}` : ''}`
}

/**
 * A progress bar on a terminal; elsewhere a line each tenth, so that logs stay short.
 * @param label what is being done
 */
export function progressBar(label: string): (done: number, total: number, note?: string) => void {
  let tenth = -1
  return (done, total, note = '') => {
    const share = total > 0 ? Math.min(1, done / total) : 1
    if (process.stderr.isTTY) {
      const width = 30
      const full = Math.round(share * width)
      process.stderr.write(
        `\r${label} [${'#'.repeat(full)}${' '.repeat(width - full)}] ${Math.floor(share * 100)} % ${note}\x1b[K`,
      )
      if (share === 1) process.stderr.write('\n')
    } else if (Math.floor(share * 10) > tenth) {
      tenth = Math.floor(share * 10)
      process.stderr.write(`${label} ${Math.floor(share * 100)} % ${note}\n`)
    }
  }
}
