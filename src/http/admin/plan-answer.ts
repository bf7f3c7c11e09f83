import type { PlanJson } from '../../rollups/backfill/plan-json.ts'
import type { Administrator } from './administrator.ts'

/** A plan as one who may see it is told: who runs the installation only sees what it costs, and no account's figures. */
export function planFor({ operator }: Administrator, plan: PlanJson) {
  if (!operator) return plan
  const { sent_digests, raw_rows, diff } = plan
  return {
    ...plan,
    raw_rows: { ...raw_rows, conversations: null, messages: null, reporting_events: null, csat_survey_responses: null },
    sent_digests: { ...sent_digests, sent: sent_digests.sent.map((digest) => ({ ...digest, name: null })) },
    diff: diff && {
      ...diff,
      metrics: diff.metrics.map((metric) => ({ ...metric, before: null, after: null, added: null, largest: [] })),
    },
  }
}
