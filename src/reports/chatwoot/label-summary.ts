import { labelsOf } from '../../accounts/entities.ts'
import type { Pool } from '../../db.ts'
import type { MetricName } from '../../rollups/metrics.ts'
import type { Answer } from '../answer.ts'
import { entityReport, type EntityValues } from './entities.ts'
import type { Range } from '../values.ts'

/**
 * What Chatwoot's label summary is made of: tags that equal the title exactly, averages over the events of
 * conversations created in the range, and resolutions by their own time. No other report counts like this.
 */
export const labelSummaryMetrics = [
  'tagged_conversations_count',
  'created_resolution_time',
  'created_first_response_time',
  'created_reply_time',
  'tagged_resolutions_count',
] as const satisfies readonly MetricName[]

type Row = EntityValues<{ id: number; title: string }, (typeof labelSummaryMetrics)[number]>

/** Every label of the account, by title, with the figures of Chatwoot's label summary. */
export async function labelSummary(pool: Pool, accountId: number, range: Range, businessHours = false): Promise<Answer<Row[]>> {
  const entities = await labelsOf(pool, accountId)
  return entityReport(pool, accountId, { dimension: 'label', entities, range, metrics: labelSummaryMetrics, businessHours })
}
