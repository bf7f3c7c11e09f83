import { administratorsOnly, mayReadReports, type Permission } from './auth.ts'
import type { RouteFamily } from './app.ts'
import { csatRoutes } from './routes/csat.ts'
import { drilldownRoutes } from './routes/drilldown.ts'
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
  { may: administratorsOnly, families: [drilldownRoutes] },
]

/** Those of Chatwoot's that are below `/api/v1/accounts/:account_id`; their errors have its shape, too. */
export const chatwootReportsOfV1: readonly RouteGroup[] = [{ may: mayReadReports, families: [csatRoutes] }]
