import { artefactsOf } from '../files/artefacts.ts'
import type { Format } from '../definition/definition.ts'
import { mailOf } from '../mail/mail.ts'
import { onePage } from '../delivery/sent-mail.ts'
import { filesOf, type SnapshotFile } from '../files/snapshot-files.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'

/** As what a digest can be looked at before it is sent; `json` are the exact figures that all the others are made from. */
export const previewFormats = ['html', 'text', 'csv', 'zip', 'xlsx', 'json'] as const
export type PreviewFormat = (typeof previewFormats)[number]

/** The mail of a snapshot, as a page that loads nothing or as text. `formats` is what its digest sends. */
export async function previewMail(snapshot: Snapshot, formats: readonly Format[], as: 'html' | 'text'): Promise<string> {
  const artefacts = await artefactsOf(snapshot, formats)
  const mail = mailOf(snapshot, artefacts)
  return as === 'text' ? mail.text : onePage({ mail, pictures: artefacts.pictures })
}

/** The file of a snapshot in one format; of its CSV files the one with the figures of the period (`zip` has all of them). */
export function previewFile(snapshot: Snapshot, format: 'csv' | 'zip' | 'xlsx'): SnapshotFile {
  return filesOf(snapshot, [format])[0]!
}
