// Writes a large workbook and a large CSV file, in a process of its own, and prints what that cost as JSON.
// Arguments: rows, folder.
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { csvChunks, type CsvCell } from '../../src/files/csv.ts'
import type { Cell } from '../../src/files/sheet.ts'
import { workbookChunks } from '../../src/files/workbook.ts'

const [count = '0', folder = '.'] = process.argv.slice(2)
const rows = Number(count)
const figures = Array.from({ length: 10 }, (_, i) => i)

function* cells(): Generator<Cell[]> {
  for (let i = 0; i < rows; i++, made++)
    yield [
      { value: `=Agent ${i} – ${i % 97}`, kind: 'text' },
      { value: '2026-05-04', kind: 'date' },
      { value: (i * 7919) % 1000, kind: 'count' },
      { value: i % 3 === 0 ? null : (i % 200) - 100, kind: 'seconds change', direction: 'lower' },
      { value: i, kind: 'id' },
      ...figures.map((k): Cell => ({ value: ((i * (k + 3)) % 100_003) / 7, kind: 'seconds' })),
    ]
}

function* lines(): Generator<CsvCell[]> {
  yield ['name', 'date', 'count', 'change', 'id', ...figures.map((k) => `figure_${k}_s`)]
  for (const row of cells()) yield row.map(({ value }) => value)
}

const sheet = {
  name: 'Daily',
  title: 'Large',
  note: `${rows} rows`,
  header: ['Name', 'Date', 'Count', 'Δ min', 'Id', ...figures.map((k) => `Figure ${k}`)],
  total: [],
  rows: cells(),
}

// What else the process would be doing: it gets a turn whenever the writers give way.
let made = 0
let madeBefore = 0
let mostAtOnce = 0
let done = false
const other = () => {
  mostAtOnce = Math.max(mostAtOnce, made - madeBefore)
  madeBefore = made
  if (!done) setImmediate(other)
}
const delay = monitorEventLoopDelay({ resolution: 5 })

delay.enable()
setImmediate(other)
const before = process.resourceUsage().maxRSS
await pipeline(
  Readable.from(workbookChunks({ title: 'Large', at: 0, sheets: [sheet] })),
  createWriteStream(join(folder, 'large.xlsx')),
)
await pipeline(Readable.from(csvChunks(lines())), createWriteStream(join(folder, 'large.csv')))
done = true
delay.disable()
const mb = (kilobytes: number) => Math.round(kilobytes / 1024)
const milliseconds = (nanoseconds: number) => Math.round(nanoseconds / 1e6)
console.log(
  JSON.stringify({
    rss: mb(process.resourceUsage().maxRSS),
    rssBefore: mb(before),
    mostAtOnce,
    p99: milliseconds(delay.percentile(99)),
    longest: milliseconds(delay.max),
  }),
)
