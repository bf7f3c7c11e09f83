import { many, sql } from '../db.ts'
import type { Figures } from './figures.ts'

const activeBackfills = sql(import.meta.url, './active-backfills.sql')

/** The backfills under way: at most one for each account. */
export const backfillFigures: Figures = {
  name: 'backfills',
  help: {
    backfill_buckets_remaining: 'Hours that a running backfill still has to roll; 0 while it verifies',
    backfill_idle_seconds: 'For how long a backfill that should go on has not moved',
  },
  labels: { backfill_buckets_remaining: ['account_id'], backfill_idle_seconds: ['account_id'] },
  async read({ pool }) {
    const rows = await many<{ account_id: number; remaining: number; idle: number }>(pool, activeBackfills)
    const of = (value: (row: (typeof rows)[number]) => number) =>
      rows.map((row) => ({ labels: { account_id: row.account_id }, value: Math.max(0, value(row)) }))
    return { backfill_buckets_remaining: of((row) => row.remaining), backfill_idle_seconds: of((row) => row.idle) }
  },
}
