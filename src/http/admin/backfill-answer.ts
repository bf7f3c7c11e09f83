import type { Instant } from '../../clock.ts'
import type { Queryable } from '../../db.ts'
import { bucketZone } from '../../rollups/backfill/backfill-days.ts'
import { backfillJson } from '../../rollups/backfill/backfill-json.ts'
import type { Backfill } from '../../rollups/backfill/backfill-row.ts'
import { failedHours, failedHoursCount, latestFailures } from '../../rollups/backfill/failed-hours-json.ts'
import type { Administrator } from './administrator.ts'

/** Backfills as one who may see them is told: who runs the installation only sees how they go, and no account's figures. */
export async function backfillsFor(db: Queryable, { operator }: Administrator, backfills: readonly Backfill[], now: Instant) {
  const zones = new Map<number, Awaited<ReturnType<typeof bucketZone>>>()
  for (const { accountId } of backfills) {
    if (!zones.has(accountId)) zones.set(accountId, await bucketZone(db, accountId))
  }
  const told = backfills.map((backfill) => backfillJson(backfill, zones.get(backfill.accountId)!, now))
  return operator ? told.map(withoutFigures) : told
}

/** Failed hours that an event tells; `hours_failed` counts them. */
const LATEST = 5

/** One backfill, with the hours that failed: a page of them, and how many there are. */
export async function backfillFor(db: Queryable, administrator: Administrator, backfill: Backfill, now: Instant) {
  const [told] = await backfillsFor(db, administrator, [backfill], now)
  return { ...told!, failed_hours: await failedHours(db, backfill), failed_hours_total: await failedHoursCount(db, backfill) }
}

/** One backfill as an event tells it, with the hours that failed last. */
export async function backfillNow(db: Queryable, administrator: Administrator, backfill: Backfill, now: Instant) {
  const [told] = await backfillsFor(db, administrator, [backfill], now)
  return { ...told!, latest_failures: backfill.failing > 0 ? await latestFailures(db, backfill, LATEST) : [] }
}

function withoutFigures(told: ReturnType<typeof backfillJson>) {
  if (!told.report) return told
  const { verification, digests, ...report } = told.report
  return {
    ...told,
    report: {
      ...report,
      totals: null,
      verification: verification && { ...verification, differences: [] },
      digests: { ...digests, sent: digests.sent.map((digest) => ({ ...digest, name: null })) },
    },
  }
}
