import { run, sql, transaction, type Pool } from '../src/db.ts'
import { requestBackfill } from '../src/rollups/backfill.ts'
import { runBackfill } from '../src/rollups/run-backfill.ts'
import { seconds, type Comparison } from './measure.ts'

const byHand = sql(import.meta.url, './live/by-hand.sql')

/** A full backfill of every account, one after the other, beside a bare aggregate and a hand-written pass over the same rows. */
export async function compareBuilds(pool: Pool, accounts: readonly number[]): Promise<Comparison[]> {
  const bare = await seconds(() => bareAggregate(pool))
  const hand = await seconds(() => singlePass(pool))
  const backfill = await seconds(async () => {
    for (const accountId of accounts) {
      const { id } = await requestBackfill(pool, { accountId, since: -Infinity, until: Infinity, reason: 'bench' })
      await runBackfill(pool, accountId, id)
    }
  })
  const ours = `${backfill.toFixed(1)} s`
  return [
    { name: 'bare aggregate of the three raw tables', theirs: `${bare.toFixed(1)} s`, ours, ratio: backfill / bare },
    { name: 'hourly counts and sums by hand, one pass', theirs: `${hand.toFixed(1)} s`, ours, ratio: backfill / hand },
  ]
}

/** The floor: every row is looked at once. */
async function bareAggregate(pool: Pool): Promise<void> {
  await run(pool, 'select account_id, count(*) from conversations group by 1')
  await run(pool, 'select account_id, message_type, count(*) from messages group by 1, 2')
  await run(pool, 'select account_id, name, count(*), sum(value) from reporting_events group by 1, 2')
}

async function singlePass(pool: Pool): Promise<void> {
  await run(pool, 'drop table if exists bench_by_hand')
  await transaction(pool, async (tx) => {
    await tx.query(`set local work_mem = '512MB'`)
    await tx.query(byHand)
    await tx.query('alter table bench_by_hand add primary key (account_id, dimension, bucket, dimension_id)')
  })
  await run(pool, 'drop table bench_by_hand')
}
