import type { Pool } from '../../db.ts'
import type { MetricName } from '../../rollups/metrics.ts'
import { answer, type Answer } from '../answer.ts'
import { isEmpty, totalsIn, valuesOf, type Range, type Subject, type Values } from '../values.ts'

export const summaryMetrics = [
  'conversations_count',
  'incoming_messages_count',
  'outgoing_messages_count',
  'avg_first_response_time',
  'avg_resolution_time',
  'resolutions_count',
  'reply_time',
] as const satisfies readonly MetricName[]

export const botSummaryMetrics = ['bot_resolutions_count', 'bot_handoffs_count'] as const satisfies readonly MetricName[]

/** The values of a period and of the one just before it. */
export type Compared<M extends MetricName> = Values<M> & { previous: Values<M> }
export type Summary = Compared<(typeof summaryMetrics)[number]>
export type BotSummary = Compared<(typeof botSummaryMetrics)[number]>

/** The stretch of the same length in seconds just before a range: an hour off local midnight across a DST change. */
export function previousBySeconds({ since, until }: Range): Range {
  return { since: since - (until - since), until: since }
}

/** Seven key figures of an account or one of its entities, with those of the previous period by seconds. */
export function accountSummary(
  pool: Pool,
  accountId: number,
  subject: Subject,
  range: Range,
  businessHours = false,
): Promise<Answer<Summary>> {
  const before = previousBySeconds(range)
  return answer(pool, accountId, async (read) => {
    // The two lie side by side, so both are read at once.
    const both = { since: before.since, until: range.until, bounds: [before.since, range.since, range.until] }
    const rows = isEmpty(range) ? [] : await read.series({ ...subject, ...both, metrics: summaryMetrics, businessHours })
    const of = (piece: number) =>
      valuesOf(
        summaryMetrics,
        rows.find((row) => row.piece === piece),
      )
    return { ...of(1), previous: of(0) }
  })
}

/** What bots resolved and handed off, with the previous period by seconds. */
export function botSummary(
  pool: Pool,
  accountId: number,
  subject: Subject,
  range: Range,
  businessHours = false,
): Promise<Answer<BotSummary>> {
  // Each by itself: what else happened in the range that is asked about decides what of a bot's counts.
  return answer(pool, accountId, async (read) => {
    const of = async (asked: Range) => {
      const [row] = await totalsIn(read, subject, asked, botSummaryMetrics, businessHours)
      return valuesOf(botSummaryMetrics, row)
    }
    return { ...(await of(range)), previous: await of(previousBySeconds(range)) }
  })
}
