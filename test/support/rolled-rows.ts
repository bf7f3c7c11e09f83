import { many, run, type Pool } from '../../src/db.ts'
import { requestBackfill, activeBackfills } from '../../src/rollups/backfill/backfill.ts'
import { parts, sourceOf } from '../../src/rollups/parts.ts'
import { dirtyAccounts, rollDirty } from '../../src/rollups/rolling/roll-dirty.ts'
import { runBackfill } from '../../src/rollups/backfill/run-backfill.ts'
import { bucketTables } from '../../src/rollups/rolling/statements.ts'

/** Rolls whatever is dirty, as a sweep does. */
export async function rollAll(pool: Pool): Promise<string> {
  const dirty = await dirtyAccounts(pool)
  for (const account of dirty) await rollDirty(pool, account)
  return `roll all: ${dirty.join(', ')}`
}

/** Rolls all of an account's history, after the backfill that may be under way. */
export async function backfillAll(pool: Pool, accountId: number): Promise<void> {
  for (const { id } of await activeBackfills(pool, accountId)) await runBackfill(pool, accountId, id)
  const { id } = await requestBackfill(pool, { accountId, since: -Infinity, until: Infinity, reason: 'all of it' })
  await runBackfill(pool, accountId, id)
}

/** Says that every hour that has rows is out of date. */
export async function markEverything(pool: Pool): Promise<void> {
  await run(
    pool,
    `insert into tidemark.dirty_hours (account_id, hour) select distinct account_id, bucket from tidemark.rollup_hourly`,
  )
}

/** A histogram's bins lie in no order. */
const inOrder = (_: string, value: unknown) => (Array.isArray(value) ? [...value].sort((a, b) => a - b) : value)

/** Every row that is rolled, as text, in order. */
export async function rolledRows(pool: Pool): Promise<string[]> {
  const rows: string[] = []
  for (const table of [...bucketTables, 'bot_events']) {
    const found = await many<{ row: unknown }>(pool, `select to_jsonb(r) as row from tidemark.${table} r`)
    rows.push(...found.map(({ row }) => `${table} ${JSON.stringify(row, inOrder)}`).sort())
  }
  return rows
}

/** Parts that every inbox, agent and team has its share of: all that are not for labels alone. */
const shared = parts.filter((part) => sourceOf(part) !== 'tagged' && part !== 'tagged_resolutions')

/** Buckets in which inboxes, agents or teams (with those of none) do not add up to the account; none if all is well. */
export async function unequalSums(pool: Pool): Promise<unknown[]> {
  const unequal: unknown[] = []
  for (const table of bucketTables.filter((name) => name.startsWith('rollup'))) {
    const sums = shared.map((part) => `sum(${part}) as ${part}`).join(', ')
    unequal.push(
      ...(await many(
        pool,
        `select account_id, bucket, ${shared.join(', ')}, array_agg(dimension) from (
           select account_id, bucket, dimension, ${sums} from tidemark.${table} where dimension < 4 group by 1, 2, 3
         ) as by_dimension group by account_id, bucket, ${shared.join(', ')} having count(*) <> 4`,
      )),
    )
  }
  return unequal
}
