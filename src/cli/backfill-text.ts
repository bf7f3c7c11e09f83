import type { BackfillJson } from '../rollups/backfill/backfill-json.ts'
import type { FailedHourJson } from '../rollups/backfill/failed-hours-json.ts'
import { metrics } from '../rollups/metrics.ts'
import { inWords } from '../time/duration-text.ts'
import { table } from './print.ts'

type Told = BackfillJson & { failed_hours?: FailedHourJson[]; failed_hours_total?: number }

/** A range as lines say it: `2026-03-01T00:00:00Z to now`. */
export const rangeText = ({ since, until }: Pick<BackfillJson, 'since' | 'until'>) =>
  `${since ?? 'the first row'} to ${until ?? 'now'}`

const words = (state: string) => state.replaceAll('_', ' ')

/** A list of backfills, a line each. */
export function backfillsTable(backfills: readonly BackfillJson[]): string {
  const rows = backfills.map(({ id, account_id, state, mode, progress, created_at, reason, ...range }) => [
    String(id),
    String(account_id),
    words(state),
    mode,
    rangeText(range),
    `${progress.hours_done} of ${progress.hours_total} hours`,
    created_at,
    reason,
  ])
  return table([['backfill', 'account', 'state', 'mode', 'range', 'done', 'asked for at', 'reason'], ...rows])
}

/** One backfill: what was asked for, how it stands, what failed, what it came to. */
export function backfillText(told: Told): string {
  const { id, account_id, state, phase, mode, order, reason, report, error } = told
  const asker = told.asked_by.id === null ? told.asked_by.kind : `${told.asked_by.kind} ${told.asked_by.id}`
  return [
    `Backfill ${id} of account ${account_id}: ${words(state)}${phase === 'verifying' ? ', verifying' : ''}`,
    `  ${rangeText(told)} (${told.timezone}), ${mode}, ${order} first${limitsText(told)}`,
    `  reason: ${reason} (${asker}, ${told.created_at})${told.notify ? ', mailed when it ends' : ''}`,
    `  ${progressText(told.progress)}`,
    ...(error === null ? [] : [`  last error: ${error}`]),
    ...(told.failed_hours ?? []).map((hour) => `  ${failedText(hour)}`),
    ...moreText(told),
    ...(report ? reportLines(report) : []),
  ].join('\n')
}

const limitsText = ({ max_hours_per_minute: limit, window, concurrency }: Told) =>
  [
    limit === null ? '' : `at most ${limit} hours a minute`,
    window ? `from ${window.from} to ${window.until}` : '',
    concurrency === null ? '' : `while fewer than ${concurrency} older ones work`,
  ]
    .filter(Boolean)
    .map((text) => `, ${text}`)
    .join('')

/** How far it is, in a line. */
export function progressText(progress: BackfillJson['progress']): string {
  const { hours_done, hours_total, days_done, days_total, hours_failed, hours_per_minute, seconds_left, current_day } = progress
  const { rests_until, rests_for, verify_days_done: verified, verify_days_total: toVerify } = progress
  const isVerifying = hours_total > 0 && hours_done >= hours_total && verified < toVerify
  return [
    `${hours_done} of ${hours_total} hours, ${days_done} of ${days_total} days`,
    hours_failed > 0 ? `${hours_failed} failed` : '',
    isVerifying ? `verifying ${verified} of ${toVerify} days` : '',
    hours_per_minute === null ? '' : `${hours_per_minute} hours a minute`,
    seconds_left === null ? '' : `${inWords(seconds_left)} left`,
    current_day === null ? '' : `next ${current_day}`,
    rests_until === null ? '' : `rests until ${rests_until} (${rests_for === 'window' ? 'outside its window' : 'its limit'})`,
    rests_for === 'turn' ? 'waits for its turn' : '',
  ]
    .filter(Boolean)
    .join(', ')
}

function moreText({ failed_hours: shown = [], failed_hours_total: total = 0 }: Told): string[] {
  if (total <= shown.length) return []
  return [`  ${shown.length} of ${total} hours that could not be rolled are named; --page has the others`]
}

function failedText({ hour, error, failed_at, next_try_at, rolled }: FailedHourJson): string {
  if (rolled) return `${hour} failed at ${failed_at} and has been rolled since`
  return `${hour} fails since ${failed_at}: ${error}${next_try_at === null ? '' : `; next try ${next_try_at}`}`
}

function reportLines({ hours, totals, verification, digests }: NonNullable<BackfillJson['report']>): string[] {
  const figure = (value: number | null) => (value === null ? '-' : String(Math.round(value * 100) / 100))
  const shown = totals.filter(({ before, after, added }) => [before, after, added].some((value) => value !== null && value !== 0))
  const rows = shown.map(({ metric, unit, before, after, added }) => [
    `${metrics[metric].title}${unit === 'count' ? '' : ` (${unit})`}`,
    figure(before),
    figure(after),
    figure(added),
  ])
  const changed = digests.sent.filter((digest) => digest.changed).length
  return [
    `  hours: ${hours.new} new, ${hours.changed} changed, ${hours.unchanged} unchanged, ${hours.failed} failed`,
    ...(rows.length > 0
      ? table([['total', 'before', 'after', 'in new hours'], ...rows])
          .split('\n')
          .map((row) => `  ${row}`)
      : []),
    ...(verification
      ? [
          `  verified: ${verification.hours} hours recomputed, ${verification.dirty_hours} left out as dirty, ${verification.differing} rows differ`,
        ]
      : []),
    `  sent digests of periods that it covers: ${digests.total}${digests.sent.length > 0 ? `, ${changed} with other figures now` : ''}`,
  ]
}
