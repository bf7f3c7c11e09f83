import { createHash } from 'node:crypto'
import type { Instant } from '../../clock.ts'
import type { Branding } from '../../accounts/settings.ts'
import type { Target } from '../../reports/targets.ts'
import type { Metric } from '../../rollups/metric.ts'
import type { Figure, MetricName } from '../../rollups/metrics.ts'
import type { Weekday } from '../../time/calendar.ts'
import type { BusinessDays } from './business-days.ts'

/** The languages that a digest is written in. */
export const languages = ['en', 'de', 'ar'] as const
export type Language = (typeof languages)[number]

/** The metrics that a digest holds, in the order in which workbook and CSV list them. */
export const digestMetrics = [
  'conversations_count',
  'resolutions_count',
  'avg_first_response_time',
  'avg_resolution_time',
  'reply_time',
  'incoming_messages_count',
  'outgoing_messages_count',
  'bot_resolutions_count',
  'bot_handoffs_count',
  'csat_score',
  'csat_rating',
  'csat_responses_count',
  'csat_surveys_count',
  'csat_response_rate',
  'open_conversations_count',
] as const satisfies readonly MetricName[]
export type DigestMetric = (typeof digestMetrics)[number]

/** The tables of a digest, in reading order. */
export const tableNames = ['agents', 'teams', 'inboxes', 'labels'] as const
export type TableName = (typeof tableNames)[number]

/** An instant with what the clock of the digest's zone showed then (YYYY-MM-DDTHH:MM) and its offset in seconds. */
export interface Moment {
  at: Instant
  local: string
  offset: number
}

/** A stretch of whole local days, [since, until). */
export interface FrozenPeriod {
  since: Moment
  until: Moment
  firstDate: string
  lastDate: string
}

/** A metric in the period and in the one before it. */
export interface Pair {
  current: Figure
  previous: Figure
}

/** What a metric meant when the figures were taken. Title and definition in English; other languages have their own words. */
export type MetricNote = Pick<Metric, 'title' | 'definition' | 'unit' | 'direction' | 'stock'> & { name: DigestMetric }

/** An agent, team, inbox or label with its name as it was. Id 0 stands for "none": unassigned, without a team. */
export interface Entity {
  id: number
  name: string
  /** The local date since when it exists here, where that is known. */
  since: string | null
  /** True when it began after the previous period did: there is nothing fair to compare it with. */
  isNew: boolean
  /** True when it is listed only for what it did before it was removed. */
  isGone: boolean
  figures: Record<DigestMetric, Pair>
}

export interface Day {
  date: string
  figures: Record<DigestMetric, Figure>
}

/** What the length of a period is called, for titles and names of files: a day, a week, a month, any other number of days. */
export type Rhythm = 'daily' | 'weekly' | 'monthly' | 'other'

/** What figures are restricted to, by the digest's filter or its recipient's lens; id 0 stands for "none". */
export interface ScopePart {
  dimension: 'inbox' | 'team' | 'agent' | 'label'
  id: number
  name: string
}

/** A target with the mean that is held against it; `missed` only where there is a mean and it is longer. */
export interface TargetResult extends Target {
  /** Of the inbox or team; of the account for its own. */
  name: string
  value: number | null
  n: number
  missed: boolean
}

/** A limit of the digest with the account's figure that is held against it. `value` is in the metric's unit. */
export interface ThresholdResult {
  metric: DigestMetric
  limit: 'above' | 'below'
  value: number
  figure: Figure
  missed: boolean
}

/** A figure of an earlier mail of this digest that its raw rows no longer give. */
export interface Correction {
  metric: DigestMetric
  firstDate: string
  lastDate: string
  was: Figure
  now: Figure
}

/**
 * Everything that one digest says about one period, frozen: mail, text, workbook, CSV and pictures are made from this
 * and nothing else. Plain JSON, so that it is the same after a round trip through the database.
 */
export interface Snapshot {
  version: 2
  /** 1, and one more each time that the figures of the period are taken anew. */
  edition: number
  account: { id: number; name: string }
  digest: { id: number; name: string }
  language: Language
  /** How the digest's periods are laid out: so many whole units, or the days since the slot before. */
  window: { unit: 'day' | 'week' | 'month'; count: number } | { unit: 'slot' }
  cadence: Rhythm
  /** Empty: all of the account, also what comes to it in future. */
  scope: ScopePart[]
  zone: string
  firstWeekday: Weekday
  businessHours: boolean
  /** What separates the fields of its CSV files. */
  csvDelimiter: ',' | ';' | 'tab'
  period: FrozenPeriod
  /** The period before, or the same one a year before; of no meaning where `comparison` is `off` or `purged`. */
  previous: FrozenPeriod
  /** `off`: the digest compares with nothing. `partial`, `none`: the account's first activity lies within, or after, the
   * period that is compared with. `purged`: raw rows of that one were needed, and are not kept any longer. */
  comparison: 'full' | 'partial' | 'none' | 'off' | 'purged'
  comparedWith: 'previous' | 'year' | null
  data: {
    takenAt: Moment
    /** Up to here everything of the period was rolled; what came later was counted from raw rows when the snapshot was
     * taken, as was all of it where this is null. */
    completeThrough: Moment | null
    /** False in a preview of a period that is still running. */
    periodOver: boolean
    /** The account's last event before the end of the period. */
    lastActivity: Moment | null
    /** Stretches of the period that were not rolled when the snapshot was taken, the first ten; none where nothing ever was. */
    missing: { from: Moment; until: Moment }[]
  }
  metrics: MetricNote[]
  totals: Record<DigestMetric, Pair>
  tables: Record<TableName, Entity[]>
  daily: { current: Day[]; previous: Day[] }
  /** New conversations by weekday (from `firstWeekday` on) and local hour. */
  hours: number[][]
  /** The same of the period that is compared with. */
  previousHours: number[][]
  targets: TargetResult[]
  thresholds: ThresholdResult[]
  /** Only where the account has settled hours or holidays and the digest compares. */
  businessDays?: BusinessDays
  /** Only where the account has settled something of it. */
  branding?: Branding
  corrections: Correction[]
}

/** JSON with sorted keys: PostgreSQL's jsonb keeps values, not the order of keys. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonicalJson(inner)}`).join(',')}}`
}

/**
 * SHA-256 (hex) of a snapshot, but for when it was taken: the same for the same figures, whatever the order of keys, also
 * when they were taken late.
 */
export function fingerprint(snapshot: Snapshot): string {
  const { takenAt: _, ...data } = snapshot.data
  return createHash('sha256')
    .update(canonicalJson({ ...snapshot, data }))
    .digest('hex')
}

/** True when nothing at all happened in the period: the mail then says so instead of showing empty tables. */
export function isQuiet(snapshot: Snapshot): boolean {
  // What stands open has come before.
  const counts = snapshot.metrics.filter((metric) => metric.unit === 'count' && !metric.stock)
  return counts.every((metric) => snapshot.totals[metric.name].current.value === 0)
}

export function noteOf(snapshot: Snapshot, name: DigestMetric): MetricNote {
  return snapshot.metrics.find((metric) => metric.name === name)!
}
