import { z } from 'zod'
import { firstResponseBuckets } from '../../reports/first-response-buckets.ts'
import { heatmap, heatmapCounts } from '../../reports/heatmap.ts'
import { inboxLabelMatrix } from '../../reports/inbox-label-matrix.ts'
import { outgoingGroupings, outgoingMessages } from '../../reports/outgoing-messages.ts'
import type { RouteFamily } from '../app.ts'
import { told } from '../report-headers.ts'
import { accountPath } from '../request.ts'
import { understand } from './asked.ts'
import { filterParameters, queryOf, rangeParameters, word } from './parameters.ts'
import { problems } from './problems.ts'
import { aboutOf, aboutRange } from './shapes.ts'

const count = z.int()
const cell = z.object({ day: z.string(), hour: z.int(), count })
const bucket = z.object({ bucket: z.string().meta({ example: '0-5min' }), count })
const group = z.object({ id: z.int().nullable(), name: z.string().nullable(), count })
const labelCount = z.object({ label_id: z.int(), label_name: z.string(), count })
const inboxRow = z.object({ inbox_id: z.int(), inbox_name: z.string(), labels: z.array(labelCount) })

const common = { tags: ['Own reports'], params: accountPath }

/** `/reports/{heatmap,first_response_buckets,outgoing_messages,inbox_label_matrix}`: counts of one kind, broken down. */
export const breakdownRoutes: RouteFamily = (app, context) => {
  const { readPool } = context
  const counted = word(heatmapCounts)
    .optional()
    .meta({ description: 'What is counted; conversations without.', example: 'messages' })
  const heat = {
    ...common,
    summary: 'How busy each hour of the week was',
    querystring: queryOf({ ...rangeParameters, ...filterParameters, counted }),
    response: { 200: z.object({ ...aboutRange, counted: z.string(), cells: z.array(cell) }), ...problems },
  }
  app.get('/reports/heatmap', { schema: heat }, async ({ query, caller: { accountId } }, reply) => {
    const understood = await understand(context, accountId, query)
    const asked = { ...understood, counted: query.counted ?? 'conversations' }
    return { ...aboutOf(understood), counted: asked.counted, cells: told(reply, await heatmap(readPool, accountId, asked)) }
  })

  const buckets = {
    ...common,
    summary: 'First responses by how long they took',
    querystring: queryOf({ ...rangeParameters, ...filterParameters }),
    response: { 200: z.object({ ...aboutRange, n: count, buckets: z.array(bucket) }), ...problems },
  }
  app.get('/reports/first_response_buckets', { schema: buckets }, async ({ query, caller: { accountId } }, reply) => {
    const understood = await understand(context, accountId, query)
    const list = told(reply, await firstResponseBuckets(readPool, accountId, understood))
    return { ...aboutOf(understood), n: list.reduce((sum, one) => sum + one.count, 0), buckets: list }
  })

  const by = word(outgoingGroupings).meta({ description: 'What they are counted by.', example: 'agent' })
  const outgoing = {
    ...common,
    summary: 'Messages sent by each agent, team, inbox or tag',
    querystring: queryOf({ ...rangeParameters, by }),
    response: { 200: z.object({ ...aboutRange, by: z.string(), groups: z.array(group) }), ...problems },
  }
  app.get('/reports/outgoing_messages', { schema: outgoing }, async ({ query, caller: { accountId } }, reply) => {
    const understood = await understand(context, accountId, query)
    const groups = told(reply, await outgoingMessages(readPool, accountId, query.by, understood.range))
    const counts = groups.map(({ id, name, messages }) => ({ id, name, count: messages }))
    return { ...aboutOf(understood), by: query.by, groups: counts }
  })

  const matrix = {
    ...common,
    summary: 'Conversations by inbox and label',
    querystring: queryOf({
      ...rangeParameters,
      inbox_ids: filterParameters.inbox_ids,
      label_ids: filterParameters.label_ids,
    }),
    response: { 200: z.object({ ...aboutRange, inboxes: z.array(inboxRow) }), ...problems },
  }
  app.get('/reports/inbox_label_matrix', { schema: matrix }, async ({ query, caller: { accountId } }, reply) => {
    const understood = await understand(context, accountId, query)
    const asked = { range: understood.range, inboxIds: understood.filter?.inbox, labelIds: understood.filter?.label }
    const { inboxes, labels, matrix: counts } = told(reply, await inboxLabelMatrix(readPool, accountId, asked))
    const labelsOf = (row: number) =>
      labels.map(({ id, title }, column) => ({ label_id: id, label_name: title, count: counts[row]![column]! }))
    return {
      ...aboutOf(understood),
      inboxes: inboxes.map(({ id, name }, row) => ({ inbox_id: id, inbox_name: name, labels: labelsOf(row) })),
    }
  })
}
