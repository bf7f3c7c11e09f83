import { z } from 'zod'
import { invalid } from '../../errors.ts'
import { bucketInterval } from '../../reports/chatwoot/bucket-interval.ts'
import { drilldown, recordTypeOf, type DrilldownAsked } from '../../reports/chatwoot/drilldown.ts'
import { dimensionNames } from '../../rollups/parts.ts'
import type { RouteFamily, ServerContext } from '../app.ts'
import { failures } from '../failures.ts'
import { told } from '../report-headers.ts'
import {
  accountPath,
  flagOf,
  groupingOf,
  instantOf,
  pageOf,
  rangeOf,
  seriesMetrics,
  seriesQuery,
  text,
  wholeOf,
} from '../request.ts'
import { subjectOf } from '../subject.ts'
import { requestZone } from '../zone.ts'

const PER_PAGE = 25
const PER_PAGE_MAX = 100

const drilldownQuery = seriesQuery.extend({
  bucket_timestamp: text
    .optional()
    .meta({ description: 'Start of the bucket, in Unix seconds, as the series says it.', example: '1772946000' }),
  page: text.optional().meta({ description: 'Which page of records, from 1 on.', example: '1' }),
  per_page: text.optional().meta({ description: 'Records on a page: 25 unless given, at most 100.', example: '25' }),
})
type DrilldownQuery = z.infer<typeof drilldownQuery>

const instant = z.int()
const name = z.string().nullable()
const message = z.object({ id: z.int(), content: name, message_type: name, sender_name: name, created_at: instant })
const conversation = z.object({
  id: z.int(),
  display_id: z.int(),
  contact_id: z.int().nullable(),
  contact_name: name,
  inbox_id: z.int(),
  inbox_name: name,
  assignee_id: z.int().nullable(),
  assignee_name: name,
  status: name,
  created_at: instant,
  last_activity_at: instant,
  last_message: message.nullable(),
})
const recordType = z.enum(['message', 'conversation'])
const record = z.object({
  record_type: recordType,
  conversation: z.union([conversation, z.strictObject({})]).meta({ description: '`{}` when the conversation is gone.' }),
  message: message.nullable(),
  metric_value: z.number().nullable().meta({ description: 'Seconds, where a time is measured.' }),
  occurred_at: instant,
  event_name: z.string().optional(),
})
const body = z.object({
  meta: z.object({
    metric: z.enum(seriesMetrics),
    record_type: recordType,
    bucket: z.object({ since: instant, until: instant }),
    current_page: z.int(),
    per_page: z.int(),
    total_count: z.int(),
    conversation_count: z.int().meta({ description: 'Different conversations among all records.' }),
  }),
  payload: z.array(record),
})

/** `/reports/drilldown`: the records behind one bucket of a series. */
export const drilldownRoutes: RouteFamily = (app, context) => {
  const schema = {
    tags: ['Reports'],
    summary: 'The records behind one bucket of a series (administrators)',
    params: accountPath,
    querystring: drilldownQuery,
    response: { 200: body, ...failures },
  }
  app.get('/reports/drilldown', { schema }, async ({ query, caller: { accountId } }, reply) => {
    const asked = await askedOf(context, accountId, query)
    const { records, total, conversations } = told(reply, await drilldown(context.readPool, accountId, asked))
    const meta = {
      metric: asked.metric,
      record_type: recordTypeOf(asked.metric),
      bucket: asked.bucket,
      current_page: asked.page,
      per_page: asked.perPage,
      total_count: total,
      conversation_count: conversations,
    }
    return { meta, payload: records }
  })
}

/**
 * What a request means.
 * @throws Refusal 422 without a word, as Chatwoot's, when it names no metric, type, range or bucket in it; 404 for an unknown id.
 */
async function askedOf({ readPool, clock }: ServerContext, accountId: number, query: DrilldownQuery): Promise<DrilldownAsked> {
  const metric = seriesMetrics.find((known) => known === query.metric)
  const type = query.type?.trim() ? query.type : 'account'
  const instants = [query.since, query.until, query.bucket_timestamp]
  const digits = instants.every((given) => /^\d+$/.test(given ?? ''))
  if (!metric || !dimensionNames.some((known) => known === type) || !digits) throw invalid('')
  const range = rangeOf(query)!
  const start = instantOf('bucket_timestamp', query.bucket_timestamp)!
  if (range.since >= range.until) throw invalid('')
  const zone = await requestZone(readPool, accountId, query, clock())
  const bucket = bucketInterval(zone, groupingOf(query.group_by), start, range)
  if (!bucket) throw invalid('')
  const subject = await subjectOf(readPool, accountId, { type, id: query.id })
  const perPage = wholeOf(query.per_page)
  return {
    metric,
    subject,
    range,
    bucket,
    businessHours: flagOf(query.business_hours),
    page: pageOf(query.page),
    perPage: perPage > 0 ? Math.min(perPage, PER_PAGE_MAX) : PER_PAGE,
  }
}
