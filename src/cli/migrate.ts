import { InvalidArgumentError, type Command } from 'commander'
import { migrate } from '../migrate.ts'
import { migrationStates, schemaProblem, type MigrationState } from '../migrations.ts'
import { print, table } from './print.ts'
import { withSession, type Session } from './session.ts'

interface UpOptions {
  wait?: number
  statementTimeout?: number
  json?: boolean
}

/** `tidemark migrate [up]` and `tidemark migrate status`. */
export function registerMigrate(program: Command): void {
  const verb = program.command('migrate').description('bring the tables up to date, or tell whether they are')
  verb
    .command('up', { isDefault: true })
    .description('apply what is missing (standalone: the raw tables too); any number of processes may do so at once')
    .option('--wait <seconds>', 'how long to try for locks of tables in use, half a second each time (default: 30)', seconds)
    .option('--statement-timeout <seconds>', 'how long one statement may take (default: 60)', seconds)
    .action((_, command: Command) => withSession((session) => up(session, command.optsWithGlobals<UpOptions>())))
  verb
    .command('status')
    .description('what has been applied and when, and what is pending; exit 3 when something is')
    .action((_, command: Command) =>
      withSession((session) => status(session, command.optsWithGlobals<{ json?: boolean }>().json)),
    )
}

async function up({ url }: Session, { wait, statementTimeout, json }: UpOptions): Promise<void> {
  const migrations = await migrate(url, {
    ...(wait !== undefined && { wait }),
    ...(statementTimeout !== undefined && { statementSeconds: statementTimeout }),
  })
  print(json, { migrations }, `${migrations.length} migrations applied`)
}

async function status({ pool }: Session, json: boolean | undefined): Promise<void> {
  const states = await migrationStates(pool)
  const pending = states.filter(({ appliedAt }) => appliedAt === null)
  const told = states.map(({ name, tables, appliedAt, known }) => {
    return { name, tables, applied_at: appliedAt?.toISOString() ?? null, known }
  })
  const rows = states.map((state) => [state.name, state.tables, stateOf(state)])
  const text = [table([['migration', 'tables', 'applied'], ...rows]), conclusion(pending.length)].join('\n')
  print(json, { migrations: told, pending: pending.length, problem: (await schemaProblem(pool)) ?? null }, text)
  if (pending.length > 0) process.exitCode = 3
}

function stateOf({ appliedAt, known }: MigrationState): string {
  if (!appliedAt) return 'pending'
  return `${appliedAt.toISOString()}${known ? '' : ' by a newer release'}`
}

const conclusion = (pending: number) => (pending === 0 ? 'Nothing is pending.' : `${pending} pending: run \`tidemark migrate\`.`)

function seconds(text: string): number {
  const number = Number(text)
  if (text.trim() === '' || !Number.isFinite(number) || number < 0 || number > 86_400)
    throw new InvalidArgumentError('Give seconds, from 0 to 86400.')
  return number
}
