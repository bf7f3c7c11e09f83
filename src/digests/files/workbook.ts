import { workbookChunks } from '../../files/workbook.ts'
import { appendixOf } from './appendix.ts'
import { sheetsOf } from './sheets.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { wordsOf } from '../mail/words/choose.ts'

/** A snapshot as an XLSX workbook, chunk by chunk; the same snapshot gives the same bytes. */
export function workbookOf(snapshot: Snapshot): AsyncGenerator<Buffer> {
  const { title, direction } = wordsOf(snapshot.language)
  const { account, branding } = snapshot
  return workbookChunks({
    title: [branding?.name, `${account.name}: ${title[snapshot.cadence]}, ${snapshot.period.firstDate}`]
      .filter(Boolean)
      .join(' · '),
    at: snapshot.period.until.at,
    sheets: sheetsOf(snapshot),
    texts: appendixOf(snapshot),
    rightToLeft: direction === 'rtl',
  })
}
