import { csvFiles } from './csv.ts'
import type { Format } from './definition.ts'
import { heatmapSvg } from './heatmap.ts'
import type { MailFile } from './mail-file.ts'
import { slug } from './names.ts'
import { dark, light } from './palette.ts'
import { pngOf } from './png.ts'
import { isQuiet, type Snapshot } from './snapshot.ts'
import { trendSvg } from './trend.ts'
import { workbookOf } from './workbook.ts'

/** Everything that is drawn once per snapshot and is the same for all its recipients. */
export interface Artefacts {
  pictures: (MailFile & { cid: string })[]
  attachments: MailFile[]
  /** Bytes of attachments that were left out because together they are too large; 0 when nothing was. */
  omitted: number
  inline: boolean
}

/** Larger mails are refused by many servers. */
export const MAX_ATTACHMENT_BYTES = 10 * 1024 * 1024

/** Draws the pictures and writes the files of a snapshot. */
export async function artefactsOf(snapshot: Snapshot, wanted: readonly Format[]): Promise<Artefacts> {
  const inline = wanted.includes('inline')
  const attachments: MailFile[] = []
  if (wanted.includes('csv')) attachments.push(...csvFiles(snapshot, fileStem(snapshot)))
  if (wanted.includes('xlsx')) {
    const type = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
    attachments.push({ name: `${fileStem(snapshot)}.xlsx`, type, content: await workbookOf(snapshot) })
  }
  const bytes = attachments.reduce((sum, file) => sum + file.content.length, 0)
  const tooLarge = bytes > MAX_ATTACHMENT_BYTES
  return {
    pictures: inline && !isQuiet(snapshot) ? picturesOf(snapshot) : [],
    attachments: tooLarge ? [] : attachments,
    omitted: tooLarge ? bytes : 0,
    inline,
  }
}

/** `acme-weekly-2026-05-04`: what the files of a snapshot are called, without their endings. */
export function fileStem({ account, period }: Snapshot): string {
  return `${slug(account.name, `account-${account.id}`)}-weekly-${period.firstDate}`
}

/** By what names the HTML calls the pictures. */
export function pictureCids(snapshot: Snapshot) {
  const cid = (name: string) => `${name}-${snapshot.period.firstDate}@digest`
  return { trendLight: cid('trend'), trendDark: cid('trend-dark'), hoursLight: cid('hours'), hoursDark: cid('hours-dark') }
}

/** Each picture is drawn twice: one PNG cannot be readable on white and on black. */
function picturesOf(snapshot: Snapshot): Artefacts['pictures'] {
  const cids = pictureCids(snapshot)
  const picture = (cid: string, svg: string) => ({
    cid,
    name: `${cid.split('-20')[0]}.png`,
    type: 'image/png',
    content: pngOf(svg),
  })
  return [
    picture(cids.trendLight, trendSvg(snapshot, light)),
    picture(cids.trendDark, trendSvg(snapshot, dark)),
    picture(cids.hoursLight, heatmapSvg(snapshot, light)),
    picture(cids.hoursDark, heatmapSvg(snapshot, dark)),
  ]
}
