import { z } from 'zod'
import { keyFigures } from '../../reports/key-figures.ts'
import { timeseries } from '../../reports/timeseries.ts'
import type { Weekday } from '../../time/calendar.ts'
import type { RouteFamily } from '../app.ts'
import { told } from '../report-headers.ts'
import { accountPath } from '../request.ts'
import { understand } from './asked.ts'
import { problems } from './problems.ts'
import {
  compareParameters,
  filterParameters,
  groupParameters,
  metricParameters,
  rangeParameters,
  subjectParameters,
} from './parameters.ts'
import { about, aboutOf, figures, points } from './shapes.ts'

const asked = { ...rangeParameters, ...subjectParameters, ...filterParameters, ...metricParameters, ...compareParameters }
export const weekdays: Record<'monday' | 'sunday' | 'saturday', Weekday> = { sunday: 0, monday: 1, saturday: 6 }

/** `/reports/summary` and `/reports/timeseries`: any metrics of any subject. */
export const figureRoutes: RouteFamily = (app, context) => {
  const common = { tags: ['Own reports'], params: accountPath }
  const summary = {
    ...common,
    summary: 'Figures of an account or one of its entities',
    querystring: z.strictObject(asked),
    response: { 200: z.object({ ...about, figures }), ...problems },
  }
  app.get('/reports/summary', { schema: summary }, async ({ query, caller: { accountId } }, reply) => {
    const understood = await understand(context, accountId, query)
    const report = await keyFigures(context.readPool, accountId, understood)
    return { ...aboutOf(understood), figures: told(reply, report) }
  })

  const series = {
    ...common,
    summary: 'Figures in the course of time',
    querystring: z.strictObject({ ...asked, ...groupParameters }),
    response: { 200: z.object({ ...about, group_by: z.string(), points, previous: points.optional() }), ...problems },
  }
  app.get('/reports/timeseries', { schema: series }, async ({ query, caller: { accountId } }, reply) => {
    const { group_by = 'day', week_start = 'monday' } = query
    const understood = await understand(context, accountId, query)
    const report = await timeseries(context.readPool, accountId, {
      ...understood,
      metrics: query.metrics === undefined ? ['conversations_count'] : understood.metrics,
      grouping: group_by,
      firstWeekday: weekdays[week_start],
    })
    return { ...aboutOf(understood), group_by, ...told(reply, report) }
  })
}
