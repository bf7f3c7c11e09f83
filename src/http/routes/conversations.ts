import { z } from 'zod'
import { invalid, notFound, Refusal } from '../../errors.ts'
import { liveAgents, liveCounts } from '../../reports/chatwoot/live.ts'
import type { RouteFamily } from '../app.ts'
import { failures } from '../failures.ts'
import { told } from '../report-headers.ts'
import { accountPath, pageOf, text } from '../request.ts'

const query = z.object({
  type: text.optional().meta({ description: '`account` or `agent`.', example: 'account' }),
  page: text.optional().meta({ description: 'For agents: which 25 of them, from 1.', example: '1' }),
})
const account = z.object({
  open: z.int(),
  unattended: z.int(),
  unassigned: z.int(),
  pending: z.int().meta({ description: 'Always 0, as in Chatwoot; `/live_reports/conversation_metrics` counts them.' }),
})
const agent = z.object({
  id: z.int(),
  name: z.string(),
  email: z.string(),
  thumbnail: z.string(),
  availability: z.enum(['online', 'busy', 'offline']),
  metric: z.object({ open: z.int(), unattended: z.int() }),
})

/** `/reports/conversations`: what is open at this moment, of the account or of each agent. */
export const conversationRoutes: RouteFamily = (app, { readPool }) => {
  const schema = {
    tags: ['Live'],
    summary: 'Open conversations, of the account or of each agent',
    params: accountPath,
    querystring: query,
    response: { 200: z.union([account, z.array(agent)]), ...failures },
  }
  app.get('/reports/conversations', { schema }, async ({ query: { type, page }, caller: { accountId } }, reply) => {
    // Chatwoot answers with the status alone.
    if (!type?.trim()) throw new Refusal('invalid', '')
    if (['inbox', 'label', 'team'].includes(type)) throw notFound()
    if (type === 'account') return { ...told(reply, await liveCounts(readPool, accountId)), pending: 0 }
    if (type !== 'agent') throw invalid('type must be account or agent.')
    const report = await liveAgents(readPool, accountId, pageOf(page))
    return told(reply, report).map(({ open, unattended, id, name, email, availability }) => ({
      id,
      name,
      email,
      thumbnail: '',
      availability,
      metric: { open, unattended },
    }))
  })
}
