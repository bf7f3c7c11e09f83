// The promise: what is written while a backfill is under way is not lost, wherever in time it belongs. The race: a backfill of
// all history fixes its first day when it begins. A row of an earlier day that comes later has a mark, but the sweep finds its
// hour not covered and drops the mark, or the last chunk takes it as done with; then that chunk says that everything before
// its first day is covered.
import { afterAll, beforeEach, expect, test, vi } from 'vitest'
import { reading } from '../../src/reports/reading.ts'
import { requestBackfill } from '../../src/rollups/backfill/backfill.ts'
import { rollDirty } from '../../src/rollups/rolling/roll-dirty.ts'
import { runBackfill } from '../../src/rollups/backfill/run-backfill.ts'
import type { TestDatabase } from '../support/database.ts'
import { createStandalone } from '../support/standalone.ts'
import { emptyDesks, insert, openDesks } from '../support/random-rows.ts'

vi.hoisted(() => (process.env.TIDEMARK_CLOCK = '2024-06-15T12:00:00Z'))

let database: TestDatabase | undefined
afterAll(() => database?.drop())

beforeEach(async () => {
  if (!database) {
    database = await createStandalone()
    await openDesks(database.pool)
  }
  await emptyDesks(database.pool)
  // A desk that was there before Tidemark: nothing of it is covered.
  await database.pool.query('insert into tidemark.accounts (account_id) values (1)')
  await conversation(1, '2024-04-01T10:00')
  await conversation(2, '2024-06-01T10:00')
})

const conversation = (id: number, created_at: string) =>
  insert(database!.pool, 'conversations', [
    { id, account_id: 1, inbox_id: 11, display_id: id, created_at, updated_at: created_at, last_activity_at: created_at },
  ])

async function conversations() {
  const question = { dimension: 'account', since: 0, until: 3.6e9, metrics: ['conversations_count'] } as const
  const { rows, source } = await reading(database!.pool, 1, async (read) => ({
    rows: await read.totals(question),
    source: read.source,
  }))
  return { count: rows[0]?.figures.conversations_count.value, source }
}

/** Begins a backfill of all history and stops after its first chunk, a week. */
async function beginBackfill() {
  const request = { accountId: 1, since: -Infinity, until: Infinity, reason: 'first' }
  const { id } = await requestBackfill(database!.pool, request)
  const first = new AbortController()
  const { state } = await runBackfill(database!.pool, 1, id, { signal: first.signal, onProgress: () => first.abort() })
  expect(state).toBe('running')
  return id
}

test.each(['swept before the end', 'not swept'])('a row older than the backfill’s first day counts: %s', async (how) => {
  const id = await beginBackfill()
  await conversation(3, '2023-12-24T18:00')
  if (how !== 'not swept') await rollDirty(database!.pool, 1)
  await runBackfill(database!.pool, 1, id)
  expect((await conversations()).count).toBe(3)
  await rollDirty(database!.pool, 1)
  expect(await conversations()).toEqual({ count: 3, source: 'rollup' })
})

test.each(['swept before the end', 'not swept'])('a row later than the backfill’s last day counts: %s', async (how) => {
  const id = await beginBackfill()
  await conversation(3, '2024-12-24T18:00')
  if (how !== 'not swept') await rollDirty(database!.pool, 1)
  await runBackfill(database!.pool, 1, id)
  expect((await conversations()).count).toBe(3)
  await rollDirty(database!.pool, 1)
  expect(await conversations()).toEqual({ count: 3, source: 'rollup' })
})

test.each(['swept before the end', 'not swept'])('a row of a day that is still to come counts: %s', async (how) => {
  const id = await beginBackfill()
  await conversation(3, '2024-05-01T18:00')
  if (how !== 'not swept') await rollDirty(database!.pool, 1)
  await runBackfill(database!.pool, 1, id)
  expect((await conversations()).count).toBe(3)
})
