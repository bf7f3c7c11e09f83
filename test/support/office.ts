import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { findProgram } from './programs.ts'
import { warnOnce } from './shared.ts'

const execute = promisify(execFile)
const program = findProgram(['soffice', 'libreoffice', 'localc'])

/** A cell as LibreOffice understood it: its type, the value behind it, what it shows, and the formula where it took it for one. */
export interface OfficeCell {
  type: string
  value: string
  shown: string
  formula: string | undefined
}

/** The sheets of a file by name; rows and cells from 0. */
export type OfficeBook = Map<string, OfficeCell[][]>

/** False after saying so where LibreOffice is not installed: it is too large to be installed for a test. */
export function hasOffice(): boolean {
  if (!program) warnOnce('LEFT OUT: files are not opened in LibreOffice. Install it: apt-get install libreoffice-calc (Debian).')
  return program !== undefined
}

const charsetUtf8 = 76

/** How LibreOffice is told to read a CSV file: as it does by itself, formulas and all, with this delimiter. */
export const csvFilter = (delimiter: string) => `CSV:${delimiter.charCodeAt(0)},34,${charsetUtf8},1`

/**
 * Opens files in LibreOffice, all of one kind, and returns what it made of them, in their order.
 * @throws Error when it could not open one
 */
export async function openInOffice(files: { name: string; content: Buffer }[], filter?: string): Promise<OfficeBook[]> {
  const folder = await mkdtemp(join(tmpdir(), 'office-'))
  try {
    for (const { name, content } of files) await writeFile(join(folder, name), content)
    const options = ['--headless', '--norestore', `-env:UserInstallation=${pathToFileURL(join(folder, 'profile')).href}`]
    const reading = filter ? [`--infilter=${filter}`] : []
    const names = files.map(({ name }) => join(folder, name))
    await execute(program!, [...options, ...reading, '--convert-to', 'fods', '--outdir', folder, ...names], { timeout: 120_000 })
    const paths = files.map(({ name }) => join(folder, name.replace(/\.\w+$/, '.fods')))
    return await Promise.all(paths.map(async (path) => read(await readFile(path, 'utf8'))))
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Reads flat ODF, as far as tables go. */
function read(xml: string): OfficeBook {
  const tables = xml.matchAll(/<table:table table:name="([^"]*)"[^>]*>([\s\S]*?)<\/table:table>/g)
  return new Map([...tables].map(([, name = '', inner = '']) => [decode(name), rowsOf(inner)]))
}

function rowsOf(table: string): OfficeCell[][] {
  const rows: OfficeCell[][] = []
  for (const [, attributes = '', inner = ''] of table.matchAll(
    /<table:table-row([^>]*?)(?:\/>|>([\s\S]*?)<\/table:table-row>)/g,
  )) {
    const cells = cellsOf(inner)
    // What is empty down to the last row of the sheet is one row with a large number.
    const times = cells.length === 0 ? 1 : Number(attribute(attributes, 'table:number-rows-repeated') ?? 1)
    for (let i = 0; i < times; i++) rows.push(cells)
  }
  while (rows.at(-1)?.length === 0) rows.pop()
  return rows
}

function cellsOf(row: string): OfficeCell[] {
  const cells: OfficeCell[] = []
  let empty = 0
  for (const [, attributes = '', inner = ''] of row.matchAll(
    /<table:table-cell([^>]*?)(?:\/>|>([\s\S]*?)<\/table:table-cell>)/g,
  )) {
    const times = Number(attribute(attributes, 'table:number-columns-repeated') ?? 1)
    const type = attribute(attributes, 'office:value-type')
    if (type === undefined) {
      empty += times
      continue
    }
    for (; empty > 0; empty--) cells.push({ type: 'empty', value: '', shown: '', formula: undefined })
    const shown = [...inner.matchAll(/<text:p>([\s\S]*?)<\/text:p>|<text:p\/>/g)].map(([, text = '']) => plain(text)).join('\n')
    const value = attribute(attributes, `office:${type === 'float' || type === 'percentage' ? '' : `${type}-`}value`)
    const cell = { type, value: value ?? shown, shown, formula: attribute(attributes, 'table:formula') }
    for (let i = 0; i < times; i++) cells.push(cell)
  }
  return cells
}

const attribute = (attributes: string, name: string) => {
  const value = new RegExp(` ${name}="([^"]*)"`).exec(attributes)?.[1]
  return value === undefined ? undefined : decode(value)
}

const plain = (text: string) =>
  decode(
    text
      .replace(/<text:s(?: text:c="(\d+)")?\/>/g, (_, count = '1') => ' '.repeat(Number(count)))
      .replaceAll('<text:tab/>', '\t')
      .replaceAll('<text:line-break/>', '\n')
      .replace(/<[^>]*>/g, ''),
  )

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
const decode = (text: string) =>
  text.replace(
    /&(#x?[\da-f]+|\w+);/gi,
    (_, name: string) => entities[name] ?? String.fromCodePoint(Number(name.replace('#x', '0x').replace('#', ''))),
  )
