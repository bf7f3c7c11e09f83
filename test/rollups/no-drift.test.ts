// Where every change leaves its mark, a recompute finds nothing to mend: whatever happened to the raw rows, and however it was
// rolled. Stories by lot; TIDEMARK_SEED tells them again, TIDEMARK_RUNS how many times more.
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { many } from '../../src/db.ts'
import { dueReconciliations, reconcileAccount } from '../../src/rollups/verify/reconcile.ts'
import { verifyRollups } from '../../src/rollups/verify/verify.ts'
import type { TestDatabase } from '../support/database.ts'
import { createStandalone } from '../support/standalone.ts'
import { installOracle } from '../support/oracle.ts'
import { accounts, openDesks } from '../support/random-rows.ts'
import { tellStory } from '../support/random-story.ts'
import { rollAll } from '../support/rolled-rows.ts'
import { scaled, seed } from '../support/seed.ts'

const times = scaled('TIDEMARK_RUNS', 1)
let database: TestDatabase
beforeAll(async () => {
  database = await createStandalone()
  await installOracle(database.pool)
  await openDesks(database.pool)
})
afterAll(async () => {
  vi.useRealTimers()
  await database?.drop()
})

test('no story leaves anything to mend, with marks waiting and without', { timeout: 200_000 * times }, async () => {
  const { pool } = database
  vi.useFakeTimers({ toFake: ['Date'] })
  let [days, rows] = [0, 0]
  // Lots can fall so that hardly anything happens, and little compared proves little: then some stories more.
  const enough = () => days > 10 * times && rows > 100 * times
  for (let told = 0; told < 4 * times || (told < 40 * times && !enough()); told++) {
    const number = 3e6 + told
    const { desk } = await tellStory(pool, number)
    for (const rolled of [false, true]) {
      if (rolled) await rollAll(pool)
      for (const account of accounts) {
        const found = await verifyRollups(pool, account, { from: -Infinity, until: Infinity })
        expect(found.differences, `story ${number}, account ${account}`).toEqual([])
        days += found.days
        rows += found.rows
      }
    }
    await desk.change()
    const now = Date.now() / 1000 + 400 * 86_400
    for (const account of await dueReconciliations(pool, now)) {
      expect(await reconcileAccount(pool, account, now, { cycleDays: 1 })).toMatchObject({ mismatches: 0 })
    }
  }
  expect(await many(pool, 'select * from tidemark.mismatches')).toEqual([])
  console.info(`TIDEMARK_SEED=${seed}: ${days} days, ${rows} rows`)
  expect({ days, rows }).toSatisfy(enough)
})
