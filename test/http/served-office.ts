import { run } from '../../src/db.ts'
import type { App } from '../../src/http/app.ts'
import type { TestDatabase } from '../support/database.ts'
import { serve } from './desk.ts'
import { NOON, openOffice } from './office.ts'

export interface ServedOffice {
  database: TestDatabase
  app: App
  /** Ends the server, and drops the database. */
  close: () => Promise<void>
}

/** The office behind a server whose clock stands at NOON, with its accounts known to Tidemark as after the first sweep. */
export async function serveOffice(): Promise<ServedOffice> {
  const database = await openOffice()
  const app = serve(database.pool, { clock: () => NOON })
  await run(database.pool, 'insert into tidemark.accounts (account_id) select id from accounts on conflict do nothing')
  const close = async () => {
    await app.close()
    await database.drop()
  }
  return { database, app, close }
}
