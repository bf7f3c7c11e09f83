import { many, one, sql } from '../db.ts'
import { grains } from '../rollups/freshness/grains.ts'
import { rollupStatus, type GrainStatus } from '../rollups/freshness/status.ts'
import type { Figures, Sample } from './figures.ts'

const accountsByAge = sql(import.meta.url, './accounts-by-age.sql')

/** Accounts that are shown one by one: those whose oldest mark is oldest. The others wait less than each of them. */
const MOST_ACCOUNTS = 100

/** How fresh rollups are, as `rollup status` tells it. */
export const rollupFigures: Figures = {
  name: 'rollups',
  help: {
    rollup_lag_seconds: 'How far complete and current rollups are behind now, of the accounts that wait longest',
    rollup_dirty_buckets: 'Buckets whose raw rows changed since they were rolled, of the accounts that wait longest',
    rollup_failed_buckets: 'Those of them that could not be rolled and wait for another try',
    rollup_oldest_dirty_seconds: 'Age of the oldest dirty row of the accounts that wait longest',
  },
  labels: {
    rollup_lag_seconds: ['account_id', 'granularity'],
    rollup_dirty_buckets: ['account_id', 'granularity'],
    rollup_failed_buckets: ['account_id', 'granularity'],
    rollup_oldest_dirty_seconds: ['account_id'],
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
    }
  },
}

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
