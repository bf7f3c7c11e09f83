import { aboutOf } from '../about.ts'
import type { CountingMetric } from '../counted-rows.ts'
import { withData, type DocumentOf } from '../document.ts'
import { records } from '../records.ts'
import { recordsTable } from '../tables/records-table.ts'
import { understand, type Given } from '../understand.ts'

export interface DrilldownGiven extends Omit<Given, 'metrics' | 'stat' | 'target'> {
  metric: CountingMetric
  page?: string | undefined
  per_page?: string | undefined
}

/** The conversations, messages, events or responses behind a figure, newest first. */
export const drilldownDocument: DocumentOf<DrilldownGiven> = async (source, accountId, given) => {
  const asked = await understand(source, accountId, given)
  const { metric } = given
  const [page, perPage] = [Number(given.page ?? 1), Number(given.per_page ?? 25)]
  const report = await records(source.pool, accountId, { ...asked, metric, page, perPage })
  const { totalCount, conversationCount, records: found } = report.data
  return withData(report, {
    json: {
      ...aboutOf(asked),
      metric,
      total_count: totalCount,
      conversation_count: conversationCount,
      page,
      per_page: perPage,
      records: found,
    },
    table: () => recordsTable(accountId, asked, { metric, page }, report.data),
  })
}
