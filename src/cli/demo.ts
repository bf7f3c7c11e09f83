import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { endSoon } from '../closing.ts'
import { config } from '../config.ts'
import { openDatabase } from '../database.ts'
import { Refusal } from '../errors.ts'
import type { Job } from '../job.ts'
import { invitation, prepareDesks } from './demo-desk.ts'
import { stopOnSignal } from './ending.ts'
import { start } from './processes.ts'

/** `tidemark demo`: an embedded database with two demo desks, rolled; the API; the jobs; a digest in the outbox. */
export function registerDemo(program: Command, jobs: readonly Job[]): void {
  program
    .command('demo')
    .description('try it: embedded database, two demo desks, the API, a digest in the outbox')
    .action(async () => {
      if (config.production) throw new Refusal('production', 'The demo makes up data; it does not run with NODE_ENV=production.')
      if (config.databaseUrl) {
        throw new Refusal('database', 'The demo brings its own database; unset DATABASE_URL, or use `tidemark seed demo`.')
      }
      const database = await openDatabase()
      try {
        const accounts = await prepareDesks(database.url)
        const running = await start(['web', 'worker'], jobs)
        const ending = `Last week's digests are in ${resolve(join(config.dataDir, 'outbox'))}. Ctrl-C stops everything.`
        process.stdout.write(invitation(running.url ?? '', accounts, ending))
        await stopOnSignal(running)
      } finally {
        await database.close()
      }
      endSoon()
    })
}
