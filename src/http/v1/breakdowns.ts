import { z } from 'zod'
import { bucketsDocument, heatmapDocument, matrixDocument, outgoingDocument } from '../../reports/documents/breakdowns.ts'
import { heatmapCounts } from '../../reports/heatmap.ts'
import { outgoingGroupings } from '../../reports/outgoing-messages.ts'
import type { RouteFamily } from '../app.ts'
import { accountPath } from '../request.ts'
import { fileParameters, reportContent, sendReport, sourceOf } from './files.ts'
import { compareParameters, filterParameters, queryOf, rangeParameters, word } from './parameters.ts'
import { reportProblems } from './problems.ts'
import { aboutRange } from './shapes.ts'

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
    querystring: queryOf({ ...rangeParameters, ...filterParameters, ...compareParameters, counted, ...fileParameters }),
    response: {
      200: reportContent(z.object({ ...aboutRange, counted: z.string(), cells, previous: cells.optional() })),
      ...reportProblems,
    },
  }
  app.get('/reports/heatmap', { schema }, async (request, reply) => {
    const { query, caller } = request
    return sendReport(reply, request, await heatmapDocument(sourceOf(context), caller.accountId, query))
  })
}

const addBuckets: RouteFamily = (app, context) => {
  const buckets = z.object({ n: count, buckets: z.array(bucket) })
  const schema = {
    ...common,
    summary: 'First responses by how long they took',
    querystring: queryOf({ ...rangeParameters, ...filterParameters, ...compareParameters, ...fileParameters }),
    response: {
      200: reportContent(z.object({ ...aboutRange, ...buckets.shape, previous: buckets.optional() })),
      ...reportProblems,
    },
  }
  app.get('/reports/first_response_buckets', { schema }, async (request, reply) => {
    const { query, caller } = request
    return sendReport(reply, request, await bucketsDocument(sourceOf(context), caller.accountId, query))
  })
}

const addOutgoing: RouteFamily = (app, context) => {
  const by = word(outgoingGroupings).meta({ description: 'What they are counted by.', example: 'agent' })
  const groups = z.array(group)
  const schema = {
    ...common,
    summary: 'Messages sent by each agent, team, inbox or tag',
    querystring: queryOf({ ...rangeParameters, ...compareParameters, by, ...fileParameters }),
    response: {
      200: reportContent(z.object({ ...aboutRange, by: z.string(), groups, previous: groups.optional() })),
      ...reportProblems,
    },
  }
  app.get('/reports/outgoing_messages', { schema }, async (request, reply) => {
    const { query, caller } = request
    return sendReport(reply, request, await outgoingDocument(sourceOf(context), caller.accountId, query))
  })
}

const addMatrix: RouteFamily = (app, context) => {
  const { inbox_ids, label_ids } = filterParameters
  const rows = z.array(inboxRow)
  const schema = {
    ...common,
    summary: 'Conversations by inbox and label',
    querystring: queryOf({ ...rangeParameters, ...compareParameters, inbox_ids, label_ids, ...fileParameters }),
    response: { 200: reportContent(z.object({ ...aboutRange, inboxes: rows, previous: rows.optional() })), ...reportProblems },
  }
  app.get('/reports/inbox_label_matrix', { schema }, async (request, reply) => {
    const { query, caller } = request
    return sendReport(reply, request, await matrixDocument(sourceOf(context), caller.accountId, query))
  })
}
