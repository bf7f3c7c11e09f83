import { migrate } from '../../src/migrate.ts'
import { createDatabase, templateDatabase, type TestDatabase } from './database.ts'

/** A standalone database, as a new one is: migrated once per run and copied, in a third of the time. */
export async function createStandalone(): Promise<TestDatabase> {
  return createDatabase({ template: await templateDatabase('standalone', async (url) => void (await migrate(url))) })
}
