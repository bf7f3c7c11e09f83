import { many, sql } from '../db.ts'
import { waitingForTurn } from '../rollups/backfill/turns.ts'
import type { Figures } from './figures.ts'

const activeBackfills = sql(import.meta.url, './active-backfills.sql')

const failedBackfills = sql(import.meta.url, './failed-backfills.sql')

/** The backfills under way, and those that somebody has to look after: at most one for each account. */
export const backfillFigures: Figures = {
  name: 'backfills',
  help: {
    backfill_buckets_remaining: 'Hours that a running backfill still has to roll; 0 while it verifies',
    backfill_idle_seconds: 'For how long a backfill that should go on has not moved; 0 while it waits for its turn',
    backfill_failed: '1 where the latest backfill failed, or could not roll all it should',
  },
  labels: {
    backfill_buckets_remaining: ['account_id'],
    backfill_idle_seconds: ['account_id'],
    backfill_failed: ['account_id', 'state'],
  },
  async read({ pool }) {
    const rows = await many<{ account_id: number; remaining: number; idle: number }>(pool, activeBackfills, [
      await waitingForTurn(pool),
    ])
    const of = (value: (row: (typeof rows)[number]) => number) =>
      rows.map((row) => ({ labels: { account_id: row.account_id }, value: Math.max(0, value(row)) }))
    const failed = await many<{ account_id: number; state: string }>(pool, failedBackfills)
    return {
      backfill_failed: failed.map((labels) => ({ labels, value: 1 })),
      backfill_buckets_remaining: of((row) => row.remaining),
      backfill_idle_seconds: of((row) => row.idle),
    }
  },
}
