import type { Metric } from '../../../rollups/metric.ts'
import type { Timed } from '../../../rollups/parts.ts'
import type { DigestMetric, Language, Rhythm, ScopePart, TableName } from '../../snapshot/snapshot.ts'
import type { FigureWords } from './figure-words.ts'
import type { FileWords } from './file-words.ts'
import type { Counted, SentenceWords, SpokenMetric } from './sentence-words.ts'

/** What the rows of a table are called. */
export interface TableWords {
  title: string
  /** One row, as a heading or the first word of a sentence. */
  kind: string
  /** How many rows: `24 agents`. */
  count: (n: number, text: string) => string
  /** The row of what belongs to nobody. */
  none: string
  /** What is no longer there and has no name any more. */
  unnamed: (id: number) => string
}

/** Titles and definitions of all metrics that a digest holds. */
export type MetricWords = Record<DigestMetric, Pick<Metric, 'title' | 'definition'>>

/** Every word that a digest says, in one language. */
export interface Words extends FigureWords, SentenceWords, FileWords {
  language: Language
  direction: 'ltr' | 'rtl'
  /** A name within a sentence. */
  quoted: (name: string) => string
  /** Names and figures one after the other. */
  list: (items: readonly string[]) => string
  title: Record<Rhythm, string>
  edition: (n: string) => string
  thisPeriod: Record<Rhythm, string>
  /** What is compared with, as the heading of a column. */
  previousPeriod: Record<Rhythm | 'year', string>
  comparedWith: (period: string) => string
  comparedWithYear: Record<Rhythm, (period: string) => string>
  /** Nothing is compared, for there are no records of the time before any more. */
  comparisonPurged: string
  comparisonStarts: Record<Rhythm | 'year', string>
  allHours: string
  businessHours: string
  /** Of both periods, where they differ, and what that does to the comparison. */
  businessDays: { counts: (current: string, previous: string) => string; compared: string }
  scope: (parts: string[]) => string
  scopePart: Record<ScopePart['dimension'], (names: string) => string>
  headings: Record<'inShort' | 'keyFigures' | 'corrections' | 'attention' | 'busy' | 'files', string> & {
    trend: Record<'hour' | 'day' | 'week', string>
  }
  tables: Record<TableName, TableWords>
  columns: Record<'conversations' | 'resolved' | 'firstResponse' | 'n' | 'change', string>
  /** Titles and definitions of metrics; those that are left out are called as the snapshot says. */
  metrics: Partial<MetricWords>
  /** What a metric is called on a tile, where its title would be too long. */
  tiles: (metric: DigestMetric, rhythm: Rhythm) => string | undefined
  /** What a time is called within a sentence. */
  times: Record<Timed, string>
  spoken: Record<SpokenMetric, string>
  since: (date: string) => string
  samples: (n: string) => string
  had: (conversations: Counted) => string
  topOf: (some: string, all: string) => string
  more: (n: number, text: string, where: 'workbook' | 'nowhere') => string
  overlap: string
  trend: Record<'hour' | 'day' | 'week', string>
  heatmap: Record<'sum' | 'mean', string>
  attachments: { tooLarge: (size: string) => string; expires: (date: string) => string }
  links: Record<'view' | 'workbook' | 'file' | 'manage' | 'unsubscribe' | 'definitions', string>
}
