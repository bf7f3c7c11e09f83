import { z } from 'zod'
import { botReport } from '../../reports/bot-report.ts'
import { csatReport, type CsatFigures } from '../../reports/csat.ts'
import { liveFigures } from '../../reports/live-figures.ts'
import type { Figure } from '../../rollups/metrics.ts'
import type { RouteFamily } from '../app.ts'
import { told } from '../report-headers.ts'
import { accountPath } from '../request.ts'
import { filterOf, understand } from './asked.ts'
import { besides } from './besides.ts'
import { compareParameters, filterParameters, queryOf, rangeParameters } from './parameters.ts'
import { problems } from './problems.ts'
import { aboutOf, aboutRange, plainFigure } from './shapes.ts'

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
  const { readPool } = context
  const schema = {
    ...common,
    summary: 'Satisfaction, of the account and by agent',
    querystring: queryOf({ ...rangeParameters, ...filterParameters, ...compareParameters }),
    response: {
      200: z.object({ ...aboutRange, total: satisfaction, previous: satisfaction.optional(), agents: z.array(ofAgent) }),
      ...problems,
    },
  }
  app.get('/reports/csat', { schema }, async ({ query, caller: { accountId } }, reply) => {
    const understood = await understand(context, accountId, query)
    const { filter } = understood
    const { now, previous } = await besides(understood, reply, (range) => csatReport(readPool, accountId, { range, filter }))
    return {
      ...aboutOf(understood),
      total: satisfactionOf(now),
      ...(previous && { previous: satisfactionOf(previous) }),
      agents: now.agents.map((agent) => ({ agent_id: agent.agentId, agent_name: agent.name, ...satisfactionOf(agent) })),
    }
  })
}

const addBots: RouteFamily = (app, context) => {
  const { readPool } = context
  const schema = {
    ...common,
    summary: 'What bots handled and handed off',
    querystring: queryOf({ ...rangeParameters, ...compareParameters, inbox_ids: filterParameters.inbox_ids }),
    response: { 200: z.object({ ...aboutRange, figures: bots, previous: bots.optional() }), ...problems },
  }
  app.get('/reports/bots', { schema }, async ({ query, caller: { accountId } }, reply) => {
    const understood = await understand(context, accountId, query)
    const inboxIds = understood.filter?.inbox
    const { now, previous } = await besides(understood, reply, (range) => botReport(readPool, accountId, { range, inboxIds }))
    return { ...aboutOf(understood), figures: now, ...(previous && { previous }) }
  })
}

const addLive: RouteFamily = (app, context) => {
  const { readPool } = context
  const schema = {
    ...common,
    summary: 'Conversations and agents at this moment',
    querystring: queryOf(filterParameters),
    response: { 200: live, ...problems },
  }
  app.get('/reports/live', { schema }, async ({ query, caller: { accountId } }, reply) =>
    told(reply, await liveFigures(readPool, accountId, { filter: await filterOf(readPool, accountId, query) })),
  )
}

function satisfactionOf({
  score,
  averageRating,
  responseRate,
  responses,
  surveysSent,
  ratings,
  positive,
  negative,
}: CsatFigures) {
  const counts = Object.entries(ratings).map(([rating, { n }]: [string, Figure]) => [rating, n] as const)
  return {
    score,
    average_rating: averageRating,
    response_rate: responseRate,
    responses,
    surveys_sent: surveysSent,
    positive,
    negative,
    ratings: Object.fromEntries(counts),
  }
}
