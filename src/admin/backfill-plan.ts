import type { Instant } from '../clock.ts'
import type { Client, Pool } from '../db.ts'
import { bucketZone } from '../rollups/backfill/backfill-days.ts'
import { planBackfill, type PlanOptions } from '../rollups/backfill/plan-backfill.ts'
import { planJson, type PlanJson } from '../rollups/backfill/plan-json.ts'
import { requireCurrentPlan, type Planned } from '../rollups/backfill/plan-text.ts'
import { optionsOf, type BackfillRequest } from '../rollups/backfill/start-backfill.ts'

const plannedOf = ({ accountId, since, until, ...request }: BackfillRequest): Planned => ({
  accountId,
  since,
  until,
  ...optionsOf(request),
})

/**
 * What a backfill would do, as it is told over HTTP and by the command line. Writes nothing.
 */
export async function planOf(pool: Pool, request: BackfillRequest, now: Instant, options: PlanOptions = {}): Promise<PlanJson> {
  return planJson(await planBackfill(pool, plannedOf(request), now, options))
}

/** What has to hold when a backfill starts from a plan: it is of this request, and what it was made from is as it was. */
export function planCheck(
  request: BackfillRequest,
  plan: string | null,
  now: Instant,
): ((tx: Client) => Promise<void>) | undefined {
  if (plan === null) return undefined
  return async (tx) => requireCurrentPlan(tx, plan, plannedOf(request), await bucketZone(tx, request.accountId), now)
}
