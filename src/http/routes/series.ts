import { z } from 'zod'
import { answer } from '../../reports/answer.ts'
import { metricSeries, type SeriesPoint } from '../../reports/series.ts'
import { metrics } from '../../rollups/metrics.ts'
import type { RouteFamily } from '../app.ts'
import { failures } from '../failures.ts'
import { told } from '../report-headers.ts'
import { accountPath, flagOf, groupingOf, rangeOf, seriesMetrics, seriesQuery } from '../request.ts'
import { subjectOf } from '../subject.ts'
import { requestZone } from '../zone.ts'

const point = z.object({
  value: z.number().meta({ description: 'A count, or an average in seconds; 0 in an empty bucket.' }),
  timestamp: z.int().meta({ description: 'Start of the bucket, in Unix seconds.' }),
  count: z.int().optional().meta({ description: 'For averages: events in the bucket.' }),
})
const body = z.union([z.array(point), z.object({})]).meta({ description: 'The buckets; `{}` for an unknown metric.' })

/** `/reports`: one metric in the course of time. */
export const seriesRoutes: RouteFamily = (app, { readPool, clock }) => {
  const schema = {
    tags: ['Reports'],
    summary: 'One metric in the course of time',
    params: accountPath,
    querystring: seriesQuery,
    response: { 200: body, ...failures },
  }
  app.get('/reports', { schema }, async ({ query, caller: { accountId } }, reply) => {
    const metric = seriesMetrics.find((name) => name === query.metric)
    if (!metric) return told(reply, await answer(readPool, accountId, async () => ({})))
    const subject = await subjectOf(readPool, accountId, query)
    const range = rangeOf(query)
    if (!range) return told(reply, await answer(readPool, accountId, async () => []))
    const report = await metricSeries(readPool, accountId, {
      metric,
      subject,
      range,
      grouping: groupingOf(query.group_by),
      zone: await requestZone(readPool, accountId, query, clock()),
      firstWeekday: 0,
      businessHours: flagOf(query.business_hours),
      chatwootHours: true,
    })
    const averages = metrics[metric].unit === 'seconds'
    return told(reply, report).map((bucket) => shape(bucket, averages))
  })
}

function shape({ start, value, n }: SeriesPoint, average: boolean): z.infer<typeof point> {
  return average ? { value: value ?? 0, timestamp: start, count: n } : { value: value ?? 0, timestamp: start }
}
