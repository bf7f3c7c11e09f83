import { vi } from 'vitest'
import { migrate } from '../../src/migrate.ts'
import { createDatabase, type TestDatabase } from './database.ts'
import { openDesks } from './random-rows.ts'

/** A database with the desks that are filled by lot, and a clock that the test sets until it drops the database. */
export async function createRandomDesks(): Promise<TestDatabase> {
  vi.useFakeTimers({ toFake: ['Date'] })
  const database = await createDatabase()
  await migrate(database.url)
  await openDesks(database.pool)
  const drop = async () => {
    vi.useRealTimers()
    await database.drop()
  }
  return { ...database, drop }
}
