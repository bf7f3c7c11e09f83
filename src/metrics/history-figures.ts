import { many, sql } from '../db.ts'
import { DEFINITIONS } from '../rollups/definitions/definitions.ts'
import type { Figures } from './figures.ts'

const unrolledHistory = sql(import.meta.url, './unrolled-history.sql')

/** History that a backfill is needed for. Lag does not tell of it: where nothing is rolled, nothing is behind. */
export const historyFigures: Figures = {
  name: 'history',
  help: {
    rollup_unrolled_seconds:
      'History that reports read from raw rows and no backfill is rolling: rolled by older definitions (outdated), or never (missing)',
  },
  labels: { rollup_unrolled_seconds: ['account_id', 'state'] },
  async read({ pool, now }) {
    const rows = await many<{ account_id: number; outdated: number; missing: number }>(pool, unrolledHistory, [DEFINITIONS, now])
    const of = (state: 'outdated' | 'missing') =>
      rows.map((row) => ({ labels: { account_id: row.account_id, state }, value: row[state] }))
    return { rollup_unrolled_seconds: [...of('outdated'), ...of('missing')] }
  },
}
