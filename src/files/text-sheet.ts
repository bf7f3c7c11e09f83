import { font, readFrom, type Start } from './cell-styles.ts'
import { legalText } from './legal.ts'
import type { TextSheet } from './sheet.ts'
import { pageLayout } from './table-sheet.ts'
import type { SheetLayout, Worksheet } from './workbook-xml.ts'

export function textLayout(start: Start): SheetLayout {
  return { pageSetup: { ...pageLayout }, ...(start === 'right' ? { views: [{ state: 'normal', rightToLeft: true }] } : {}) }
}

/** Wrapped text: a bold first column, and a bold first row where there are more than two. */
export function writeText(worksheet: Worksheet, { widths, rows }: TextSheet, start: Start): void {
  widths.forEach((width, i) => (worksheet.getColumn(i + 1).width = width))
  rows.forEach((cells, i) => {
    const row = worksheet.getRow(i + 1)
    cells.forEach(({ value }, column) => {
      if (value === null || value === '') return
      const cell = row.getCell(column + 1)
      const bold = column === 0 || (i === 0 && widths.length > 2)
      cell.value = typeof value === 'string' ? legalText(value) : value
      cell.style = {
        alignment: { wrapText: true, vertical: 'top', horizontal: start, ...readFrom(start) },
        ...(bold ? { font: font({ bold }) } : {}),
      }
    })
    row.commit()
  })
  worksheet.commit()
}
