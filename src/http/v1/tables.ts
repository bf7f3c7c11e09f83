import { z } from 'zod'
import { listDocument } from '../../reports/documents/figures.ts'
import type { ListName } from '../../reports/tables/listed.ts'
import type { RouteFamily } from '../app.ts'
import { accountPath } from '../request.ts'
import { fileParameters, reportContent, sendReport, sourceOf } from './files.ts'
import { compareParameters, filterParameters, metricParameters, queryOf, rangeParameters, sortParameter } from './parameters.ts'
import { allowedRows } from './own-figures.ts'
import { reportProblems } from './problems.ts'
import { about, figures } from './shapes.ts'

const id = z.int()
const name = z.string()

/** What is told of each entity besides its figures, by the path of the table. */
const rows: Record<ListName, z.ZodRawShape> = {
  agents: { id, name, email: z.string(), thumbnail: z.string(), availability: z.enum(['online', 'busy', 'offline']) },
  inboxes: { id, name, channel_type: z.string() },
  teams: { id, name },
  labels: { id, name },
}

const querystring = queryOf({
  ...rangeParameters,
  ...filterParameters,
  ...metricParameters,
  ...compareParameters,
  ...sortParameter,
  ...fileParameters,
})

/** `/reports/agents`: the figures of each; his own row for an agent. */
export const agentTableRoutes: RouteFamily = tablesOf('agents')

/** `/reports/{inboxes,teams,labels}`: the figures of each. */
export const tableRoutes: RouteFamily = tablesOf('inboxes', 'teams', 'labels')

function tablesOf(...paths: ListName[]): RouteFamily {
  return (app, context) => {
    for (const path of paths) {
      const body = z.object({ ...about, total: figures, rows: z.array(z.object({ ...rows[path], figures })) })
      const schema = {
        tags: ['Own reports'],
        summary: `Figures of each of the ${path}`,
        params: accountPath,
        querystring,
        response: { 200: reportContent(body), ...reportProblems },
      }
      const document = listDocument(path)
      app.get(`/reports/${path}`, { schema }, async (request, reply) => {
        const { query, caller } = request
        return sendReport(reply, request, await document(sourceOf(context), caller.accountId, allowedRows(caller, query)))
      })
    }
  }
}
