import { z } from 'zod'
import { botsDocument, csatDocument, liveDocument } from '../../reports/documents/desk.ts'
import type { RouteFamily } from '../app.ts'
import { accountPath } from '../request.ts'
import { fileParameters, reportContent, sendReport, sourceOf } from './files.ts'
import { compareParameters, filterParameters, queryOf, rangeParameters } from './parameters.ts'
import { reportProblems } from './problems.ts'
import { aboutRange, plainFigure } from './shapes.ts'

const count = z.int()
const satisfaction = z.object({
  score: plainFigure.meta({ description: 'Percent of answers that rate 4 or 5.' }),
  average_rating: plainFigure,
  response_rate: plainFigure.meta({ description: 'Percent of surveys that were answered; `n` is surveys.' }),
  responses: plainFigure,
  surveys_sent: plainFigure,
  positive: plainFigure.meta({ description: 'Answers of 4 and 5, of `n`.' }),
  negative: plainFigure.meta({ description: 'Answers of 1 and 2, of `n`.' }),
  ratings: z.record(z.string(), count).meta({ description: 'Answers by rating.' }),
})
const ofAgent = satisfaction.extend({ agent_id: z.int().nullable(), agent_name: z.string().nullable() })
const bots = z.object({
  total_conversations: count,
  bot_handled: count,
  bot_handoffs: count,
  bot_resolution_rate: z.number().nullable().meta({ description: 'Percent of the conversations that no person was handed.' }),
  avg_bot_resolution_time: z.number().nullable().meta({ description: 'Seconds.' }),
  avg_bot_resolution_time_n: count,
})
const live = z.object({
  open: count,
  unassigned: count.meta({ description: 'Without an assignee, of whichever status.' }),
  unattended: count,
  pending: count,
  snoozed: count,
  agents_online: count,
  agents_busy: count,
})

const common = { tags: ['Own reports'], params: accountPath }

/** `/reports/{csat,bots,live}`: satisfaction, bots, and the desk at this moment. */
export const deskRoutes: RouteFamily = (app, context) => {
  addCsat(app, context)
  addBots(app, context)
  addLive(app, context)
}

const addCsat: RouteFamily = (app, context) => {
  const schema = {
    ...common,
    summary: 'Satisfaction, of the account and by agent',
    querystring: queryOf({ ...rangeParameters, ...filterParameters, ...compareParameters, ...fileParameters }),
    response: {
      200: reportContent(
        z.object({ ...aboutRange, total: satisfaction, previous: satisfaction.optional(), agents: z.array(ofAgent) }),
      ),
      ...reportProblems,
    },
  }
  app.get('/reports/csat', { schema }, async (request, reply) => {
    const { query, caller } = request
    return sendReport(reply, request, await csatDocument(sourceOf(context), caller.accountId, query))
  })
}

const addBots: RouteFamily = (app, context) => {
  const schema = {
    ...common,
    summary: 'What bots handled and handed off',
    querystring: queryOf({ ...rangeParameters, ...compareParameters, inbox_ids: filterParameters.inbox_ids, ...fileParameters }),
    response: { 200: reportContent(z.object({ ...aboutRange, figures: bots, previous: bots.optional() })), ...reportProblems },
  }
  app.get('/reports/bots', { schema }, async (request, reply) => {
    const { query, caller } = request
    return sendReport(reply, request, await botsDocument(sourceOf(context), caller.accountId, query))
  })
}

const addLive: RouteFamily = (app, context) => {
  const schema = {
    ...common,
    summary: 'Conversations and agents at this moment',
    querystring: queryOf({ ...filterParameters, ...fileParameters }),
    response: { 200: reportContent(live), ...reportProblems },
  }
  app.get('/reports/live', { schema }, async (request, reply) => {
    const { query, caller } = request
    return sendReport(reply, request, await liveDocument(sourceOf(context), caller.accountId, query))
  })
}
