import { z } from 'zod'
import { idsOf } from '../../accounts/entities.ts'
import { entityReport } from '../../reports/chatwoot/entities.ts'
import { labelSummary } from '../../reports/chatwoot/label-summary.ts'
import type { MetricName } from '../../rollups/metrics.ts'
import type { RouteFamily } from '../app.ts'
import { failures } from '../failures.ts'
import { told } from '../report-headers.ts'
import { accountPath, EVERYTHING, flagOf, NOTHING, rangeOf, rangeQuery } from '../request.ts'

const entityMetrics = [
  'conversations_count',
  'resolutions_count',
  'avg_resolution_time',
  'avg_first_response_time',
  'reply_time',
] as const satisfies readonly MetricName[]

const seconds = z.number().nullable()
const entityFigures = z.object({
  id: z.int(),
  conversations_count: z.int(),
  resolved_conversations_count: z.int(),
  avg_resolution_time: seconds,
  avg_first_response_time: seconds,
  avg_reply_time: seconds,
})
const labelFigures = z.object({
  id: z.int(),
  name: z.string(),
  conversations_count: z.int(),
  avg_resolution_time: z.number(),
  avg_first_response_time: z.number(),
  avg_reply_time: z.number(),
  resolved_conversations_count: z.int(),
})

const dimensions = ['agent', 'inbox', 'team'] as const

/** `/summary_reports/{agent,inbox,team,label}`: figures of every entity, in Chatwoot's shape. */
export const summaryReportRoutes: RouteFamily = (app, { readPool }) => {
  const common = { tags: ['Summary reports'], params: accountPath, querystring: rangeQuery }

  for (const dimension of dimensions) {
    const schema = { ...common, summary: `Figures of every ${dimension}`, response: { 200: z.array(entityFigures), ...failures } }
    app.get(`/summary_reports/${dimension}`, { schema }, async ({ query, caller: { accountId } }, reply) => {
      const report = await entityReport(readPool, accountId, {
        dimension,
        entities: await idsOf(readPool, accountId, dimension),
        range: rangeOf(query) ?? NOTHING,
        metrics: entityMetrics,
        businessHours: flagOf(query.business_hours),
      })
      return told(reply, report).map(({ entity, values }) => ({
        id: entity.id,
        conversations_count: values.conversations_count,
        resolved_conversations_count: values.resolutions_count,
        avg_resolution_time: values.avg_resolution_time,
        avg_first_response_time: values.avg_first_response_time,
        avg_reply_time: values.reply_time,
      }))
    })
  }

  const schema = { ...common, summary: 'Figures of every label', response: { 200: z.array(labelFigures), ...failures } }
  app.get('/summary_reports/label', { schema }, async ({ query, caller: { accountId } }, reply) => {
    // Unlike its three neighbours, the label summary answers from the whole history when an end is missing.
    const range = rangeOf(query) ?? EVERYTHING
    const report = await labelSummary(readPool, accountId, range, flagOf(query.business_hours))
    return told(reply, report).map(({ entity, values }) => ({
      id: entity.id,
      name: entity.title,
      conversations_count: values.tagged_conversations_count ?? 0,
      avg_resolution_time: values.created_resolution_time ?? 0,
      avg_first_response_time: values.created_first_response_time ?? 0,
      avg_reply_time: values.created_reply_time ?? 0,
      resolved_conversations_count: values.tagged_resolutions_count ?? 0,
    }))
  })
}
