import type { Instant } from '../../clock.ts'
import { isoOf } from '../../time/local-text.ts'
import type { Span } from '../coverage.ts'
import type { DirtyList } from './dirty-list.ts'
import type { FailedBucket, GrainStatus, RollupStatus } from './status.ts'

const timeOf = (at: Instant | null) => (at === null || !Number.isFinite(at) ? null : isoOf(at))

/** A stretch as it is told over HTTP and by the command line; an infinite end is null: JSON has no infinity. */
export const spanJson = ({ from, until }: Span) => ({ since: timeOf(from), until: timeOf(until) })

/** Ages to the millisecond. */
const seconds = (length: number | null) => (length === null ? null : Math.round(length * 1000) / 1000)

/** How fresh an account is, as it is told over HTTP and by the command line. Durations in seconds. */
export function statusJson(status: RollupStatus) {
  const { hour, day, month } = status.grains
  return {
    account_id: status.accountId,
    zone: status.zone,
    rolled_at: timeOf(status.rolledAt),
    next_roll_by: timeOf(status.nextRollBy),
    dirty_quarters: status.dirtyQuarters,
    wide_marks: status.wideMarks,
    oldest_dirty_seconds: seconds(status.oldestDirty),
    outdated: status.outdated.spans.map(spanJson),
    changed_metrics: status.outdated.changed,
    plan: status.outdated.spans.length === 0 ? null : { account_id: status.accountId, mode: 'missing' as const },
    grains: { hour: grainJson(hour), day: grainJson(day), month: grainJson(month) },
  }
}

const grainJson = (grain: GrainStatus) => ({
  covered: grain.covered.map(spanJson),
  complete_through: timeOf(grain.completeThrough),
  lag_seconds: seconds(grain.lag),
  dirty_buckets: grain.dirty,
  oldest_dirty_seconds: seconds(grain.oldestDirty),
  failed_buckets: grain.failed,
  first_failed: grain.firstFailed && failedJson(grain.firstFailed),
  rolled_at: timeOf(grain.rolledAt),
  next_roll_by: timeOf(grain.nextRollBy),
})

const failedJson = ({ failures, error, nextTry, ...span }: FailedBucket) => ({
  since: isoOf(span.from),
  until: isoOf(span.until),
  failures,
  error,
  next_try_at: isoOf(nextTry),
})

/** What waits to be rolled, in the same way. */
export function dirtyJson({ hours, wide, isMore }: DirtyList) {
  return {
    dirty_hours: hours.map((hour) => ({
      account_id: hour.accountId,
      since: isoOf(hour.from),
      until: isoOf(hour.until),
      label_rows_only: hour.labelsOnly,
      waiting_since: isoOf(hour.waitingSince),
      failures: hour.failures,
      error: hour.error,
      next_try_at: timeOf(hour.nextTry),
    })),
    wide_marks: wide.map(({ accountId, scope, marks, waitingSince }) => ({
      account_id: accountId,
      scope,
      marks,
      waiting_since: isoOf(waitingSince),
    })),
    more: isMore,
  }
}
