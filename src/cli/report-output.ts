import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Refusal } from '../errors.ts'
import type { Document } from '../reports/document.ts'
import type { Flow } from '../files/chunks.ts'
import type { CsvStyle } from '../files/csv.ts'
import { reportWorkbook } from '../reports/tables/report-workbook.ts'
import { tidyCsv } from '../reports/tables/tidy-csv.ts'
import { tableText } from './report-table.ts'

export type Format = 'table' | 'json' | 'csv' | 'xlsx'

/** @throws Refusal (exit 2) for a workbook that would go to a terminal; before anything is read */
export function requireOutput(format: Format, out: string | undefined): void {
  if (format !== 'xlsx' || out !== undefined || !process.stdout.isTTY) return
  throw new Refusal('output', 'A workbook cannot be shown on a terminal. Name a file with --out, or redirect standard output.')
}

/**
 * Writes a report to a file, or to standard output.
 * @throws Refusal (exit 1) when the file cannot be written
 */
export async function outputTo(
  out: string | undefined,
  document: Document,
  { format, csv }: { format: Format; csv: CsvStyle },
): Promise<void> {
  const content = Readable.from(await chunksOf(document, format, csv))
  if (out === undefined) {
    try {
      await pipeline(content, process.stdout, { end: false })
    } catch (error) {
      // Whoever reads has seen enough (`| head`).
      if (codeOf(error) !== 'EPIPE') throw error
    }
    return
  }
  try {
    await pipeline(content, createWriteStream(out))
  } catch (error) {
    if (codeOf(error) === undefined) throw error
    throw new Refusal('output', `${out} cannot be written (${codeOf(error)}).`, { exitCode: 1 })
  }
  process.stderr.write(`Written: ${out}\n`)
}

async function chunksOf({ json, table }: Document, format: Format, csv: CsvStyle): Promise<Flow<string | Buffer>> {
  if (format === 'json') return [`${JSON.stringify(json, null, 2)}\n`]
  const made = await table()
  if (format === 'csv') return tidyCsv(made, csv)
  return format === 'xlsx' ? reportWorkbook(made) : [`${tableText(made)}\n`]
}

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code
