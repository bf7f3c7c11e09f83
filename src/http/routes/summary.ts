import { z } from 'zod'
import { accountSummary, botSummary } from '../../reports/chatwoot/summary.ts'
import type { RouteFamily } from '../app.ts'
import { failures } from '../failures.ts'
import { told } from '../report-headers.ts'
import { accountPath, flagOf, NOTHING, rangeOf, subjectQuery } from '../request.ts'
import { subjectOf } from '../subject.ts'

const count = z.int()
const seconds = z.number().nullable().meta({ description: 'An average in seconds; null when there is nothing to average.' })

const figures = z.object({
  conversations_count: count,
  incoming_messages_count: count,
  outgoing_messages_count: count,
  avg_first_response_time: seconds,
  avg_resolution_time: seconds,
  resolutions_count: count,
  reply_time: seconds,
})
const botFigures = z.object({ bot_resolutions_count: count, bot_handoffs_count: count })

/** `/reports/summary` and `/reports/bot_summary`: key figures with those of the previous period. */
export const summaryRoutes: RouteFamily = (app, { readPool }) => {
  const common = { tags: ['Reports'], params: accountPath, querystring: subjectQuery }
  const schema = {
    ...common,
    summary: 'Seven key figures',
    response: { 200: figures.extend({ previous: figures }), ...failures },
  }
  app.get('/reports/summary', { schema }, async ({ query, caller: { accountId } }, reply) => {
    const subject = await subjectOf(readPool, accountId, query)
    const range = rangeOf(query) ?? NOTHING
    return told(reply, await accountSummary(readPool, accountId, subject, range, flagOf(query.business_hours)))
  })

  const botSchema = {
    ...common,
    summary: 'What bots did',
    response: { 200: botFigures.extend({ previous: botFigures }), ...failures },
  }
  app.get('/reports/bot_summary', { schema: botSchema }, async ({ query, caller: { accountId } }, reply) => {
    const subject = await subjectOf(readPool, accountId, query)
    const range = rangeOf(query) ?? NOTHING
    return told(reply, await botSummary(readPool, accountId, subject, range, flagOf(query.business_hours)))
  })
}
