import { z } from 'zod'
import { countingMetrics } from '../../reports/counted-rows.ts'
import { records } from '../../reports/records.ts'
import type { RouteFamily } from '../app.ts'
import { told } from '../report-headers.ts'
import { accountPath } from '../request.ts'
import { understand } from './asked.ts'
import { filterParameters, pageParameters, queryOf, rangeParameters, subjectParameters, word } from './parameters.ts'
import { problems } from './problems.ts'
import { aboutOf, aboutRange } from './shapes.ts'

const name = z.string().nullable()
const id = z.int()
const conversation = z.object({
  id,
  display_id: id,
  status: z.enum(['open', 'resolved', 'pending', 'snoozed']).nullable(),
  inbox_id: id,
  inbox_name: name,
  assignee_id: id.nullable(),
  assignee_name: name,
  team_id: id.nullable(),
  contact_id: id.nullable(),
  contact_name: name,
  created_at: z.number(),
})
const record = z.object({
  kind: z.enum(['conversation', 'message', 'event', 'response']),
  id,
  at: z.number().meta({ description: 'When it counts, in Unix seconds.' }),
  value: z.number().nullable().meta({ description: 'Seconds of a time, or the rating of a response.' }),
  conversation: conversation.nullable(),
})

const schema = {
  tags: ['Own reports'],
  summary: 'The conversations, messages, events or responses behind a figure, newest first',
  params: accountPath,
  querystring: queryOf({
    ...rangeParameters,
    ...subjectParameters,
    ...filterParameters,
    ...pageParameters,
    metric: word(countingMetrics).meta({ description: 'Whose figure.', example: 'resolutions_count' }),
  }),
  response: {
    200: z.object({
      ...aboutRange,
      metric: z.string(),
      total_count: z.int().meta({ description: 'Equals the figure’s `n`.' }),
      conversation_count: z.int().meta({ description: 'Different conversations among them.' }),
      page: z.int(),
      per_page: z.int(),
      records: z.array(record),
    }),
    ...problems,
  },
}

/** `/reports/drilldown`: what a figure is made from. */
export const recordRoutes: RouteFamily = (app, context) => {
  app.get('/reports/drilldown', { schema }, async ({ query, caller: { accountId } }, reply) => {
    const understood = await understand(context, accountId, query)
    const [page, perPage] = [Number(query.page ?? 1), Number(query.per_page ?? 25)]
    const asked = { ...understood, metric: query.metric, page, perPage }
    const found = told(reply, await records(context.readPool, accountId, asked))
    return {
      ...aboutOf(understood),
      metric: query.metric,
      total_count: found.totalCount,
      conversation_count: found.conversationCount,
      page,
      per_page: perPage,
      records: found.records,
    }
  })
}
