import { z } from 'zod'
import { summaryDocument, timeseriesDocument } from '../../reports/documents/figures.ts'
import type { RouteFamily } from '../app.ts'
import { accountPath } from '../request.ts'
import { fileParameters, reportContent, sendReport, sourceOf } from './files.ts'
import { reportProblems } from './problems.ts'
import {
  compareParameters,
  filterParameters,
  groupParameters,
  metricParameters,
  queryOf,
  rangeParameters,
  subjectParameters,
} from './parameters.ts'
import { allowedSubject } from './own-figures.ts'
import { about, figures, points } from './shapes.ts'

const asked = {
  ...rangeParameters,
  ...subjectParameters,
  ...filterParameters,
  ...metricParameters,
  ...compareParameters,
  ...fileParameters,
}

/** `/reports/summary` and `/reports/timeseries`: any metrics of any subject; of himself for an agent. */
export const figureRoutes: RouteFamily = (app, context) => {
  const common = { tags: ['Own reports'], params: accountPath }
  const summary = {
    ...common,
    summary: 'Figures of an account or one of its entities',
    querystring: queryOf(asked),
    response: { 200: reportContent(z.object({ ...about, figures })), ...reportProblems },
  }
  app.get('/reports/summary', { schema: summary }, async (request, reply) => {
    const { query, caller } = request
    return sendReport(reply, request, await summaryDocument(sourceOf(context), caller.accountId, allowedSubject(caller, query)))
  })

  const body = z.object({ ...about, group_by: z.string(), points, previous: points.optional() })
  const series = {
    ...common,
    summary: 'Figures in the course of time',
    querystring: queryOf({ ...asked, ...groupParameters }),
    response: { 200: reportContent(body), ...reportProblems },
  }
  app.get('/reports/timeseries', { schema: series }, async (request, reply) => {
    const { query, caller } = request
    return sendReport(
      reply,
      request,
      await timeseriesDocument(sourceOf(context), caller.accountId, allowedSubject(caller, query)),
    )
  })
}
