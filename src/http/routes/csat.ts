import { z } from 'zod'
import { invalid } from '../../errors.ts'
import { csatCsv } from '../../reports/chatwoot/csat-file.ts'
import { csatCounts } from '../../reports/chatwoot/csat-metrics.ts'
import type { CsatFilter } from '../../reports/chatwoot/csat-filter.ts'
import { csatResponses } from '../../reports/chatwoot/csat-responses.ts'
import type { App, RouteFamily, ServerContext } from '../app.ts'
import { failures } from '../failures.ts'
import { told } from '../report-headers.ts'
import { accountPath, EVERYTHING, idOf, pageOf, rangeOf, rangeQuery, text } from '../request.ts'

const filterQuery = rangeQuery.pick({ since: true, until: true }).extend({
  user_ids: z
    .union([text, z.array(text)])
    .optional()
    .meta({ description: 'Ids of assigned agents, as `user_ids[]`.', example: ['1', '2'] }),
  inbox_id: text.optional().meta({ description: 'Inbox that the conversation is in now.', example: '1' }),
  team_id: text.optional().meta({ description: 'Team that the conversation belongs to now.', example: '1' }),
  rating: text.optional().meta({ description: 'One rating, 1 to 5.', example: '5' }),
})
const listQuery = filterQuery.extend({
  sort: text
    .optional()
    .meta({ description: '`created_at` or `-created_at` (newest first); otherwise by id.', example: '-created_at' }),
  page: text.optional().meta({ description: 'Which page of 25, from 1 on.', example: '1' }),
})

const name = z.string().nullable()
const instant = z.int()
const contact = z.object({
  additional_attributes: z.unknown(),
  availability_status: z.literal('offline'),
  email: name,
  id: z.int(),
  name,
  phone_number: name,
  blocked: z.boolean(),
  identifier: name,
  thumbnail: z.literal(''),
  custom_attributes: z.unknown(),
  last_activity_at: instant.optional(),
  created_at: instant,
})
const agent = z.object({
  id: z.int(),
  account_id: z.int(),
  availability_status: name.meta({ description: '`online`, `busy` or `offline`; null for an agent who has left.' }),
  auto_offline: z.boolean().nullable(),
  confirmed: z.literal(true),
  email: name,
  provider: z.string(),
  available_name: z.string(),
  custom_attributes: z.unknown().optional(),
  name: z.string(),
  role: name,
  thumbnail: z.literal(''),
  custom_role_id: z.int().nullable(),
})
const response = z.object({
  id: z.int(),
  rating: z.int(),
  feedback_message: name,
  csat_review_notes: name,
  review_notes_updated_at: instant.nullable(),
  review_notes_updated_by: z.object({ id: z.int(), name: z.string() }).optional(),
  account_id: z.int(),
  message_id: z.int(),
  contact: contact.optional(),
  conversation_id: z.int().nullable().meta({ description: 'The display id.' }),
  assigned_agent: agent.optional(),
  created_at: instant,
})
const counts = z.object({
  total_count: z.int(),
  ratings_count: z.record(z.string(), z.int()).meta({ description: 'Responses by rating; only ratings that occur.' }),
  total_sent_messages_count: z.int().meta({ description: 'Surveys sent in the range, whatever the other filters.' }),
})

const config = { errors: 'chatwoot' as const }
const common = { tags: ['CSAT'], params: accountPath, querystring: filterQuery }

/** `/csat_survey_responses` and `/csat_survey_responses/download`, below Chatwoot's `/api/v1`: what customers said. */
export const csatRoutes: RouteFamily = (app, context) => {
  addList(app, context)
  addFile(app, context)
}

function addList(app: App, { readPool }: ServerContext): void {
  const listed = {
    ...common,
    querystring: listQuery,
    summary: 'Survey responses',
    response: { 200: z.array(response), ...failures },
  }
  app.get('/csat_survey_responses', { schema: listed, config }, async ({ query, caller: { accountId } }, reply) => {
    const sort = { created_at: 'asc', '-created_at': 'desc' }[query.sort ?? ''] as 'asc' | 'desc' | undefined
    const asked = { range: rangeOf(query), filter: filterOf(query), sort, page: pageOf(query.page) }
    return told(reply, await csatResponses(readPool, accountId, asked))
  })
}

/** `/csat_survey_responses/metrics`: counts alone. */
export const csatMetricRoutes: RouteFamily = (app, { readPool }) => {
  const counted = { ...common, summary: 'Survey responses by rating', response: { 200: counts, ...failures } }
  app.get('/csat_survey_responses/metrics', { schema: counted, config }, async ({ query, caller: { accountId } }, reply) => {
    const report = await csatCounts(readPool, accountId, rangeOf(query) ?? EVERYTHING, filterOf(query))
    const { ratings, surveys } = told(reply, report)
    return {
      total_count: [...ratings.values()].reduce((sum, n) => sum + n, 0),
      ratings_count: Object.fromEntries(ratings),
      total_sent_messages_count: surveys,
    }
  })
}

function addFile(app: App, { readPool, chatwootUrl }: ServerContext): void {
  const content = { 'text/csv': { schema: z.string() } }
  const file = {
    ...common,
    summary: 'Survey responses as a file',
    response: { 200: { description: 'The file', content }, ...failures },
  }
  app.get('/csat_survey_responses/download', { schema: file, config }, async ({ query, caller: { accountId } }, reply) => {
    const range = rangeOf(query)
    if (!range) throw invalid('A file needs since and until, both in Unix seconds.')
    const report = await csatCsv(readPool, accountId, { range, filter: filterOf(query), chatwootUrl })
    const disposition = 'attachment; filename=csat_report.csv'
    return reply
      .headers({ 'content-type': 'text/csv; charset=utf-8', 'content-disposition': disposition })
      .send(told(reply, report))
  })
}

/** The filter of a request: what is empty filters nothing, what is no number finds nothing. */
function filterOf({ user_ids = [], inbox_id, team_id, rating }: z.infer<typeof filterQuery>): CsatFilter {
  const agents = [user_ids].flat().filter((given) => given.trim() !== '')
  const one = (given = '') => (given.trim() === '' ? undefined : found(given))
  return {
    agentIds: agents.length > 0 ? agents.map(found) : undefined,
    inboxId: one(inbox_id),
    teamId: one(team_id),
    rating: one(rating),
  }
}

/** 0, which is nobody's id, for a text without a number. */
const found = (given: string) => idOf(given) || 0
