import { createHash } from 'node:crypto'
import type { Instant } from '../clock.ts'
import type { Figure, Metric, MetricName } from '../rollups/metrics.ts'
import type { Weekday } from '../time/calendar.ts'

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

/** What a metric meant when the figures were taken. */
export type MetricNote = Pick<Metric, 'title' | 'definition' | 'unit' | 'direction'> & { name: DigestMetric }

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

/**
 * Everything that one digest says about one period, frozen: mail, text, workbook, CSV and pictures are made from this
 * and nothing else. Plain JSON, so that it is the same after a round trip through the database.
 */
export interface Snapshot {
  version: 1
  account: { id: number; name: string }
  digest: { id: number; name: string }
  zone: string
  firstWeekday: Weekday
  businessHours: boolean
  period: FrozenPeriod
  previous: FrozenPeriod
  /** `partial` and `none`: the account's first activity lies within, or after, the previous period. */
  comparison: 'full' | 'partial' | 'none'
  data: {
    takenAt: Moment
    /** Up to here everything was rolled; what came later was counted from raw rows when the snapshot was taken, as was
     * all of it where this is null. */
    completeThrough: Moment | null
    /** False in a preview of a period that is still running. */
    periodOver: boolean
    lastActivity: Moment | null
  }
  metrics: MetricNote[]
  totals: Record<DigestMetric, Pair>
  tables: Record<TableName, Entity[]>
  daily: { current: Day[]; previous: Day[] }
  /** New conversations by weekday (from `firstWeekday` on) and local hour. */
  hours: number[][]
}

/** JSON with sorted keys: PostgreSQL's jsonb keeps values, not the order of keys. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonicalJson(inner)}`).join(',')}}`
}

/** SHA-256 (hex) of a snapshot's figures; the same for the same figures, whatever the order of keys. */
export function fingerprint(snapshot: Snapshot): string {
  return createHash('sha256').update(canonicalJson(snapshot)).digest('hex')
}

/** True when nothing at all happened in the period: the mail then says so instead of showing empty tables. */
export function isQuiet(snapshot: Snapshot): boolean {
  const counts = snapshot.metrics.filter((metric) => metric.unit === 'count')
  return counts.every((metric) => snapshot.totals[metric.name].current.value === 0)
}

export function noteOf(snapshot: Snapshot, name: DigestMetric): MetricNote {
  return snapshot.metrics.find((metric) => metric.name === name)!
}
