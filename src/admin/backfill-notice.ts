import { config } from '../config.ts'
import type { Notice } from '../digests/delivery/notice.ts'
import { oneLine } from '../digests/mail/names.ts'
import type { BackfillJson } from '../rollups/backfill/backfill-json.ts'
import { metrics } from '../rollups/metrics.ts'
import { dateAt } from '../time/calendar.ts'
import type { Zone } from '../time/zone.ts'

type Report = NonNullable<BackfillJson['report']>

const outcomes: Partial<Record<BackfillJson['state'], string>> = {
  completed: 'completed',
  completed_with_errors: 'completed with errors',
  cancelled: 'cancelled',
  failed: 'failed',
}

/** That a backfill has ended, for who asked for it: what was asked for, what it came to, and where more is told. */
export function backfillNotice(told: BackfillJson, { account, zone }: { account: string; zone: Zone }): Notice {
  const { id, account_id: accountId, reason, progress, report, error } = told
  const outcome = outcomes[told.state] ?? told.state
  const lines = [
    `Account: ${isolated(account)} (${accountId})`,
    `Range: ${rangeOf(told, zone)}`,
    `Reason: ${isolated(reason)}`,
    `Outcome: ${outcome}${error === null ? '' : ` (${error})`}`,
    `Hours: ${number(progress.hours_done)} of ${number(progress.hours_total)} done, ${number(progress.hours_failed)} failed`,
    ...(report ? reportLines(report) : []),
  ]
  const totals = report?.totals.flatMap(totalLine) ?? []
  return {
    language: 'en',
    subject: `Backfill ${id} ${outcome}: ${oneLine(account)}`,
    body: [
      `The backfill that you wanted to be told of has ended: it is ${outcome}.`,
      lines,
      ...(totals.length > 0 ? ['Totals of what it rolled:', totals] : []),
      `All of it is told by tidemark backfill show ${id} or ${config.publicUrl.replace(/\/+$/, '')}/api/v1/admin/backfills/${id}`,
    ],
  }
}

/** Isolated: what is written in the other direction must not reorder what stands around it. */
const isolated = (text: string) => `\u2068${oneLine(text)}\u2069`

const number = (value: number) => value.toLocaleString('en-GB', { maximumFractionDigits: 2 })

/** Local dates, both inclusive. */
function rangeOf({ since, until, timezone }: BackfillJson, zone: Zone): string {
  const date = (iso: string, back: number) => dateAt(zone, Date.parse(iso) / 1000 - back)
  const [first, last] = [since && date(since, 0), until && date(until, 1)]
  return `${first ?? 'the first row'} to ${last ?? 'now'} (${timezone})`
}

function reportLines({ hours, verification }: Report): string[] {
  const changes = (['new', 'changed', 'unchanged'] as const).map((which) => `${number(hours[which])} ${which}`)
  if (!verification) return [`Of these: ${changes.join(', ')}`, 'Verification: not asked for']
  const { hours: recomputed, dirty_hours: left, differing } = verification
  return [
    `Of these: ${changes.join(', ')}`,
    `Verification: ${number(recomputed)} hours recomputed, ${number(left)} left out as dirty, ${number(differing)} rows differ`,
  ]
}

/** None where nothing was counted. */
function totalLine({ metric, unit, before, after, added }: Report['totals'][number]): string[] {
  if (![before, after, added].some((value) => value !== null && value !== 0)) return []
  const figure = (value: number | null) => (value === null ? 'none' : number(value))
  const title = `${metrics[metric].title}${unit === 'count' ? '' : ` (${unit})`}`
  return [`${title}: ${figure(before)} before, ${figure(after)} after; ${figure(added)} in new hours`]
}
