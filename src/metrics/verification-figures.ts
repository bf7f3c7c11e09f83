import { one } from '../db.ts'
import { verifiedShareOf } from '../rollups/verify/verified-days.ts'
import type { Figures } from './figures.ts'

/** Accounts that are shown one by one: those with the least share. */
const MOST_ACCOUNTS = 100

/** What the constant recomputing of rolled rows has found, and how far it is. */
export const verificationFigures: Figures = {
  name: 'verification',
  help: {
    rollup_verify_mismatches_total: 'Rolled rows that were not what the raw rows give',
    rollup_verify_overdue_seconds: 'For how long the account that waits longest has been due to be verified; 0: none waits',
    rollup_verify_coverage_ratio: 'Verified share of the rolled days, of the accounts with the least',
  },
  labels: { rollup_verify_coverage_ratio: ['account_id'] },
  async read({ pool, now }) {
    const { mismatches, overdue } = await one<{ mismatches: number; overdue: number }>(
      pool,
      `select coalesce(sum(mismatches), 0)::float8 as mismatches, coalesce($1 - extract(epoch from min(due_at)), 0)::float8 as overdue
       from tidemark.reconciliations`,
      [now],
    )
    const shares = (await verifiedShareOf(pool)).flatMap(({ accountId, ratio }) =>
      ratio === null ? [] : [{ labels: { account_id: accountId }, value: ratio }],
    )
    return {
      rollup_verify_mismatches_total: [{ value: mismatches }],
      rollup_verify_overdue_seconds: [{ value: Math.max(0, overdue) }],
      rollup_verify_coverage_ratio: shares.toSorted((a, b) => a.value - b.value).slice(0, MOST_ACCOUNTS),
    }
  },
}
