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

/** Says something to people beside a progress bar: on a terminal the bar makes room, and comes again with its next step. */
export function remark(text: string): void {
  process.stderr.write(`${process.stderr.isTTY ? '\r\x1b[K' : ''}${text}\n`)
}

/**
 * A progress bar on a terminal; elsewhere a line each tenth, so that logs stay short.
 * @param label what is being done
 * @param asLines lines on a terminal, too: several get on at once there
 */
export function progressBar(label: string, asLines = false): (done: number, total: number, note?: string) => void {
  let [tenth, isFull] = [-1, false]
  return (done, total, note = '') => {
    const share = total > 0 ? Math.min(1, done / total) : 1
    if (process.stderr.isTTY && !asLines) {
      // Its line has ended: what goes on beside it moves no bar.
      if (isFull && share === 1) return
      const width = 30
      const full = Math.round(share * width)
      process.stderr.write(
        `\r${label} [${'#'.repeat(full)}${' '.repeat(width - full)}] ${Math.floor(share * 100)} % ${note}\x1b[K`,
      )
      isFull = share === 1
      if (isFull) process.stderr.write('\n')
    } else if (Math.floor(share * 10) > tenth) {
      tenth = Math.floor(share * 10)
      process.stderr.write(`${label} ${Math.floor(share * 100)} % ${note}\n`)
    }
  }
}
