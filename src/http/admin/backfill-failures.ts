import { z } from 'zod'
import { failedHours, failedHoursCount } from '../../rollups/backfill/failed-hours-json.ts'
import type { RouteFamily } from '../app.ts'
import { listShape, pageIn } from '../v1/digest-path.ts'
import { pageParameters, queryOf } from '../v1/parameters.ts'
import { problems } from '../v1/problems.ts'
import { askedBackfill } from './asked-accounts.ts'
import { failedHourShape } from './backfill-shapes.ts'
import { backfillPath } from './backfills.ts'

/** `/backfills/:backfill/failed_hours`: all hours that a backfill could not roll, a page at a time. */
export const backfillFailureRoutes: RouteFamily = (app, { pool }) => {
  const schema = {
    tags: ['Backfills'],
    summary: 'The hours that a backfill could not roll, the newest first, with what became of each since',
    params: backfillPath,
    querystring: queryOf(pageParameters),
    response: { 200: z.object({ ...listShape, failed_hours: z.array(failedHourShape) }), ...problems },
  }
  app.get('/backfills/:backfill/failed_hours', { schema }, async ({ administrator, params, query }) => {
    const found = await askedBackfill(pool, administrator, params.backfill)
    const page = pageIn(query)
    const hours = await failedHours(pool, found, page)
    return { total_count: await failedHoursCount(pool, found), page: page.page, per_page: page.perPage, failed_hours: hours }
  })
}
