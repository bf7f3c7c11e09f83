// Whatever a desk holds and however it was rolled: agents add up to the account, so do inboxes, and teams, those of none with them,
// in every part of every hour, day and month. Labels need not: a conversation has any number. TIDEMARK_SETS says how many desks.
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { one, run } from '../../src/db.ts'
import { randomFrom } from '../../src/demo/random.ts'
import { dimensions } from '../../src/rollups/parts.ts'
import type { TestDatabase } from '../support/database.ts'
import { RandomDesk } from '../support/random-desk.ts'
import { createRandomDesks } from '../support/random-desks.ts'
import { accounts, emptyDesks } from '../support/random-rows.ts'
import { middles } from '../support/random-work.ts'
import { backfillAll, rollAll, unequalSums } from '../support/rolled-rows.ts'
import { scaled, seed } from '../support/seed.ts'

const SETS = scaled('TIDEMARK_SETS', 5)
let database: TestDatabase
beforeAll(async () => void (database = await createRandomDesks()))
afterAll(() => database?.drop())

/** Fills two desks by lot, rolls some of their history at once and the rest as it comes. */
async function fill(number: number): Promise<void> {
  const { pool } = database
  const random = randomFrom(seed, number)
  const middle = random.pick(middles)
  await emptyDesks(pool)
  // All of it has ended by then, so that days and months have rows.
  vi.setSystemTime((middle + 70 * 86_400) * 1000)
  const desk = new RandomDesk(pool, random, middle)
  await desk.beginWithHistory()
  for (const account of accounts) await backfillAll(pool, account)
  for (let i = 0; i < 12; i++) await desk.change()
  await rollAll(pool)
}

const rows = async () =>
  (
    await one<{ n: number }>(
      database.pool,
      'select count(*)::int as n from tidemark.rollup_hourly where dimension between 1 and 3',
    )
  ).n

test(`agents, inboxes and teams of ${SETS} desks add up to the account`, { timeout: 60_000 + SETS * 20_000 }, async () => {
  let looked = 0
  for (let number = 0; number < SETS; number++) {
    await fill(number)
    looked += await rows()
    expect(await unequalSums(database.pool), `TIDEMARK_SEED=${seed}, desk ${number}`).toEqual([])
  }
  console.info(`TIDEMARK_SEED=${seed}: ${looked} hourly rows of ${SETS} desks`)
  expect(looked).toBeGreaterThan(SETS)
})

test('what is missing of one agent or of none, or counted twice, would be noticed; more labels are not', async () => {
  const { pool } = database
  for (let number = 1e6; (await rows()) < 10; number++) await fill(number)
  const more = 'update tidemark.rollup_hourly set incoming_messages = incoming_messages + 1 where dimension ='
  await run(pool, `${more} $1`, [dimensions.label])
  expect(await unequalSums(pool)).toEqual([])
  for (const name of ['agent', 'inbox', 'team'] as const) {
    expect(await run(pool, `${more} $1`, [dimensions[name]])).toBeGreaterThan(0)
    expect(await unequalSums(pool), name).not.toEqual([])
    await run(pool, 'update tidemark.rollup_hourly set incoming_messages = incoming_messages - 1 where dimension = $1', [
      dimensions[name],
    ])
    expect(await unequalSums(pool)).toEqual([])
  }
})
