import type { RouteFamily } from '../app.ts'
import { auditRoutes } from './audit.ts'
import { backfillEventRoutes } from './backfill-events.ts'
import { backfillFailureRoutes } from './backfill-failures.ts'
import { backfillRoutes } from './backfills.ts'
import { gridRoutes } from './rollup-grid.ts'
import { rollupRoutes } from './rollups.ts'
import { verifyRoutes } from './verify.ts'

/** What administrators and operators do, below `/api/v1/admin`; `request.administrator` says for which accounts. */
export const adminFamilies: readonly RouteFamily[] = [
  auditRoutes,
  rollupRoutes,
  gridRoutes,
  verifyRoutes,
  backfillRoutes,
  backfillEventRoutes,
  backfillFailureRoutes,
]
