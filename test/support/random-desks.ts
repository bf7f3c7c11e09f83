import { vi } from 'vitest'
import { openPool, run } from '../../src/db.ts'
import { migrate } from '../../src/migrate.ts'
import { createDatabase, templateDatabase, type TestDatabase } from './database.ts'
import { installOracle } from './oracle.ts'
import { openDesks } from './random-rows.ts'
import { createStandalone } from './standalone.ts'

/** A database with the desks that are filled by lot, and a clock that the test sets until it drops the database. */
export async function createRandomDesks(): Promise<TestDatabase> {
  vi.useFakeTimers({ toFake: ['Date'] })
  const database = await createStandalone()
  await openDesks(database.pool)
  const drop = async () => {
    vi.useRealTimers()
    await database.drop()
  }
  return { ...database, drop }
}

/** Standalone desks to tell stories on (random-story.ts), with the oracle beside them. */
export async function createStoryDesks(): Promise<TestDatabase> {
  const template = await templateDatabase('story_desks', async (url) => {
    await migrate(url)
    const pool = openPool(url, { max: 1 })
    // The months that stories are about, of two pairs of neighbours: rows move from one partition to another. No others, as each
    // makes every statement on them slower to plan.
    const months = [['2011-12-01', '2012-01-01'], ['2024-03-01', '2024-04-01'], ['2024-11-01', '2024-11-01']] // prettier-ignore
    for (const [from, until] of months) await run(pool, 'select ensure_raw_months($1, $2)', [from, until])
    await installOracle(pool)
    await openDesks(pool)
    await pool.end()
  })
  return createDatabase({ template })
}
