import type { Pool } from '../../db.ts'
import type { MetricName } from '../../rollups/metrics.ts'
import { answer, type Answer } from '../answer.ts'
import { totalsIn, valuesOf, type Range, type Subject, type Values } from '../values.ts'

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
  return compared(pool, accountId, subject, range, businessHours, summaryMetrics)
}

/** What bots resolved and handed off, with the previous period by seconds. */
export function botSummary(
  pool: Pool,
  accountId: number,
  subject: Subject,
  range: Range,
  businessHours = false,
): Promise<Answer<BotSummary>> {
  return compared(pool, accountId, subject, range, businessHours, botSummaryMetrics)
}

function compared<M extends MetricName>(
  pool: Pool,
  accountId: number,
  subject: Subject,
  range: Range,
  businessHours: boolean,
  metrics: readonly M[],
): Promise<Answer<Compared<M>>> {
  return answer(pool, accountId, async (read) => {
    const [current] = await totalsIn(read, subject, range, metrics, businessHours)
    const [previous] = await totalsIn(read, subject, previousBySeconds(range), metrics, businessHours)
    return { ...valuesOf(metrics, current), previous: valuesOf(metrics, previous) }
  })
}
