import { config } from '../config.ts'
import type { Language } from '../digests/definition/definition.ts'
import type { Notice } from '../digests/delivery/notice.ts'
import { localeOf } from '../digests/delivery/owner-notices.ts'
import { oneLine } from '../digests/mail/names.ts'
import { wordsOf } from '../digests/mail/words/choose.ts'
import type { BackfillJson } from '../rollups/backfill/backfill-json.ts'
import { metrics, type MetricName } from '../rollups/metrics.ts'
import { dateAt } from '../time/calendar.ts'
import type { Zone } from '../time/zone.ts'
import { backfillWords, type BackfillWords } from './backfill-words.ts'

type Report = NonNullable<BackfillJson['report']>

interface About {
  /** The account's name. */
  account: string
  zone: Zone
  language: Language
}

/** That a backfill has ended, for who asked for it: what was asked for, what it came to, and where more is told. */
export function backfillNotice(told: BackfillJson, { account, zone, language }: About): Notice {
  const { id, account_id: accountId, reason, progress, report, error, state } = told
  const words = backfillWords[language]
  const number = numbersOf(language)
  const outcome = state in words.outcomes ? words.outcomes[state as keyof BackfillWords['outcomes']] : state
  const lines = [
    words.account(isolated(account), accountId),
    words.range(...datesOf(told, zone), told.timezone),
    words.reason(isolated(reason)),
    words.outcome(outcome, error),
    words.hours(number(progress.hours_done), number(progress.hours_total), number(progress.hours_failed)),
    ...(report ? reportLines(report, language) : []),
  ]
  const totals = report?.totals.flatMap((total) => totalLine(total, language)) ?? []
  const url = `${config.publicUrl.replace(/\/+$/, '')}/api/v1/admin/backfills/${id}`
  return {
    language,
    subject: words.subject(id, outcome, oneLine(account)),
    body: [
      words.ended(outcome),
      lines,
      ...(totals.length > 0 ? [words.totals, totals] : []),
      words.more(`tidemark backfill show ${id}`, url),
    ],
  }
}

/** Isolated: what is written in the other direction must not reorder what stands around it. */
const isolated = (text: string) => `\u2068${oneLine(text)}\u2069`

const numbersOf = (language: Language) => (value: number) =>
  value.toLocaleString(localeOf(language), { maximumFractionDigits: 2 })

/** The first and the last local date; null: not named. */
function datesOf({ since, until }: BackfillJson, zone: Zone): [string | null, string | null] {
  const date = (iso: string | null, back: number) => iso && dateAt(zone, Date.parse(iso) / 1000 - back)
  return [date(since, 0), date(until, 1)]
}

function reportLines({ hours, verification }: Report, language: Language): string[] {
  const words = backfillWords[language]
  const number = numbersOf(language)
  const changes = words.changes(number(hours.new), number(hours.changed), number(hours.unchanged))
  if (!verification) return [changes, words.unverified]
  const { hours: recomputed, dirty_hours: left, differing } = verification
  return [changes, words.verification(number(recomputed), number(left), number(differing))]
}

/** None where nothing was counted. */
function totalLine({ metric, before, after, added }: Report['totals'][number], language: Language): string[] {
  if (![before, after, added].some((value) => value !== null && value !== 0)) return []
  const words = backfillWords[language]
  const number = numbersOf(language)
  const figure = (value: number | null) => (value === null ? words.none : number(value))
  const { unit } = metrics[metric]
  const title = `${titleOf(metric, language)}${unit === 'count' ? '' : ` (${words.units[unit]})`}`
  return [words.total(title, figure(before), figure(after), figure(added))]
}

function titleOf(metric: MetricName, language: Language): string {
  if (metric === 'reopened_count') return backfillWords[language].reopened
  const titles: Partial<Record<MetricName, { title: string }>> = wordsOf(language).metrics
  return (titles[metric] ?? metrics[metric]).title
}
