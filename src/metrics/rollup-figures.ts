import type { Instant } from '../clock.ts'
import { many, one, sql } from '../db.ts'
import { grains } from '../rollups/freshness/grains.ts'
import { rollupStatus, type GrainStatus } from '../rollups/freshness/status.ts'
import type { Figures, Sample } from './figures.ts'

const accountsByAge = sql(import.meta.url, './accounts-by-age.sql')

/** Accounts that are shown one by one: those whose oldest mark is oldest. The others wait less than each of them. */
const MOST_ACCOUNTS = 100

const byBucket = ['account_id', 'granularity']

/** How fresh rollups are, as `rollup status` tells it. */
export const rollupFigures: Figures = {
  name: 'rollups',
  help: {
    rollup_lag_seconds: 'How far complete and current rollups are behind now, of the accounts that wait longest',
    rollup_dirty_buckets: 'Buckets whose raw rows changed since they were rolled, of the accounts that wait longest',
    rollup_failed_buckets: 'Those of them that could not be rolled and wait for another try',
    rollup_oldest_dirty_seconds: 'Age of the oldest dirty row of the accounts that wait longest',
    rollup_complete_through_timestamp_seconds:
      'Up to when all buckets of the latest rolled stretch are complete and current; missing: none is',
    rollup_covered_from_timestamp_seconds:
      'Start of the latest stretch of whole buckets that is rolled; missing: it begins with the first row, or nothing is rolled',
    rollup_covered_until_timestamp_seconds:
      'End of the latest stretch of whole buckets that is rolled; missing: it goes on as time does, or nothing is rolled',
    rollup_last_roll_timestamp_seconds: 'When rows of a width were last made; missing: never, or not since that is kept',
    rollup_next_roll_timestamp_seconds:
      'By when a bucket of a width is next rolled; missing: nothing waits, and no day or month will end that is rolled',
  },
  labels: {
    rollup_lag_seconds: byBucket,
    rollup_dirty_buckets: byBucket,
    rollup_failed_buckets: byBucket,
    rollup_oldest_dirty_seconds: ['account_id'],
    rollup_complete_through_timestamp_seconds: byBucket,
    rollup_covered_from_timestamp_seconds: byBucket,
    rollup_covered_until_timestamp_seconds: byBucket,
    rollup_last_roll_timestamp_seconds: byBucket,
    rollup_next_roll_timestamp_seconds: byBucket,
  },
  async read({ pool, now }) {
    const accounts = await many<{ id: number }>(pool, accountsByAge, [MOST_ACCOUNTS])
    const statuses = await rollupStatus(
      pool,
      now,
      accounts.map(({ id }) => id),
    )
    const byGrain = (value: (status: GrainStatus) => number | null): Sample[] =>
      statuses.flatMap(({ accountId, grains: widths }) =>
        grains.flatMap((grain) => sample({ account_id: accountId, granularity: grain }, value(widths[grain]))),
      )
    return {
      rollup_lag_seconds: byGrain(({ lag }) => lag),
      rollup_dirty_buckets: byGrain(({ dirty }) => dirty),
      rollup_failed_buckets: byGrain(({ failed }) => failed),
      rollup_oldest_dirty_seconds: statuses.flatMap((one) => sample({ account_id: one.accountId }, one.oldestDirty)),
      rollup_complete_through_timestamp_seconds: byGrain(({ completeThrough }) => completeThrough),
      rollup_covered_from_timestamp_seconds: byGrain(({ covered }) => finite(covered.at(-1)?.from)),
      rollup_covered_until_timestamp_seconds: byGrain(({ covered }) => finite(covered.at(-1)?.until)),
      rollup_last_roll_timestamp_seconds: byGrain(({ rolledAt }) => rolledAt),
      rollup_next_roll_timestamp_seconds: byGrain((grain) => grain.nextRollBy),
    }
  },
}

const finite = (at: Instant | undefined) => (at !== undefined && Number.isFinite(at) ? at : null)

const sample = (labels: Sample['labels'], value: number | null): Sample[] =>
  value === null ? [] : [{ labels: labels ?? {}, value }]

/** How long the whole dirty log has waited, whatever number of accounts there are. */
export const dirtyLogFigures: Figures = {
  name: 'dirty log',
  help: { rollup_oldest_dirty_row_seconds: 'Age of the oldest row of the dirty log of all accounts; 0: there is none' },
  async read({ pool }) {
    const { age } = await one<{ age: number }>(
      pool,
      `select coalesce(extract(epoch from clock_timestamp() - least(
         (select min(at) from tidemark.dirty_hours), (select min(at) from tidemark.dirty_scopes))), 0)::float8 as age`,
    )
    return { rollup_oldest_dirty_row_seconds: [{ value: Math.max(0, age) }] }
  },
}
