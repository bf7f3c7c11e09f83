import type { Command } from 'commander'
import { Refusal } from '../errors.ts'
import { attach, detach } from '../source/attach.ts'
import { registerMigrate } from './migrate.ts'
import { print } from './print.ts'
import { withSession } from './session.ts'

/** The verbs that make and remove Tidemark's tables: migrate, attach, detach. */
export function registerDatabase(program: Command): void {
  registerMigrate(program)

  program
    .command('attach')
    .description('attach to the Chatwoot database of DATABASE_URL: a schema of our own and triggers, nothing else')
    .action((_, command: Command) =>
      withSession(async ({ pool, url }) => {
        const attached = await attach(pool, url)
        const text = `Attached: ${attached.accounts} accounts. Reports are exact from now on; a backfill makes them fast:\n  tidemark backfill --account 1 --reason "first backfill" --yes`
        print(command.optsWithGlobals<{ json?: boolean }>().json, attached, text)
      }),
    )

  program
    .command('detach')
    .description('take every trace of Tidemark out of the database, digests and rollups included')
    .option('--yes', 'really')
    .action((options: { yes?: boolean }, command: Command) =>
      withSession(async ({ pool }) => {
        if (!options.yes)
          throw new Refusal(
            'unconfirmed',
            'This drops the schemas tidemark and bullmq with all digests and rollups. Confirm with --yes.',
          )
        await detach(pool)
        print(command.optsWithGlobals<{ json?: boolean }>().json, { detached: true }, 'Detached: no trace is left.')
      }),
    )
}
