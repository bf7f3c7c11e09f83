import type { Instant } from '../src/clock.ts'
import { one, run, type Pool } from '../src/db.ts'
import type { DeskShape } from '../src/demo/desk.ts'
import { generateDesk, type DeskSummary } from '../src/demo/generate.ts'
import { migrate } from '../src/migrate.ts'
import { requestBackfill } from '../src/rollups/backfill/backfill.ts'
import { runBackfill } from '../src/rollups/backfill/run-backfill.ts'
import { zoneNamed } from '../src/time/zones.ts'
import type { Subject } from './asked.ts'

/** A generated desk in a database of its own. */
export interface Desk {
  url: string
  pool: Pool
  accounts: number[]
  /** The account that is asked about, the first. */
  subject: Subject
  /** Of its administrator. */
  token: string
  /** Its present. */
  end: Instant
  rows: DeskSummary['rows']
}

/** Fills an empty database with a desk; nothing of it is rolled. */
export async function makeDesk(pool: Pool, url: string, shapes: readonly DeskShape[], end: Instant): Promise<Desk> {
  await migrate(url)
  const { accounts, rows } = await generateDesk(pool, { seed: 42, accounts: shapes, now: end })
  await forgetMarks(pool)
  await run(pool, 'insert into tidemark.accounts (account_id) select id from accounts on conflict do nothing')
  await run(pool, 'vacuum analyze')
  const { id: accountId, zone, tokens } = accounts[0]!
  const pair = await busiestPair(pool, accountId, end)
  const subject = { accountId, zone: await zoneNamed(pool, zone), ...pair }
  return { url, pool, accounts: accounts.map(({ id }) => id), subject, token: tokens.administrator, end, rows }
}

/** The rows' own marks would have the whole desk rolled as dirty hours; a backfill is what is measured. */
export async function forgetMarks(pool: Pool): Promise<void> {
  await run(pool, 'truncate tidemark.dirty_hours, tidemark.dirty_scopes')
}

/** Rolls all accounts, one after the other. */
export async function backfillAll(pool: Pool, accounts: readonly number[]): Promise<void> {
  for (const accountId of accounts) {
    const { id } = await requestBackfill(pool, { accountId, since: -Infinity, until: Infinity, reason: 'bench' })
    await runBackfill(pool, accountId, id)
  }
}

/** The agent and inbox that shared most conversations of late; who was busiest in the year may have left. */
const busiestPair = (pool: Pool, accountId: number, end: Instant) =>
  one<{ agentId: number; inboxId: number }>(
    pool,
    `select assignee_id as "agentId", inbox_id as "inboxId" from conversations
     where account_id = $1 and assignee_id is not null and created_at >= to_timestamp($2) at time zone 'UTC' - interval '30 days'
     group by 1, 2 order by count(*) desc limit 1`,
    [accountId, end],
  )
