import { z } from 'zod'
import type { Pool } from '../../db.ts'
import { invalid } from '../../errors.ts'
import type { Answer } from '../../reports/answer.ts'
import {
  agentsCsv,
  conversationsSummaryCsv,
  inboxesCsv,
  labelsCsv,
  teamsCsv,
  type CsvFile,
} from '../../reports/chatwoot/chatwoot-tables.ts'
import { agentList, inboxList, labelList, teamList } from '../../reports/chatwoot/entity-lists.ts'
import type { Range } from '../../reports/values.ts'
import type { App, RouteFamily, ServerContext } from '../app.ts'
import { attachment, csvContent } from '../attachment.ts'
import { formatOf } from '../format.ts'
import { failures } from '../failures.ts'
import { told } from '../report-headers.ts'
import { accountPath, flagOf, listQuery, NOTHING, rangeOf, rangeQuery } from '../request.ts'

const seconds = z.number().nullable()
const figures = {
  conversations_count: z.int(),
  incoming_messages_count: z.int(),
  outgoing_messages_count: z.int(),
  avg_first_response_time: seconds,
  avg_resolution_time: seconds,
  resolutions_count: z.int(),
}
const id = z.int()
const name = z.string()
const availability = z.enum(['online', 'busy', 'offline'])

const agent = z.object({ id, name, email: z.string(), thumbnail: z.string(), availability, ...figures })
const inbox = z.object({ id, name, channel_type: z.string(), ...figures })
const team = z.object({ id, name, ...figures })
const label = z.object({ id, title: z.string(), ...figures })

const common = { tags: ['Lists'], params: accountPath, querystring: listQuery }

type ListOf<T> = (pool: Pool, accountId: number, range: Range, businessHours: boolean) => Promise<Answer<T[]>>

/** `/reports/{agents,inboxes,teams,labels}` as JSON or CSV, and `/reports/conversations_summary`, a CSV. */
export const entityRoutes: RouteFamily = (app, context) => {
  addList(app, context, 'agents', agentList, agentsCsv, agent)
  addList(app, context, 'inboxes', inboxList, inboxesCsv, inbox)
  addList(app, context, 'teams', teamList, teamsCsv, team)
  addList(app, context, 'labels', labelList, labelsCsv, label)

  const schema = {
    ...common,
    querystring: rangeQuery,
    summary: 'The summary as a file',
    response: { 200: { description: 'The file', content: csvContent }, ...failures },
  }
  app.get('/reports/conversations_summary', { schema }, async ({ query, caller }, reply) => {
    const range = wholeRange(query)
    const report = await conversationsSummaryCsv(context.readPool, caller.accountId, range, flagOf(query.business_hours))
    return reply.headers(attachment('conversations_summary_report')).send(told(reply, report))
  })
}

function addList<T>(app: App, context: ServerContext, name: string, list: ListOf<T>, file: CsvFile, row: z.ZodType<T>): void {
  const { readPool, chatwootUi } = context
  const content = { 'application/json': { schema: z.array(row) }, ...csvContent }
  const schema = {
    ...common,
    summary: `Figures of all ${name}`,
    response: { 200: { description: 'The list', content }, ...failures },
  }
  app.get(`/reports/${name}`, { schema }, async (request, reply) => {
    const { query, caller } = request
    const businessHours = flagOf(query.business_hours)
    reply.header('vary', 'accept')
    if (formatOf(request, query.format, chatwootUi ? 'csv' : 'json') === 'json') {
      return told(reply, await list(readPool, caller.accountId, rangeOf(query) ?? NOTHING, businessHours))
    }
    const report = await file(readPool, caller.accountId, wholeRange(query), businessHours)
    return reply.headers(attachment(`${name}_report`)).send(told(reply, report))
  })
}

/** A file names its period, so it needs both ends. */
function wholeRange(query: Parameters<typeof rangeOf>[0]): Range {
  const range = rangeOf(query)
  if (!range) throw invalid('A file needs since and until, both in Unix seconds.')
  return range
}
