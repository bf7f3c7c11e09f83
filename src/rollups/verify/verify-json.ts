import type { Instant } from '../../clock.ts'
import { isoOf } from '../../time/local-text.ts'
import type { Difference } from './differences.ts'
import type { Mismatch } from './mismatches.ts'
import type { VerifiedShare } from './verified-days.ts'
import { matchRate, type Verification } from './verify.ts'

/** A verification as it is told over HTTP and by the command line. */
export function verificationJson(accountId: number, verification: Verification) {
  const { daysTotal, days, hours, dirtyHours, rows, differing, differences, repaired } = verification
  return {
    account_id: accountId,
    days_total: daysTotal,
    days,
    hours,
    dirty_hours: dirtyHours,
    rows,
    match_rate: matchRate(verification),
    differing,
    repaired: differing > 0 && repaired,
    differences: differences.map(differenceJson),
  }
}

const differenceJson = ({ table, bucket, dimension, dimensionId, stored, recomputed }: Difference) => ({
  table,
  bucket: timeOf(bucket),
  dimension,
  dimension_id: dimensionId,
  stored,
  recomputed,
})

export const mismatchJson = ({ id, accountId, foundAt, repairedAt, ...difference }: Mismatch) => ({
  id,
  account_id: accountId,
  found_at: isoOf(foundAt),
  repaired_at: repairedAt === null ? null : isoOf(repairedAt),
  ...differenceJson(difference),
})

/** How much of an account is verified, and for how long the oldest verification has held, in seconds. */
export const verifiedShareJson = (share: VerifiedShare, now: Instant) => ({
  account_id: share.accountId,
  days: share.days,
  verified_days: share.verifiedDays,
  coverage_ratio: share.ratio,
  oldest_verified_at: share.oldestVerifiedAt === null ? null : isoOf(share.oldestVerifiedAt),
  oldest_age_seconds: share.oldestVerifiedAt === null ? null : Math.max(0, Math.round(now - share.oldestVerifiedAt)),
  recent_verified_at: share.recentAt === null ? null : isoOf(share.recentAt),
  mismatches: share.mismatches,
})

/** Null for no time, which a row may be filed under that is wrong. */
const timeOf = (bucket: Instant): string | null => (Number.isFinite(bucket) ? isoOf(bucket) : null)
