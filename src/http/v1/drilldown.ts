import { z } from 'zod'
import { countingMetrics } from '../../reports/counted-rows.ts'
import { drilldownDocument } from '../../reports/documents/drilldown.ts'
import type { RouteFamily } from '../app.ts'
import { accountPath } from '../request.ts'
import { fileParameters, reportContent, sendReport, sourceOf } from './files.ts'
import { filterParameters, pageParameters, queryOf, rangeParameters, subjectParameters, word } from './parameters.ts'
import { reportProblems } from './problems.ts'
import { aboutRange } from './shapes.ts'

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
    ...fileParameters,
    metric: word(countingMetrics).meta({ description: 'Whose figure.', example: 'resolutions_count' }),
  }),
  response: {
    200: reportContent(
      z.object({
        ...aboutRange,
        metric: z.string(),
        total_count: z.int().meta({ description: 'Equals the figure’s `n`.' }),
        conversation_count: z.int().meta({ description: 'Different conversations among them.' }),
        page: z.int(),
        per_page: z.int(),
        records: z.array(record),
      }),
    ),
    ...reportProblems,
  },
}

/** `/reports/drilldown`: what a figure is made from. */
export const recordRoutes: RouteFamily = (app, context) => {
  app.get('/reports/drilldown', { schema }, async (request, reply) => {
    const { query, caller } = request
    return sendReport(reply, request, await drilldownDocument(sourceOf(context), caller.accountId, query))
  })
}
