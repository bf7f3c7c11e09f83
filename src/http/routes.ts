import type { RouteFamily } from './app.ts'
import { entityRoutes } from './routes/entities.ts'
import { seriesRoutes } from './routes/series.ts'
import { summaryReportRoutes } from './routes/summary-reports.ts'
import { summaryRoutes } from './routes/summary.ts'

/** Chatwoot's reports, below `/api/v2/accounts/:account_id`, for those who may read reports. */
export const chatwootReports: readonly RouteFamily[] = [seriesRoutes, summaryRoutes, entityRoutes, summaryReportRoutes]
