import { z } from 'zod'
import { Refusal } from '../../errors.ts'
import { channelSummary } from '../../reports/chatwoot/channels.ts'
import { inboxLabelMatrix } from '../../reports/inbox-label-matrix.ts'
import { outgoingGroupings, outgoingMessages } from '../../reports/outgoing-messages.ts'
import { responseDistribution } from '../../reports/chatwoot/response-distribution.ts'
import type { App, RouteFamily, ServerContext } from '../app.ts'
import { failures } from '../failures.ts'
import { told } from '../report-headers.ts'
import { accountPath, IDS_MAX, idList, idsOf, NOTHING, rangeOf, rangeQuery, text } from '../request.ts'

const range = rangeQuery.omit({ business_hours: true })
const common = { tags: ['Breakdowns'], params: accountPath, querystring: range }
const count = z.int()

/** One figure by one or two dimensions: the matrix, the distribution, messages sent, and channels. */
export const breakdownRoutes: RouteFamily = (app, context) => {
  addMatrix(app, context)
  addDistribution(app, context)
  addOutgoing(app, context)
  addChannels(app, context)
}

function addMatrix(app: App, { readPool }: ServerContext): void {
  const ids = idList.optional()
  const schema = {
    ...common,
    summary: 'Conversations by inbox and label',
    querystring: range.extend({
      inbox_ids: ids.meta({ description: `Only these inboxes, at most ${IDS_MAX}: \`inbox_ids[]=1\`.`, example: ['1'] }),
      label_ids: ids.meta({ description: `Only these labels, at most ${IDS_MAX}: \`label_ids[]=1\`.`, example: ['1'] }),
    }),
    response: {
      200: z.object({
        inboxes: z.array(z.object({ id: z.int(), name: z.string() })),
        labels: z.array(z.object({ id: z.int(), title: z.string() })),
        matrix: z.array(z.array(count)).meta({ description: 'A row per inbox with a number per label.' }),
      }),
      ...failures,
    },
  }
  app.get('/reports/inbox_label_matrix', { schema }, async ({ query, caller: { accountId } }, reply) => {
    const inboxIds = idsOf('inbox_ids', query.inbox_ids)
    const labelIds = idsOf('label_ids', query.label_ids)
    return told(reply, await inboxLabelMatrix(readPool, accountId, { range: rangeOf(query), inboxIds, labelIds }))
  })
}

function addDistribution(app: App, { readPool }: ServerContext): void {
  const buckets = z.object({ '0-1h': count, '1-4h': count, '4-8h': count, '8-24h': count, '24h+': count })
  const schema = {
    ...common,
    summary: 'First responses by channel and by how long they took',
    response: { 200: z.record(z.string(), buckets), ...failures },
  }
  app.get('/reports/first_response_time_distribution', { schema }, async ({ query, caller: { accountId } }, reply) =>
    told(reply, await responseDistribution(readPool, accountId, rangeOf(query))),
  )
}

function addOutgoing(app: App, { readPool }: ServerContext): void {
  const group = z.object({ id: z.int().nullable(), name: z.string().nullable(), outgoing_messages_count: count })
  const schema = {
    ...common,
    summary: 'Messages sent by agent, team, inbox or label',
    querystring: range.extend({
      group_by: text.optional().meta({ description: '`agent`, `team`, `inbox` or `label`.', example: 'agent' }),
    }),
    response: { 200: z.array(group), ...failures },
  }
  app.get('/reports/outgoing_messages_count', { schema }, async ({ query, caller: { accountId } }, reply) => {
    const grouping = outgoingGroupings.find((name) => name === query.group_by)
    // Chatwoot answers with the status alone.
    if (!grouping) throw new Refusal('invalid', '')
    const report = await outgoingMessages(readPool, accountId, grouping, rangeOf(query) ?? NOTHING)
    return told(reply, report).map(({ id, name, messages }) => ({ id, name, outgoing_messages_count: messages }))
  })
}

function addChannels(app: App, { readPool }: ServerContext): void {
  const statuses = z.object({ open: count, resolved: count, pending: count, snoozed: count, total: count })
  const schema = {
    ...common,
    tags: ['Summary reports'],
    summary: 'Conversations by channel and status',
    response: { 200: z.record(z.string(), statuses), ...failures },
  }
  app.get('/summary_reports/channel', { schema }, async ({ query, caller: { accountId } }, reply) =>
    told(reply, await channelSummary(readPool, accountId, rangeOf(query) ?? NOTHING)),
  )
}
