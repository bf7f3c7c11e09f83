import type { Instant } from '../../clock.ts'
import { many, sql, type Queryable } from '../../db.ts'
import type { PartSums } from './backfill-figures.ts'
import type { Span } from '../coverage.ts'
import { figureOf, metrics, type MetricName } from '../metrics.ts'
import { bounds } from '../spans.ts'
import type { Difference } from '../verify/differences.ts'

const sentDigestsSql = sql(import.meta.url, './sent-digests.sql')

/** Digests that a report names; more are counted. */
const MOST_DIGESTS = 100

/** What recomputing afterwards found. */
export interface VerificationSoFar {
  hours: number
  /** Left out: changed again since, so not expected to agree. */
  dirtyHours: number
  differing: number
  differences: Difference[]
}

/** A metric over what was rolled; null: nothing to say. */
export interface MetricTotal {
  metric: MetricName
  unit: string
  /** Over the hours that had been rolled before: as their rows were, and as they are. */
  before: number | null
  after: number | null
  /** Over the hours that had not. */
  added: number | null
}

/** A digest that was mailed with figures of a stretch. Dates are local ones of its zone, both inclusive. */
export interface SentDigest {
  digestId: number
  name: string
  firstDate: string
  lastDate: string
  from: Instant
  until: Instant
}

/** What a backfill came to. */
export interface BackfillReport {
  hours: { new: number; changed: number; unchanged: number; failed: number }
  totals: MetricTotal[]
  /** Null where it was not asked for. */
  verification: VerificationSoFar | null
  digests: {
    /** How many digests were sent whose period it covers; those in `sent` are the newest. */
    total: number
    /** `changed`: rolled rows within the period hold other figures now. */
    sent: (Omit<SentDigest, 'from' | 'until'> & { changed: boolean })[]
  }
}

/** What a report is made from. */
export interface Outcome {
  accountId: number
  hoursNew: number
  hoursChanged: number
  hoursUnchanged: number
  failing: number
  days: readonly Span[]
  changed: readonly Span[]
  before: PartSums
  after: PartSums
  fresh: PartSums
  verified: VerificationSoFar | null
}

const reported: readonly MetricName[] = [
  'conversations_count',
  'incoming_messages_count',
  'outgoing_messages_count',
  'resolutions_count',
  'reopened_count',
  'avg_first_response_time',
  'avg_resolution_time',
  'reply_time',
  'csat_responses_count',
  'csat_score',
]

export async function reportOf(db: Queryable, outcome: Outcome): Promise<BackfillReport> {
  const { hoursNew, hoursChanged, hoursUnchanged, failing, before, after, fresh, verified } = outcome
  const { sent, total } = await sentDigests(db, outcome.accountId, outcome.days)
  const meets = ({ from, until }: Span) => outcome.changed.some((span) => span.from < until && span.until > from)
  return {
    hours: { new: hoursNew, changed: hoursChanged, unchanged: hoursUnchanged, failed: failing },
    totals: reported.map((metric) => ({
      metric,
      unit: metrics[metric].unit,
      before: figureOf(metric, before).value,
      after: figureOf(metric, after).value,
      added: figureOf(metric, fresh).value,
    })),
    verification: verified,
    digests: {
      total,
      sent: sent.map(({ digestId, name, firstDate, lastDate, ...period }) => {
        return { digestId, name, firstDate, lastDate, changed: meets(period) }
      }),
    },
  }
}

/** The digests that were sent with figures of some stretches, the newest period first, and how many there are. */
export async function sentDigests(
  db: Queryable,
  accountId: number,
  spans: readonly Span[],
): Promise<{ sent: SentDigest[]; total: number }> {
  if (spans.length === 0) return { sent: [], total: 0 }
  const rows = await many<SentDigest & { total: number } & Record<string, unknown>>(db, sentDigestsSql, [
    accountId,
    ...bounds(spans),
    MOST_DIGESTS,
  ])
  return { sent: rows, total: rows[0]?.total ?? 0 }
}
