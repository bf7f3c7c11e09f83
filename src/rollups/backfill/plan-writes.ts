import { one, sql, type Client } from '../../db.ts'
import type { Span } from '../coverage.ts'
import { bounds } from '../spans.ts'
import { spread, type PlanDiff } from './plan-diff.ts'

const rowsSql = sql(import.meta.url, './plan-writes.sql')

/** Rolled days whose rows are counted, evenly spread: to count all would read as much as a report of everything. */
const COUNTED = 20

/** Rows by the hour and by the day that a backfill writes, about; those of months are few. */
export interface PlannedWrites {
  /** Null: nothing has told. */
  rows: number | null
  /** What told how many a day has: days recomputed for this plan, or rows that are stored of such days. */
  by: 'recomputed days' | 'stored rows' | 'nothing'
}

/** Rows that a day of the account has, by some of those that are rolled; null without any. */
export async function rowsPerDay(tx: Client, accountId: number, rolledDays: readonly Span[]): Promise<number | null> {
  const counted = spread(rolledDays, COUNTED)
  if (counted.length === 0) return null
  const { rows } = await one<{ rows: number }>(tx, rowsSql, [accountId, ...bounds(counted)])
  return rows / counted.length
}

/** How many rows rolling so many days writes. */
export function writesOf(
  days: number,
  stored: number | null,
  found: Pick<PlanDiff, 'tables' | 'compared'> | null,
): PlannedWrites {
  if (days === 0) return { rows: 0, by: 'nothing' }
  if (found && found.compared > 0) {
    const made = found.tables.reduce(
      (sum, { unchanged, changed, added, new: fresh }) => sum + unchanged + changed + added + fresh,
      0,
    )
    return { rows: Math.round((made / found.compared) * days), by: 'recomputed days' }
  }
  return stored === null ? { rows: null, by: 'nothing' } : { rows: Math.round(stored * days), by: 'stored rows' }
}
