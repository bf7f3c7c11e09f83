import type { Command } from 'commander'
import { openPool } from '../db.ts'
import { buildServer } from '../http/server.ts'
import { print } from './print.ts'

/** `tidemark openapi`: the description of the API, as `/openapi.json` has it; without a server or a database. */
export function registerOpenapi(program: Command): void {
  program
    .command('openapi')
    .description('the description of the HTTP API (OpenAPI 3.1)')
    .action(async () => {
      // Routes are described without a word to the database.
      const pool = openPool('postgresql://localhost/none')
      const app = buildServer({ pool, ready: async () => [] })
      await app.ready()
      print(true, app.swagger(), '')
      await app.close()
      await pool.end()
    })
}
