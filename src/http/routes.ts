import { notFound, type Refusal } from '../errors.ts'
import {
  administratorsOnly,
  anybodyHimself,
  anyMember,
  chatwootRoles,
  mayReadReports,
  notMember,
  type Permission,
} from './auth.ts'
import type { RouteFamily } from './app.ts'
import { botMetricsRoutes } from './routes/bot-metrics.ts'
import { breakdownRoutes } from './routes/breakdowns.ts'
import { conversationRoutes } from './routes/conversations.ts'
import { csatMetricRoutes, csatRoutes } from './routes/csat.ts'
import { drilldownRoutes } from './routes/drilldown.ts'
import { entityRoutes } from './routes/entities.ts'
import { liveReportRoutes } from './routes/live-reports.ts'
import { seriesRoutes } from './routes/series.ts'
import { summaryReportRoutes } from './routes/summary-reports.ts'
import { summaryRoutes } from './routes/summary.ts'
import { trafficRoutes } from './routes/traffic.ts'
import { yearInReviewRoutes } from './routes/year-in-review.ts'
import { breakdownRoutes as ownBreakdownRoutes } from './v1/breakdowns.ts'
import { deliveryRoutes } from './v1/deliveries.ts'
import { deskRoutes } from './v1/desk.ts'
import { digestControlRoutes } from './v1/digest-control.ts'
import { digestPreviewRoutes } from './v1/digest-preview.ts'
import { digestTrialRoutes } from './v1/digest-trial.ts'
import { digestRoutes } from './v1/digests.ts'
import { recordRoutes } from './v1/drilldown.ts'
import { figureRoutes } from './v1/figures.ts'
import { forRoles } from './v1/permissions.ts'
import { recipientGroupRoutes } from './v1/recipient-groups.ts'
import { recipientPolicyChangeRoutes, recipientPolicyRoutes } from './v1/recipient-policy.ts'
import { recipientRemovalRoutes, recipientRoutes } from './v1/recipients.ts'
import { settingsChangeRoutes, settingsRoutes } from './v1/settings.ts'
import { slotRoutes } from './v1/slots.ts'
import { suppressionRoutes } from './v1/suppressions.ts'
import { agentTableRoutes, tableRoutes } from './v1/tables.ts'
import { targetChangeRoutes, targetRoutes } from './v1/targets.ts'
import { tokenRoutes } from './v1/tokens.ts'

/** Routes that the same people may ask. */
export interface RouteGroup {
  may: Permission
  families: readonly RouteFamily[]
}

/**
 * Who may what, by the role of a token of our own or of a member of Chatwoot (docs/access.md has it as a table). A group without
 * roles is open to every member; its handlers ask themselves.
 */

/** Chatwoot's reports, below `/api/v2/accounts/:account_id`. */
const chatwootReports: readonly RouteGroup[] = [
  { may: mayReadReports, families: [seriesRoutes, summaryRoutes, entityRoutes, summaryReportRoutes] },
  { may: mayReadReports, families: [botMetricsRoutes, breakdownRoutes, conversationRoutes, trafficRoutes] },
  // A year is everybody's own; live reports ask for the right themselves, after the parameters.
  { may: anybodyHimself, families: [yearInReviewRoutes] },
  { may: anyMember, families: [liveReportRoutes] },
  { may: administratorsOnly, families: [drilldownRoutes] },
]

/** Those of Chatwoot's that are below `/api/v1/accounts/:account_id`; their errors have its shape, too. */
const chatwootReportsOfV1: readonly RouteGroup[] = [
  { may: mayReadReports, families: [csatMetricRoutes] },
  // What customers said, with who they are.
  { may: chatwootRoles('administrator', 'report_manager'), families: [csatRoutes] },
]

/** Reports of our own, below `/api/v1/accounts/:account_id`. */
const ownReports: readonly RouteGroup[] = [
  // An agent is told his own figures: allowedSubject and allowedRows see to it.
  { may: forRoles('administrator', 'report_manager', 'viewer', 'agent'), families: [figureRoutes, agentTableRoutes] },
  {
    may: forRoles('administrator', 'report_manager', 'viewer'),
    families: [tableRoutes, ownBreakdownRoutes, deskRoutes, targetRoutes, settingsRoutes],
  },
  // Customers are named here.
  { may: forRoles('administrator', 'report_manager'), families: [recordRoutes] },
  {
    may: forRoles('administrator', 'report_manager'),
    families: [digestRoutes, digestControlRoutes, digestPreviewRoutes, digestTrialRoutes, recipientGroupRoutes],
  },
  // Addresses of recipients are shown here: for those only who may manage digests, who are the same people.
  {
    may: forRoles('administrator', 'report_manager'),
    families: [slotRoutes, deliveryRoutes, recipientRoutes, suppressionRoutes, recipientPolicyRoutes],
  },
  {
    may: forRoles('administrator'),
    families: [tokenRoutes, targetChangeRoutes, settingsChangeRoutes, recipientPolicyChangeRoutes, recipientRemovalRoutes],
  },
]

/** Routes below `/api/<version>/accounts/:account_id`, and what someone is told who is no member of that account. */
export interface Mount {
  version: 'v1' | 'v2'
  groups: readonly RouteGroup[]
  stranger: () => Refusal
}

export const mounts: readonly Mount[] = [
  { version: 'v2', groups: chatwootReports, stranger: notMember },
  { version: 'v1', groups: chatwootReportsOfV1, stranger: notMember },
  // As for an account that does not exist: nobody learns here which do.
  { version: 'v1', groups: ownReports, stranger: notFound },
]
