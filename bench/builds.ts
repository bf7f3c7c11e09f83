import { run, sql, transaction, type Pool } from '../src/db.ts'
import { backfillAll, type Desk } from './desk.ts'
import { seconds } from './measure.ts'
import { markdown, times } from './report.ts'

const byHand = sql(import.meta.url, './live/by-hand.sql')

/** A full backfill of every account, one after the other, beside a bare aggregate and a hand-written pass over the same rows. */
export async function compareBuilds({ pool, accounts }: Desk): Promise<string> {
  const bare = await seconds(() => bareAggregate(pool))
  const hand = await seconds(() => singlePass(pool))
  const backfill = await seconds(() => backfillAll(pool, accounts))
  const row = (name: string, time: number) => [name, `${time.toFixed(1)} s`, `${backfill.toFixed(1)} s`, times(backfill / time)]
  return markdown(
    'A full backfill beside',
    ['what', 'it', 'backfill', 'times as long'],
    [row('bare aggregate of the three raw tables', bare), row('hourly counts and sums by hand, one pass', hand)],
  )
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
