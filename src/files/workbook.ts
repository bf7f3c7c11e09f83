import type { Start } from './cell-styles.ts'
import { collected } from './chunks.ts'
import { sheetNamer } from './legal.ts'
import { RowQueue } from './row-queue.ts'
import type { Sheet, TextSheet } from './sheet.ts'
import { MOST_ROWS, tableLayout, tableXml } from './table-sheet.ts'
import { textLayout, writeText } from './text-sheet.ts'
import type { WorkbookXml } from './workbook-xml.ts'
import { zipChunks, type ZipEntry } from './zip.ts'

/** What a workbook is made from. */
export interface WorkbookContent {
  title: string
  /** The moment that it speaks of, in Unix seconds: no clock takes part, so that the same content gives the same bytes. */
  at: number
  sheets: readonly Sheet[]
  /** Behind the tables. */
  texts?: readonly TextSheet[]
  /** In a language that is written from right to left. */
  rightToLeft?: boolean
}

/**
 * An XLSX workbook, chunk by chunk: rows are taken from their source as whoever reads takes the chunks, and the event loop
 * goes on in between. The same content gives the same bytes: no clock and no random number takes part.
 * Text stays text, whatever it looks like, and there is no formula in the file.
 * @param mostRows what one sheet holds; a test may want less
 * @throws RangeError for a number that is none
 */
export function workbookChunks(content: WorkbookContent, mostRows = MOST_ROWS): AsyncGenerator<Buffer> {
  return zipChunks(entriesOf(content, mostRows))
}

/** A small workbook as a whole. */
export function workbookFile(content: WorkbookContent): Promise<Buffer> {
  return collected(workbookChunks(content))
}

async function* entriesOf(content: WorkbookContent, mostRows: number): AsyncGenerator<ZipEntry> {
  const { title, at, sheets, texts = [], rightToLeft = false } = content
  const start: Start = rightToLeft ? 'right' : 'left'
  // Only now: exceljs takes a process a third of a second to load, and most never make a workbook.
  const book = new (await import('./workbook-xml.ts')).WorkbookXml(title, at)
  const nameOf = sheetNamer()
  for (const sheet of sheets) yield* tableEntries(book, sheet, { start, mostRows, nameOf })
  for (const sheet of texts) {
    const worksheet = book.addWorksheet(nameOf(sheet.name), textLayout(start))
    writeText(worksheet, sheet, start)
    yield { name: pathOf(worksheet.id), content: [book.taken(worksheet)] }
  }
  yield* await book.rest()
}

async function* tableEntries(
  book: WorkbookXml,
  sheet: Sheet,
  { start, mostRows, nameOf }: { start: Start; mostRows: number; nameOf: ReturnType<typeof sheetNamer> },
): AsyncGenerator<ZipEntry> {
  const rows = await RowQueue.of(sheet.rows)
  try {
    for (let part = 1; part === 1 || rows.next; part++) {
      const worksheet = book.addWorksheet(nameOf(sheet.name, part), tableLayout(start))
      yield { name: pathOf(worksheet.id), content: tableXml(book, worksheet, sheet, { rows, start, mostRows }) }
    }
  } finally {
    await rows.close()
  }
}

const pathOf = (id: number) => `xl/worksheets/sheet${id}.xml`
