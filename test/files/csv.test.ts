// Gate: whatever rows hold, what a reader of RFC 4180 makes of the file is what was written, guarded.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { collected } from '../../src/files/chunks.ts'
import { csvChunks, delimiters, guarded, type CsvCell, type Delimiter } from '../../src/files/csv.ts'
import { formulas, markup } from '../digests/corpus.ts'
import { parseCsv } from '../support/csv.ts'
import { seed } from '../support/seed.ts'

const ROWS = 10_000

const textOf = async (rows: CsvCell[][], delimiter?: Delimiter) => (await collected(csvChunks(rows, { delimiter }))).toString()
/** A lone surrogate cannot be written as UTF-8. */
const asWritten = (cell: CsvCell) =>
  typeof cell === 'string' ? Buffer.from(guarded(cell)).toString() : cell === null ? '' : String(cell)

const cell = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
  { weight: 2, arbitrary: fc.string({ unit: fc.constantFrom(',', ';', '\t', '"', "'", '\r', '\n', '\r\n', ' ', '=', '-', '\ufeff', '\0', '|', 'a'), maxLength: 8 }) },
  { weight: 1, arbitrary: fc.constantFrom(...formulas, ...markup, '日本語', 'مرحبا', '👩‍👩‍👧', 'e\u0301', '\u2028', '\u0085') },
  { weight: 2, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
  { weight: 1, arbitrary: fc.integer() },
  { weight: 1, arbitrary: fc.constant(null) },
) // prettier-ignore

describe.each(Object.entries(delimiters))('%s', (name, sign) => {
  test(`${ROWS} random rows are read back as they were written`, async () => {
    const rows: CsvCell[][] = fc.sample(fc.tuple(cell, cell, cell, cell), { numRuns: ROWS, seed: seed + sign.charCodeAt(0) })
    const text = await textOf(rows, name as Delimiter)
    expect(text.startsWith('\ufeff')).toBe(true)
    const read = parseCsv(text.slice(1), sign)
    const wrong = rows.findIndex((row, i) => row.some((each, j) => read[i]?.[j] !== asWritten(each)))
    expect([wrong, rows[wrong], read[wrong]]).toEqual([-1, undefined, undefined])
    expect(read).toHaveLength(rows.length)
    // Numbers stay the same numbers, whatever their sign.
    const numbers = rows.flatMap((row, i) => row.flatMap((each, j) => (typeof each === 'number' ? [[each, Number(read[i]![j])]] : [])))
    expect(numbers.filter(([given, got]) => given !== got && !(given === 0 && got === 0))).toEqual([])
    expect(numbers.some(([given]) => given! < 0)).toBe(true)
  }) // prettier-ignore
})

test('lines end in CRLF, also the last; a line end within a cell is quoted; quotes are doubled', async () => {
  expect(await textOf([['a', 'b'], ['x\ny', 'say "hi"'], [null, 1.5], ['', -3]])).toBe(
    '\ufeffa,b\r\n"x\ny","say ""hi"""\r\n,1.5\r\n,-3\r\n',
  ) // prettier-ignore
})

test('without a byte order mark where it is unwanted; nothing at all is an empty file', async () => {
  expect((await collected(csvChunks([['ä']], { bom: false }))).toString('hex')).toBe('c3a40d0a')
  expect(await collected(csvChunks([], { bom: false }))).toHaveLength(0)
})

test('a number that is none is refused instead of written', async () => {
  for (const value of [NaN, Infinity, -Infinity]) await expect(textOf([[1, value]])).rejects.toThrow(RangeError)
})

test('rows are taken as they are read, and no longer when the reader stops', async () => {
  let taken = 0
  let closed = false
  function* rows() {
    try {
      for (; taken < 1_000_000; taken++) yield [taken, 'x']
    } finally {
      closed = true
    }
  }
  const chunks = csvChunks(rows())
  for (let i = 0; i < 4; i++) await chunks.next()
  const early = taken
  await chunks.return(undefined)
  expect(early).toBeLessThan(10_000)
  expect([taken, closed]).toEqual([early, true])
})

test('a failure of the source reaches the reader', async () => {
  function* rows() {
    yield ['a']
    throw new Error('the cursor is gone')
  }
  await expect(textOf(rows() as unknown as CsvCell[][])).rejects.toThrow('the cursor is gone')
})
