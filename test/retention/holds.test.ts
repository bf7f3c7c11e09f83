// What is not rolled, or will be rolled again, holds a purge back, and the plan says what and where.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { run, type Pool } from '../../src/db.ts'
import { planPurge } from '../../src/retention/plan.ts'
import { purge } from '../../src/retention/purge.ts'
import { requestBackfill } from '../../src/rollups/backfill/backfill.ts'
import type { TestDatabase } from '../support/database.ts'
import { rollAll } from '../support/rolled-rows.ts'
import { addMessage, boundary, keep, midnight, NOW, rawHash, rolledDesk } from './desk.ts'

let database: TestDatabase
let pool: Pool

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 })
  database = await rolledDesk()
  pool = database.pool
})
afterEach(async () => {
  vi.useRealTimers()
  await database?.drop()
})

const planned = async () => (await planPurge(pool, 1, NOW)).find(({ thing }) => thing === 'raw')!

test('a dirty hour, up to its day', async () => {
  await keep(pool, 1, { raw: 10 })
  await addMessage(pool, midnight(40) + 3600)
  expect(await planned()).toMatchObject({ until: midnight(40), hold: { reason: 'dirty', at: midnight(40) + 3600 } })
  await purge(pool, 1, { reason: 'test' })
  expect(await boundary(pool, 'raw_since')).toBe(midnight(40))
  await rollAll(pool)
  await purge(pool, 1, { reason: 'test' })
  expect(await boundary(pool, 'raw_since')).toBe(midnight(10))
})

test('what is not rolled', async () => {
  await keep(pool, 1, { raw: 10 })
  await run(
    pool,
    `update tidemark.accounts set covered = covered - tstzmultirange(tstzrange(to_timestamp($1), to_timestamp($2)))`,
    [midnight(35), midnight(33)],
  )
  expect(await planned()).toMatchObject({ until: midnight(35), hold: { reason: 'unrolled', at: midnight(35) } })
  await purge(pool, 1, { reason: 'test' })
  expect(await boundary(pool, 'raw_since')).toBe(midnight(35))
  await run(pool, `update tidemark.accounts set covered = '{}'`)
  const raw = await rawHash(pool, 1)
  expect(await purge(pool, 1, { reason: 'test' })).toEqual({})
  expect(await rawHash(pool, 1)).toBe(raw)
})

test('a backfill under way', async () => {
  await keep(pool, 1, { raw: 10, hourly: 20 })
  await requestBackfill(pool, { accountId: 1, since: midnight(5), until: midnight(4), reason: 'test' })
  expect(await planned()).toMatchObject({ until: null, hold: { reason: 'backfill_under_way' } })
  expect(await purge(pool, 1, { reason: 'test' })).toEqual({})
})

test('an attached database', async () => {
  await keep(pool, 1, { raw: 10, hourly: 20 })
  await run(pool, 'alter table tidemark.raw_migrations rename to other')
  const raw = await rawHash(pool, 1)
  expect(await planned()).toMatchObject({ until: null, hold: { reason: 'attached' } })
  const gone = await purge(pool, 1, { reason: 'test' })
  expect(Object.keys(gone)).toEqual(['rollup_hourly'])
  expect(await rawHash(pool, 1)).toBe(raw)
})
