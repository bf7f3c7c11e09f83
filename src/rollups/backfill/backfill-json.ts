import type { Instant } from '../../clock.ts'
import type { Actor } from '../../audit/actor.ts'
import { dateAt } from '../../time/calendar.ts'
import { isoOf } from '../../time/local-text.ts'
import type { Zone } from '../../time/zone.ts'
import { daysOf } from './backfill-days.ts'
import { expectedEnd, measuredRate, windowRest } from './backfill-pace.ts'
import type { BackfillReport } from './backfill-report.ts'
import type { Backfill, BackfillOptions } from './backfill-row.ts'

/** How a backfill goes about it, as it is told over HTTP, by the command line and in the audit log. */
export function optionsJson(options: BackfillOptions) {
  return {
    mode: options.mode,
    order: options.oldestFirst ? ('oldest' as const) : ('newest' as const),
    max_hours_per_minute: options.maxHoursPerMinute,
    window: options.window,
    concurrency: options.concurrency,
    verify: options.verify,
    allow_erase: options.allowErase,
  }
}

/** The ends of a range; null where it is open. */
export const rangeJson = ({ since, until }: { since: Instant; until: Instant }) => ({
  since: isoOrNull(since),
  until: isoOrNull(until),
})

const isoOrNull = (at: Instant | null) => (at === null || !Number.isFinite(at) ? null : isoOf(at))

/** A backfill as it is told over HTTP and by the command line: what was asked for, how it stands, what it came to. */
export function backfillJson(backfill: Backfill, zone: Zone, now: Instant) {
  return {
    id: backfill.id,
    account_id: backfill.accountId,
    state: backfill.state,
    phase: phaseOf(backfill),
    ...rangeJson(backfill),
    timezone: zone.name,
    reason: backfill.reason,
    ...optionsJson(backfill),
    notify: backfill.notify,
    asked_by: actorJson(backfill.askedBy),
    created_at: isoOf(backfill.createdAt),
    started_at: isoOrNull(backfill.startedAt),
    progressed_at: isoOrNull(backfill.progressedAt),
    paused_at: isoOrNull(backfill.pausedAt),
    finished_at: isoOrNull(backfill.finishedAt),
    progress: progressJson(backfill, zone, now),
    error: backfill.error,
    report: backfill.report && reportJson(backfill.report),
  }
}

export type BackfillJson = ReturnType<typeof backfillJson>

export const actorJson = (actor: Actor) => ({ kind: actor.kind, id: 'id' in actor ? actor.id : null })

/** What it does while it is under way. */
function phaseOf({ state, rolled }: Backfill): 'rolling' | 'verifying' | null {
  return state !== 'running' && state !== 'paused' ? null : rolled ? 'verifying' : 'rolling'
}

/** How far a backfill is, how fast, and until when. */
export function progressJson(backfill: Backfill, zone: Zone, now: Instant) {
  const { hoursDone, hoursTotal, daysDone, daysTotal, chunks, failing, state, window } = backfill
  const rate = measuredRate(backfill)
  const end = expectedEnd(backfill, zone, now)
  const underWay = state === 'queued' || state === 'running'
  const opens = underWay && window ? windowRest(window, zone, now) : null
  const paced = underWay && (backfill.restSeconds ?? 0) > 0 ? backfill.pacedUntil : null
  const left = backfill.rolled ? backfill.toVerify : backfill.todo
  const next = backfill.oldestFirst ? left[0]?.from : left.at(-1) && left.at(-1)!.until - 1
  const active = underWay || state === 'paused'
  const toVerify = backfill.verify ? daysTotal : 0
  const unverified = backfill.rolled ? backfill.toVerify.flatMap((span) => daysOf(zone, span)).length : toVerify
  return {
    hours_done: hoursDone,
    hours_total: hoursTotal,
    days_done: Math.min(daysDone, daysTotal),
    days_total: daysTotal,
    hours_failed: failing,
    verify_days_done: Math.max(0, toVerify - unverified),
    verify_days_total: toVerify,
    chunks,
    hours_per_minute: rate === null ? null : Math.round(rate),
    seconds_left: end === null ? null : Math.max(0, Math.round(end - now)),
    expected_end: isoOrNull(end),
    current_day: active && next !== undefined ? dateAt(zone, next) : null,
    rests_until: isoOrNull(opens ?? paced),
    rests_for: restOf(opens, paced, backfill),
  }
}

/** What it rests for: until its window opens, for its limit, or until others are through. */
function restOf(opens: Instant | null, paced: Instant | null, { waitsForTurn }: Backfill): 'window' | 'limit' | 'turn' | null {
  if (opens !== null) return 'window'
  return paced !== null ? 'limit' : waitsForTurn ? 'turn' : null
}

function reportJson({ hours, totals, verification, digests }: BackfillReport) {
  return {
    hours,
    totals,
    verification: verification && {
      hours: verification.hours,
      dirty_hours: verification.dirtyHours,
      differing: verification.differing,
      differences: verification.differences.map(({ bucket, dimensionId, ...difference }) => {
        return { ...difference, bucket: isoOf(bucket), dimension_id: dimensionId }
      }),
    },
    digests: {
      total: digests.total,
      sent: digests.sent.map(({ digestId, name, firstDate, lastDate, changed }) => {
        return { digest_id: digestId, name, first_date: firstDate, last_date: lastDate, changed }
      }),
    },
  }
}
