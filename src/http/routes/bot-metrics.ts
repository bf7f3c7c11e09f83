import { z } from 'zod'
import { botMetrics } from '../../reports/chatwoot/bot-metrics.ts'
import type { RouteFamily } from '../app.ts'
import { failures } from '../failures.ts'
import { told } from '../report-headers.ts'
import { accountPath, NOTHING, rangeOf, rangeQuery } from '../request.ts'

const rate = z.int().meta({ description: 'Whole percent, cut; can pass 100.' })
const body = z.object({ conversation_count: z.int(), message_count: z.int(), resolution_rate: rate, handoff_rate: rate })

/** `/reports/bot_metrics`: what inboxes with a bot had to do, and which share bots resolved and handed off. */
export const botMetricsRoutes: RouteFamily = (app, { readPool }) => {
  const schema = {
    tags: ['Reports'],
    summary: 'Conversations with bots and what became of them',
    params: accountPath,
    querystring: rangeQuery.omit({ business_hours: true }),
    response: { 200: body, ...failures },
  }
  app.get('/reports/bot_metrics', { schema }, async ({ query, caller: { accountId } }, reply) => {
    const metrics = told(reply, await botMetrics(readPool, accountId, rangeOf(query) ?? NOTHING))
    return {
      conversation_count: metrics.conversationCount,
      message_count: metrics.messageCount,
      resolution_rate: metrics.resolutionRate,
      handoff_rate: metrics.handoffRate,
    }
  })
}
