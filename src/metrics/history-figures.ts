import { unrolledHistory } from '../rollups/freshness/unrolled-history.ts'
import type { Figures } from './figures.ts'

/** History that a backfill is needed for. Lag does not tell of it: where nothing is rolled, nothing is behind. */
export const historyFigures: Figures = {
  name: 'history',
  help: {
    rollup_unrolled_seconds:
      'History that reports read from raw rows and no backfill is rolling: rolled by older definitions (outdated), or never (missing)',
  },
  labels: { rollup_unrolled_seconds: ['account_id', 'state'] },
  async read({ pool, now }) {
    const accounts = await unrolledHistory(pool, now)
    const of = (state: 'outdated' | 'missing') =>
      accounts.map((one) => ({ labels: { account_id: one.accountId, state }, value: one[state] }))
    return { rollup_unrolled_seconds: [...of('outdated'), ...of('missing')] }
  },
}
