import { readFileSync } from 'node:fs'
import { expect, vi } from 'vitest'
import type { Instant } from '../../src/clock.ts'
import { many, one, run, type Client, type Pool } from '../../src/db.ts'
import { coverageOf } from '../../src/rollups/coverage.ts'
import { dirtyAccounts, rollDirty } from '../../src/rollups/rolling/roll-dirty.ts'
import { rollHours } from '../../src/rollups/rolling/roll.ts'
import { bucketTables } from '../../src/rollups/rolling/statements.ts'
import { hourStart, nextHourStart } from '../../src/time/zone.ts'

const rollupDifferences = readFileSync(new URL('./rollup-differences.sql', import.meta.url), 'utf8')

const tables = [...bucketTables, 'bot_events']

/** Where the stored counts and sums of accounts are not what is counted from the raw rows by hand; at most 1,000. */
export const differencesFromFacts = (pool: Pool, accounts: readonly number[]) =>
  many<Record<string, unknown>>(pool, rollupDifferences, [accounts])

/** A histogram's bins lie in no order. */
const inOrder = (_: string, value: unknown) => (Array.isArray(value) ? [...value].sort((a, b) => a - b) : value)

/** Every row that is stored of an account, each as one line of text that is equal when the row is. */
async function storedLines(tx: Client, accountId: number): Promise<string[]> {
  const lines: string[] = []
  for (const table of tables) {
    const rows = await many<{ row: Record<string, unknown> }>(
      tx,
      `select to_jsonb(t) as row from tidemark.${table} t where account_id = $1`,
      [accountId],
    )
    lines.push(...rows.map(({ row }) => `${table} ${JSON.stringify(row, inOrder)}`))
  }
  return lines
}

/**
 * Rolls all of an account's history anew from nothing, in a transaction that is rolled back, and tells which rows were
 * stored and should not be (-) or should be and were not (+): histograms and bot events too. Call it when nothing is dirty.
 */
export async function differencesFromRecompute(pool: Pool, accountId: number): Promise<string[]> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    const coverage = await coverageOf(client, accountId)
    if (!coverage) return []
    const stored = new Set(await storedLines(client, accountId))
    for (const table of tables) await run(client, `delete from tidemark.${table} where account_id = $1`, [accountId])
    const { zone } = coverage
    const instants = await many<{ at: number }>(
      client,
      `select distinct extract(epoch from date_bin('15 minutes', at, '2000-01-01'))::float8 as at
       from (select at from by_hand.facts where account_id = $1 union all select at from by_hand.bot_facts where account_id = $1) as f order by 1`,
      [accountId],
    )
    const starts = [...new Set(instants.map(({ at }) => hourStart(zone, at)))].sort((a, b) => a - b)
    const hours = starts.map((from) => ({ from, until: nextHourStart(zone, from) }))
    await rollHours(client, accountId, coverage, hours)
    const recomputed = new Set(await storedLines(client, accountId))
    return [
      ...[...stored].filter((line) => !recomputed.has(line)).map((line) => `- ${line}`),
      ...[...recomputed].filter((line) => !stored.has(line)).map((line) => `+ ${line}`),
    ]
  } finally {
    await client.query('rollback')
    client.release()
  }
}

/** How many marks wait to be rolled, of all accounts. */
export async function backlog(pool: Pool): Promise<number> {
  const { marks } = await one<{ marks: number }>(
    pool,
    `select (select count(*) from tidemark.dirty_hours) + (select count(*) from tidemark.dirty_scopes) as marks`,
  )
  return marks
}

/** Deadlocks in this database since it was made. */
export async function deadlocks(pool: Pool): Promise<number> {
  const row = await one<{ deadlocks: number }>(pool, `select deadlocks from pg_stat_database where datname = current_database()`)
  return row.deadlocks
}

/** Rolls until nothing is due of any account. */
export async function drain(pool: Pool, now?: Instant): Promise<void> {
  for (let accounts = await dirtyAccounts(pool); accounts.length > 0; accounts = await dirtyAccounts(pool)) {
    for (const accountId of accounts) await rollDirty(pool, accountId, undefined, now)
  }
}

/** What is wrong with the rollups of some accounts, by both oracles; nothing may be dirty. Empty when all is right. */
export async function differences(pool: Pool, accounts: readonly number[]): Promise<unknown[]> {
  const found: unknown[] = await differencesFromFacts(pool, accounts)
  for (const accountId of accounts) found.push(...(await differencesFromRecompute(pool, accountId)))
  return found
}

/** Waits until a connection of this database waits for a lock; a process that is to do so has to start first. */
export async function somebodyWaits(pool: Pool, timeout = 4000): Promise<void> {
  const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
  await vi.waitFor(async () => expect(await many(pool, waiting)).toHaveLength(1), { timeout, interval: 10 })
}
