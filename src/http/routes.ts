import { mayReadReports, type Permission } from './auth.ts'
import type { RouteFamily } from './app.ts'
import { entityRoutes } from './routes/entities.ts'
import { seriesRoutes } from './routes/series.ts'
import { summaryReportRoutes } from './routes/summary-reports.ts'
import { summaryRoutes } from './routes/summary.ts'

/** Routes that the same people may ask. */
export interface RouteGroup {
  may: Permission
  families: readonly RouteFamily[]
}

/** Chatwoot's reports, below `/api/v2/accounts/:account_id`. */
export const chatwootReports: readonly RouteGroup[] = [
  { may: mayReadReports, families: [seriesRoutes, summaryRoutes, entityRoutes, summaryReportRoutes] },
]
