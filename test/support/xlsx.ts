import { unzip } from './unzip.ts'

/** A cell as it stands in the file. */
export interface ReadCell {
  value: string | number
  type: 'text' | 'number'
  format: string | undefined
}

export interface ReadSheet {
  xml: string
  /** By address; empty cells are not there. */
  cells: Map<string, ReadCell>
}

/** A workbook read from its XML, by code that shares nothing with the one that wrote it. */
export interface ReadWorkbook {
  files: Map<string, { text: string; time: number }>
  names: string[]
  /** @throws Error when there is no such sheet */
  of(name: string): ReadSheet
}

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
const decode = (xml: string) =>
  xml.replace(
    /&(#x?[\da-f]+|\w+);/gi,
    (_, name: string) => entities[name] ?? String.fromCodePoint(Number(name.replace('#x', '0x').replace('#', ''))),
  )
/** Programs read `_x000D_` as the character of that number. */
const textOf = (xml: string) =>
  decode(xml).replace(/_x([\dA-Fa-f]{4})_/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)))

const builtIn: Record<string, string> = { '0': 'General', '1': '0', '2': '0.00', '3': '#,##0', '46': '[h]:mm:ss' }

/** @throws Error for a cell of another type than number and inline text, such as a formula's */
export function readXlsx(file: Buffer): ReadWorkbook {
  const files = unzip(file)
  const xml = (name: string) => files.get(name)?.text ?? ''
  const styles = xml('xl/styles.xml')
  const custom = new Map(
    [...styles.matchAll(/<numFmt numFmtId="(\d+)" formatCode="([^"]*)"/g)].map(([, id, code]) => [id, decode(code!)]),
  )
  const cellStyles = styles.split('<cellXfs')[1]?.split('</cellXfs')[0] ?? ''
  const formats = [...cellStyles.matchAll(/<xf [^>]*numFmtId="(\d+)"/g)].map(([, id = '']) => custom.get(id) ?? builtIn[id] ?? id)
  const names = [...xml('xl/workbook.xml').matchAll(/<sheet [^>]*name="([^"]*)"/g)].map(([, name = '']) => decode(name))
  const sheets = new Map(names.map((name, i) => [name, readSheet(xml(`xl/worksheets/sheet${i + 1}.xml`), formats)]))
  return { files, names, of: (name) => sheets.get(name) ?? fail(`no sheet ${name} among ${names.join(', ')}`) }
}

function readSheet(xml: string, formats: string[]): ReadSheet {
  const cells = new Map<string, ReadCell>()
  for (const [, attributes = '', inner = ''] of xml.matchAll(/<c ([^>]*?)(?:\/>|>([\s\S]*?)<\/c>)/g)) {
    const address = /r="([^"]*)"/.exec(attributes)![1]!
    const format = formats[Number(/s="(\d+)"/.exec(attributes)?.[1] ?? 0)]
    const type = / t="(\w+)"/.exec(attributes)?.[1]
    const text = /^<is><t xml:space="preserve">([^<]*)<\/t><\/is>$/.exec(inner)?.[1]
    const number = /^<v>([^<]*)<\/v>$/.exec(inner)?.[1]
    if (type === 'inlineStr' && text !== undefined) cells.set(address, { value: textOf(text), type: 'text', format })
    else if (type === undefined && number !== undefined) cells.set(address, { value: Number(number), type: 'number', format })
    else fail(`cell ${address} is ${type ?? 'untyped'}: ${inner.slice(0, 200)}`)
  }
  return { xml, cells }
}

function fail(message: string): never {
  throw new Error(message)
}
