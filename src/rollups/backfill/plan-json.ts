import { dateAt } from '../../time/calendar.ts'
import { isoOf } from '../../time/local-text.ts'
import type { Zone } from '../../time/zone.ts'
import { optionsJson, rangeJson } from './backfill-json.ts'
import type { Span } from '../coverage.ts'
import type { BackfillPlan } from './plan-backfill.ts'
import type { PlanDiff } from './plan-diff.ts'

/** A stretch of whole local days by its first and last date. */
const datesOf = (zone: Zone, { from, until }: Span) => ({ first_day: dateAt(zone, from), last_day: dateAt(zone, until - 1) })

/** What a backfill would do, as it is told over HTTP and by the command line. */
export function planJson(plan: BackfillPlan) {
  const { zone, purged, underWay: active } = plan
  return {
    account_id: plan.accountId,
    ...rangeJson(plan),
    timezone: zone.name,
    ...optionsJson(plan),
    made_at: isoOf(plan.madeAt),
    stretch: datesOf(zone, plan.stretch),
    states: { days: plan.days, hours: plan.hours },
    roll: rollJson(plan),
    purged: purged && { ...datesOf(zone, purged.span), days: purged.days, erased: purged.erased, refusal: purged.refusal },
    raw_rows: rowsJson(plan),
    estimate: estimateJson(plan),
    under_way: active && { id: active.id, state: active.state, hours_done: active.hoursDone, hours_total: active.hoursTotal },
    sent_digests: digestsJson(plan),
    plan: plan.plan,
    diff: plan.diff && diffJson(plan.diff, zone),
  }
}

const rollJson = ({ zone, roll: { days, hours, spans, lastDay, isMore } }: BackfillPlan) => ({
  days,
  hours,
  first_day: spans[0] ? dateAt(zone, spans[0].from) : null,
  last_day: lastDay === null ? null : dateAt(zone, lastDay),
  stretches: spans.map((span) => datesOf(zone, span)),
  more: isMore,
})

const rowsJson = ({ rawRows, isMoreRows }: BackfillPlan) => ({
  conversations: rawRows.conversations,
  messages: rawRows.messages,
  reporting_events: rawRows.reportingEvents,
  csat_survey_responses: rawRows.surveyResponses,
  total: rawRows.conversations + rawRows.messages + rawRows.reportingEvents + rawRows.surveyResponses,
  more: isMoreRows,
})

const estimateJson = ({ estimate: { seconds, by, hoursPerSecond } }: BackfillPlan) => ({
  seconds: seconds && { from: rounded(seconds.from), until: rounded(seconds.until) },
  by,
  hours_per_second: hoursPerSecond === null ? null : rounded(hoursPerSecond),
})

const digestsJson = ({ digests: { total, sent } }: BackfillPlan) => ({
  total,
  sent: sent.map(({ digestId, name, firstDate, lastDate }) => {
    return { digest_id: digestId, name, first_date: firstDate, last_date: lastDate }
  }),
})

export type PlanJson = ReturnType<typeof planJson>

const rounded = (value: number) => Math.round(value * 10) / 10

const diffJson = ({ compared, sampled, of, metrics, tables, failing }: PlanDiff, zone: Zone) => ({
  days: { compared, sampled, of },
  metrics: metrics.map(({ largest, ...metric }) => ({
    ...metric,
    largest: largest.map(({ day, ...change }) => ({ day: dateAt(zone, day), ...change })),
  })),
  tables,
  failing: failing.map(({ day, error }) => ({ day: dateAt(zone, day), error })),
})
