import { anyMember, mayReadReports, type Permission } from './auth.ts'
import type { RouteFamily } from './app.ts'
import { botMetricsRoutes } from './routes/bot-metrics.ts'
import { breakdownRoutes } from './routes/breakdowns.ts'
import { conversationRoutes } from './routes/conversations.ts'
import { entityRoutes } from './routes/entities.ts'
import { liveReportRoutes } from './routes/live-reports.ts'
import { seriesRoutes } from './routes/series.ts'
import { summaryReportRoutes } from './routes/summary-reports.ts'
import { summaryRoutes } from './routes/summary.ts'
import { trafficRoutes } from './routes/traffic.ts'
import { yearInReviewRoutes } from './routes/year-in-review.ts'

/** Routes that the same people may ask. */
export interface RouteGroup {
  may: Permission
  families: readonly RouteFamily[]
}

/** Chatwoot's reports, below `/api/v2/accounts/:account_id`. */
export const chatwootReports: readonly RouteGroup[] = [
  { may: mayReadReports, families: [seriesRoutes, summaryRoutes, entityRoutes, summaryReportRoutes] },
  { may: mayReadReports, families: [botMetricsRoutes, breakdownRoutes, conversationRoutes, trafficRoutes] },
  // A year is everybody's own; live reports ask for the right themselves, after the parameters.
  { may: anyMember, families: [yearInReviewRoutes, liveReportRoutes] },
]
