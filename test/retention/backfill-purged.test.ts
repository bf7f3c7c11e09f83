// The promise: what was rolled of purged days stays to the byte, whoever asks for a backfill of them, and when.
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { one, run, transaction, type Pool } from '../../src/db.ts'
import { Refusal } from '../../src/errors.ts'
import { purge } from '../../src/retention/purge.ts'
import { requestBackfill } from '../../src/rollups/backfill/backfill.ts'
import { runBackfill } from '../../src/rollups/backfill/run-backfill.ts'
import { coverageOf, lockRolls } from '../../src/rollups/coverage.ts'
import { NOTHING_PURGED } from '../../src/rollups/kept.ts'
import { rollHours } from '../../src/rollups/rolling/roll.ts'
import type { TestDatabase } from '../support/database.ts'
import { keep, midnight, NOW, rolledDesk, rollupHash } from './desk.ts'

let database: TestDatabase
let pool: Pool

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 })
  database = await rolledDesk()
  pool = database.pool
})
afterAll(async () => {
  vi.useRealTimers()
  await database?.drop()
})

/** Asks for a backfill of days of which some are purged, runs it if it is granted, and tells what that did to what was rolled. */
async function backfillPurged(): Promise<{ refused: string | undefined; unchanged: boolean }> {
  const before = await rollupHash(pool, 1)
  let refused: string | undefined
  try {
    const { id } = await requestBackfill(pool, { accountId: 1, since: midnight(50), until: midnight(20), reason: 'test' })
    expect(await runBackfill(pool, 1, id)).toMatchObject({ state: 'completed', hoursDone: 30 * 24 })
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    refused = `${error.status} ${error.message}`
  }
  return { refused, unchanged: (await rollupHash(pool, 1)) === before }
}

test('a backfill of purged days is refused, and their rollups stay as they are; who forgets the purge is found', async () => {
  await keep(pool, 1, { raw: 30 })
  await purge(pool, 1, { reason: 'test' })
  const [all, purged] = [await rollupHash(pool, 1), await rollupHash(pool, 1, midnight(30))]
  expect(await backfillPurged()).toEqual({ refused: expect.stringMatching(/^422 .*--allow-erase/), unchanged: true })
  // All there is, is what raw rows there are of.
  const { id } = await requestBackfill(pool, { accountId: 1, since: -Infinity, until: Infinity, reason: 'test' })
  await runBackfill(pool, 1, id)
  expect(await rollupHash(pool, 1)).toBe(all)
  // One that was granted before the purge rolls what is left.
  const early = await one<{ id: number }>(
    pool,
    `insert into tidemark.backfills (account_id, since, until, reason) values (1, to_timestamp($1), to_timestamp($2), 'test') returning id`,
    [midnight(50), midnight(20)],
  )
  expect(await runBackfill(pool, 1, early.id)).toMatchObject({ state: 'completed', hoursDone: 10 * 24 })
  expect(await rollupHash(pool, 1)).toBe(all)

  // An hour that is rolled from what is left of it, and a backfill of an account whose purge is not on record.
  await transaction(pool, async (tx) => {
    await lockRolls(tx, 1)
    const coverage = (await coverageOf(tx, 1))!
    const hour = midnight(40) + 9 * 3600
    await rollHours(tx, 1, { ...coverage, kept: NOTHING_PURGED }, [{ from: hour, until: hour + 3600 }])
  })
  expect(await rollupHash(pool, 1, midnight(30))).not.toBe(purged)
  await run(pool, 'update tidemark.accounts set raw_since = null where account_id = 1')
  expect(await backfillPurged()).toEqual({ refused: undefined, unchanged: false })
})
