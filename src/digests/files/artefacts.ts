import { config } from '../../config.ts'
import { bytesOf } from '../../files/chunks.ts'
import type { Format } from '../definition/definition.ts'
import { hasHeatmap, heatmapSvg } from '../mail/heatmap.ts'
import type { MailFile } from './mail-file.ts'
import { palettesOf } from '../mail/palette.ts'
import { pngOf } from '../mail/png.ts'
import { filesOf } from './snapshot-files.ts'
import { isQuiet, type Snapshot } from '../snapshot/snapshot.ts'
import { trendSvg } from '../mail/trend.ts'

/** A file that a mail speaks of, by its size in bytes. */
export interface FileNote {
  name: string
  size: number
}

/** Everything that is drawn once per snapshot and is the same for all its recipients. */
export interface Artefacts {
  pictures: (MailFile & { cid: string })[]
  attachments: MailFile[]
  /** The files that would make the mail too heavy, and are to be had by a link instead: all of them or none. */
  linked: FileNote[]
  inline: boolean
}

/**
 * Draws the pictures and writes the files of a snapshot.
 * @param mostBytes what pictures and attachments may weigh in the mail; none is kept in memory beyond that
 */
export async function artefactsOf(
  snapshot: Snapshot,
  wanted: readonly Format[],
  mostBytes: number = config.maxAttachmentBytes,
): Promise<Artefacts> {
  const inline = wanted.includes('inline')
  const pictures = inline && !isQuiet(snapshot) ? picturesOf(snapshot) : []
  const files: MailFile[] = []
  const notes: FileNote[] = []
  let weight = pictures.reduce((sum, { content }) => sum + encodedSize(content.length), 0)
  for (const { name, type, chunks } of filesOf(snapshot, wanted)) {
    const parts: Buffer[] = []
    let size = 0
    for await (const chunk of chunks()) {
      const bytes = bytesOf(chunk)
      size += bytes.length
      if (weight + encodedSize(size) <= mostBytes) parts.push(bytes)
      else parts.length = 0
    }
    weight += encodedSize(size)
    notes.push({ name, size })
    files.push({ name, type, content: Buffer.concat(parts) })
  }
  const fits = weight <= mostBytes
  return { pictures, attachments: fits ? files : [], linked: fits ? [] : notes, inline }
}

/** What bytes weigh in a mail: base64 in lines of 76 characters, each of which carries 57 bytes and ends in CRLF. */
export const encodedSize = (bytes: number): number => Math.ceil(bytes / 3) * 4 + 2 * Math.ceil(bytes / 57)

/** By what names the HTML calls the pictures. */
export function pictureCids(snapshot: Snapshot) {
  const cid = (name: string) => `${name}-${snapshot.period.firstDate}@digest`
  return { trendLight: cid('trend'), trendDark: cid('trend-dark'), hoursLight: cid('hours'), hoursDark: cid('hours-dark') }
}

/** Each picture is drawn twice: one PNG cannot be readable on white and on black. */
function picturesOf(snapshot: Snapshot): Artefacts['pictures'] {
  const { light, dark } = palettesOf(snapshot)
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
    ...(hasHeatmap(snapshot)
      ? [picture(cids.hoursLight, heatmapSvg(snapshot, light)), picture(cids.hoursDark, heatmapSvg(snapshot, dark))]
      : []),
  ]
}
