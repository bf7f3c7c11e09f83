// Gate: a large table as a workbook and as CSV costs little memory, and the process goes on serving meanwhile.
import { execFile } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { createInflateRaw } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { programArguments } from '../support/program.ts'
import { scaled } from '../support/seed.ts'

/** What one change can afford; 500,000 for a run at night. */
const ROWS = scaled('TIDEMARK_ROWS', 100_000)
const COLUMNS = 15
const MOST_MEGABYTES = 300

let folder: string
let cost: { rss: number; rssBefore: number; mostAtOnce: number; p99: number; longest: number }
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'large-'))
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...programArguments('test/files/large-child.ts'),
    String(ROWS),
    folder,
  ])
  cost = JSON.parse(stdout) as typeof cost
  const sizes = await Promise.all(['large.xlsx', 'large.csv'].map(async (name) => (await stat(join(folder, name))).size))
  console.info(`${ROWS} rows of ${COLUMNS}: ${JSON.stringify(cost)}, bytes ${sizes.join(' and ')}`)
}, 60_000 + ROWS)
afterAll(() => rm(folder, { recursive: true }))

test(`memory stays below ${MOST_MEGABYTES} MB in all`, () => {
  expect(cost.rss).toBeLessThanOrEqual(MOST_MEGABYTES)
  expect(cost.rss).toBeGreaterThan(cost.rssBefore)
})

test('other work gets its turn after the first thousand rows, and every few thousand cells from then on', () => {
  expect(cost.mostAtOnce).toBeGreaterThan(0)
  expect(cost.mostAtOnce).toBeLessThanOrEqual(1000 + 3000 / COLUMNS)
})

test('no row is lost on the way', async () => {
  let rows = 0
  let last = ''
  for await (const line of createInterface({ input: createReadStream(join(folder, 'large.csv')) })) {
    rows++
    last = line
  }
  expect(rows).toBe(ROWS + 1)
  expect(last).toMatch(new RegExp(`^'=Agent ${ROWS - 1} – \\d+,2026-05-04,\\d+,(-?\\d+)?,${ROWS - 1},`))
  const written = await rowsOfFirstEntry(join(folder, 'large.xlsx'))
  expect(written).toEqual({ rows: ROWS + 3, last: ROWS + 4, texts: ROWS + 2 + COLUMNS, formulas: 0 })
})

/** What stands in the first file of an archive: the only sheet of a workbook. */
async function rowsOfFirstEntry(path: string) {
  const zip = await readFile(path)
  const start = 30 + zip.readUInt16LE(26) + zip.readUInt16LE(28)
  const inflated = Readable.from([zip.subarray(start, start + zip.readUInt32LE(firstOfDirectory(zip) + 20))]).pipe(
    createInflateRaw(),
  )
  const counts = { rows: 0, last: 0, texts: 0, formulas: 0 }
  let rest = ''
  for await (const chunk of inflated.setEncoding('utf8') as AsyncIterable<string>) {
    const xml = rest + chunk
    const whole = xml.lastIndexOf('</row>') + 6
    if (whole < 6) {
      rest = xml
      continue
    }
    for (const [, number] of xml.slice(0, whole).matchAll(/<row r="(\d+)"/g)) {
      counts.rows++
      counts.last = Number(number)
    }
    counts.texts += xml.slice(0, whole).split('t="inlineStr"').length - 1
    counts.formulas += xml.slice(0, whole).split(/<f[ >]/).length - 1
    rest = xml.slice(whole)
  }
  return counts
}

const firstOfDirectory = (zip: Buffer) => zip.readUInt32LE(zip.lastIndexOf(Buffer.from('PK\u0005\u0006', 'latin1')) + 16)
