import { z } from 'zod'
import { firstResponseBuckets, type ResponseBucket } from '../../reports/first-response-buckets.ts'
import { heatmap, heatmapCounts } from '../../reports/heatmap.ts'
import { inboxLabelMatrix, type InboxLabelMatrix } from '../../reports/inbox-label-matrix.ts'
import { outgoingGroupings, outgoingMessages, type OutgoingMessages } from '../../reports/outgoing-messages.ts'
import type { Range } from '../../reports/values.ts'
import type { RouteFamily } from '../app.ts'
import { accountPath } from '../request.ts'
import { understand } from './asked.ts'
import { besides } from './besides.ts'
import { compareParameters, filterParameters, queryOf, rangeParameters, word } from './parameters.ts'
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
  addHeatmap(app, context)
  addBuckets(app, context)
  addOutgoing(app, context)
  addMatrix(app, context)
}

const addHeatmap: RouteFamily = (app, context) => {
  const counted = word(heatmapCounts)
    .optional()
    .meta({ description: 'What is counted; conversations without.', example: 'messages' })
  const cells = z.array(cell)
  const schema = {
    ...common,
    summary: 'How busy each hour of the week was',
    querystring: queryOf({ ...rangeParameters, ...filterParameters, ...compareParameters, counted }),
    response: { 200: z.object({ ...aboutRange, counted: z.string(), cells, previous: cells.optional() }), ...problems },
  }
  app.get('/reports/heatmap', { schema }, async ({ query, caller: { accountId } }, reply) => {
    const understood = await understand(context, accountId, query)
    const counts = query.counted ?? 'conversations'
    const cellsIn = (range: Range) => heatmap(context.readPool, accountId, { ...understood, range, counted: counts })
    const { now, previous } = await besides(understood, reply, cellsIn)
    return { ...aboutOf(understood), counted: counts, cells: now, ...(previous && { previous }) }
  })
}

const addBuckets: RouteFamily = (app, context) => {
  const buckets = z.object({ n: count, buckets: z.array(bucket) })
  const schema = {
    ...common,
    summary: 'First responses by how long they took',
    querystring: queryOf({ ...rangeParameters, ...filterParameters, ...compareParameters }),
    response: { 200: z.object({ ...aboutRange, ...buckets.shape, previous: buckets.optional() }), ...problems },
  }
  const shape = (list: ResponseBucket[]) => ({ n: list.reduce((sum, one) => sum + one.count, 0), buckets: list })
  app.get('/reports/first_response_buckets', { schema }, async ({ query, caller: { accountId } }, reply) => {
    const understood = await understand(context, accountId, query)
    const bucketsIn = (range: Range) => firstResponseBuckets(context.readPool, accountId, { ...understood, range })
    const { now, previous } = await besides(understood, reply, bucketsIn)
    return { ...aboutOf(understood), ...shape(now), ...(previous && { previous: shape(previous) }) }
  })
}

const addOutgoing: RouteFamily = (app, context) => {
  const by = word(outgoingGroupings).meta({ description: 'What they are counted by.', example: 'agent' })
  const groups = z.array(group)
  const schema = {
    ...common,
    summary: 'Messages sent by each agent, team, inbox or tag',
    querystring: queryOf({ ...rangeParameters, ...compareParameters, by }),
    response: { 200: z.object({ ...aboutRange, by: z.string(), groups, previous: groups.optional() }), ...problems },
  }
  const shape = (list: OutgoingMessages[]) => list.map(({ id, name, messages }) => ({ id, name, count: messages }))
  app.get('/reports/outgoing_messages', { schema }, async ({ query, caller: { accountId } }, reply) => {
    const understood = await understand(context, accountId, query)
    const groupsIn = (range: Range) => outgoingMessages(context.readPool, accountId, query.by, range)
    const { now, previous } = await besides(understood, reply, groupsIn)
    return { ...aboutOf(understood), by: query.by, groups: shape(now), ...(previous && { previous: shape(previous) }) }
  })
}

const addMatrix: RouteFamily = (app, context) => {
  const { inbox_ids, label_ids } = filterParameters
  const rows = z.array(inboxRow)
  const schema = {
    ...common,
    summary: 'Conversations by inbox and label',
    querystring: queryOf({ ...rangeParameters, ...compareParameters, inbox_ids, label_ids }),
    response: { 200: z.object({ ...aboutRange, inboxes: rows, previous: rows.optional() }), ...problems },
  }
  app.get('/reports/inbox_label_matrix', { schema }, async ({ query, caller: { accountId } }, reply) => {
    const understood = await understand(context, accountId, query)
    const { filter } = understood
    const matrixIn = (range: Range) =>
      inboxLabelMatrix(context.readPool, accountId, { range, inboxIds: filter?.inbox, labelIds: filter?.label })
    const { now, previous } = await besides(understood, reply, matrixIn)
    return { ...aboutOf(understood), inboxes: inboxRows(now), ...(previous && { previous: inboxRows(previous) }) }
  })
}

/** Rows of a matrix with the names of what they count. */
function inboxRows({ inboxes, labels, matrix }: InboxLabelMatrix): z.infer<typeof inboxRow>[] {
  const labelsOf = (row: number) =>
    labels.map(({ id, title }, column) => ({ label_id: id, label_name: title, count: matrix[row]![column]! }))
  return inboxes.map(({ id, name }, row) => ({ inbox_id: id, inbox_name: name, labels: labelsOf(row) }))
}
