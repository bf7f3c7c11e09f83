import type { Instant } from '../clock.ts'
import type { Doomed } from './raw-rows.ts'

/** Rows of one table that go in one transaction. */
export const LOG_ROWS = 5000

/** What an account keeps of things that are over, by table: when it was, and what is not over yet. */
const logs: readonly { table: string; at: string; key: string; over?: string }[] = [
  { table: 'audit_log', at: 'at', key: 'id' },
  { table: 'link_visits', at: 'at', key: 'ctid' },
  { table: 'mismatches', at: 'found_at', key: 'id', over: 'and repaired_at is not null' },
  { table: 'test_mails', at: 'at', key: 'id' },
  { table: 'deliveries', at: 'created_at', key: 'id', over: `and kind = 'notice' and finished_at is not null` },
  // With the hours that failed and the keys that started them; what is under way has not finished.
  { table: 'backfills', at: 'finished_at', key: 'id' },
  { table: 'late_hours', at: 'last_at', key: 'hour' },
]

/** The log rows of an account from before `until`, the oldest of each table, at most LOG_ROWS of it. */
export function oldLogRows(accountId: number, until: Instant): Doomed[] {
  return logs.map(({ table, at, key, over = '' }) => ({
    table: `tidemark.${table}`,
    condition: `account_id = $1 and ${key} = any (array(
      select ${key} from tidemark.${table} where account_id = $1 and ${at} < to_timestamp($2::float8) ${over} order by ${at} limit ${LOG_ROWS}
    ))`,
    values: [accountId, until],
  }))
}
