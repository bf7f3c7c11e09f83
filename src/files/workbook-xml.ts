import ExcelJS from 'exceljs'
import type { ZipEntry } from './zip.ts'

export type Style = Partial<ExcelJS.Style>
export type Alignment = Partial<ExcelJS.Alignment>
export type Font = Partial<ExcelJS.Font>
export type Rule = ExcelJS.ConditionalFormattingRule
export type Worksheet = ExcelJS.Worksheet
export type SheetLayout = Partial<ExcelJS.AddWorksheetOptions>

/** What exceljs hands the XML of a sheet to, piece by piece. */
class Sink {
  #text = ''

  /** exceljs writes text as if it were the result of a formula; here it becomes what it is. */
  write(piece: string | { toBuffer(): Buffer }): void {
    const xml = typeof piece === 'string' ? piece : piece.toBuffer().toString()
    this.#text += xml.replace(/ t="str"><v>([^<]*)<\/v>/g, ' t="inlineStr"><is><t xml:space="preserve">$1</t></is>')
  }

  take(): string {
    const text = this.#text
    this.#text = ''
    return text
  }

  // Parts of a stream that exceljs calls and that have nothing to do here.
  pause(): void {}
  end(): void {}
}

/**
 * exceljs as the maker of a workbook's XML. Its own archive stamps the present time on every entry and takes rows faster
 * than they can leave, so the parts are handed out instead, for an archive that does neither.
 */
export class WorkbookXml extends ExcelJS.stream.xlsx.WorkbookWriter {
  // Declared only: these are set while the constructor of the base class runs.
  declare private parts: ZipEntry[]
  /** What exceljs adds its parts to. */
  declare zip: { append(content: string, entry: { name: string }): void }

  /** @param at in Unix seconds: no clock takes part */
  constructor(title: string, at: number) {
    super({ useStyles: true })
    this.title = title
    this.creator = this.lastModifiedBy = 'Tidemark'
    this.created = this.modified = new Date(at * 1000)
  }

  override addThemes(): Promise<void> {
    this.parts = []
    this.zip = { append: (content, { name }) => void this.parts.push({ name: name.replace(/^\//, ''), content: [content] }) }
    return super.addThemes()
  }

  _openStream(): Sink {
    return new Sink()
  }

  /** The XML of a sheet that has been made since the last call. */
  taken(worksheet: Worksheet): string {
    return (worksheet as unknown as { stream: Sink }).stream.take()
  }

  /** Everything but the sheets, which must have been committed. */
  async rest(): Promise<ZipEntry[]> {
    await this.addContentTypes()
    await this.addApp()
    await this.addCore()
    await this.addStyles()
    await this.addWorkbookRels()
    await this.addWorkbook()
    return this.parts
  }
}
