import type { Chunks } from '../../files/chunks.ts'
import { zipChunks } from '../../files/zip.ts'
import { dailyCsv, periodCsv } from './csv.ts'
import type { Format } from '../definition/definition.ts'
import { slug } from '../mail/names.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { workbookOf } from './workbook.ts'

/** A file of a snapshot, which is written when its chunks are asked for; the same bytes every time. */
export interface SnapshotFile {
  name: string
  /** Its media type. */
  type: string
  chunks: () => Chunks
}

type FileFormat = Exclude<Format, 'inline'>
export const fileFormats = ['csv', 'zip', 'xlsx'] as const satisfies readonly FileFormat[]

/** The files of a snapshot in these formats, in the order in which a mail lists them. */
export function filesOf(snapshot: Snapshot, wanted: readonly Format[]): SnapshotFile[] {
  return fileFormats.filter((format) => wanted.includes(format)).flatMap((format) => makers[format](snapshot))
}

/** The file of a snapshot that has this name, whichever formats its digest sends; undefined when there is none. */
export function fileOf(snapshot: Snapshot, name: string): SnapshotFile | undefined {
  return filesOf(snapshot, fileFormats).find((file) => file.name === name)
}

/**
 * What the files of a snapshot are called, without their endings: `acme-weekly-2026-05-04`, or with both dates where the
 * period is no day, week or month: `acme-2026-05-04-2026-05-17`.
 */
export function fileStem({ account, cadence, period }: Snapshot): string {
  const name = slug(account.name, `account-${account.id}`)
  const { firstDate, lastDate } = period
  return cadence === 'other' ? `${name}-${firstDate}-${lastDate}` : `${name}-${cadence}-${firstDate}`
}

const makers: Record<FileFormat, (snapshot: Snapshot) => SnapshotFile[]> = {
  csv: csvFiles,
  zip: (snapshot) => [
    {
      name: `${fileStem(snapshot)}-csv.zip`,
      type: 'application/zip',
      chunks: () => zipChunks(csvFiles(snapshot).map(({ name, chunks }) => ({ name, content: chunks() }))),
    },
  ],
  xlsx: (snapshot) => [
    {
      name: `${fileStem(snapshot)}.xlsx`,
      type: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
      chunks: () => workbookOf(snapshot),
    },
  ],
}

function csvFiles(snapshot: Snapshot): SnapshotFile[] {
  const type = 'text/csv; charset=utf-8'
  return [
    { name: `${fileStem(snapshot)}.csv`, type, chunks: () => periodCsv(snapshot) },
    { name: `${fileStem(snapshot)}-daily.csv`, type, chunks: () => dailyCsv(snapshot) },
  ]
}
