import { Command, CommanderError } from 'commander'
import { Refusal } from './errors.ts'
import { version } from './version.ts'

/** Adds verbs to the program. */
type Register = (program: Command) => void

/**
 * Which verbs there are, and where they are written down. Only those that a command line names are loaded: all of them with
 * what they import take two seconds.
 */
const families: { verbs: string[]; load: () => Promise<Register> }[] = [
  {
    verbs: ['serve', 'worker', 'all'],
    load: async () => {
      const [{ registerProcesses }, { jobs }] = [await import('./cli/processes.ts'), await import('../jobs/list.ts')]
      return (program) => registerProcesses(program, jobs)
    },
  },
  { verbs: ['migrate', 'attach', 'detach'], load: async () => (await import('./cli/database.ts')).registerDatabase },
  { verbs: ['doctor'], load: async () => (await import('./cli/doctor.ts')).registerDoctor },
  { verbs: ['config'], load: async () => (await import('./cli/config.ts')).registerConfig },
  { verbs: ['openapi'], load: async () => (await import('./cli/openapi.ts')).registerOpenapi },
  { verbs: ['version'], load: async () => (await import('./cli/version.ts')).registerVersion },
  { verbs: ['backfill'], load: async () => (await import('./cli/backfill.ts')).registerBackfill },
  { verbs: ['queue'], load: async () => (await import('./cli/queue.ts')).registerQueue },
  { verbs: ['rollup'], load: async () => (await import('./cli/rollup.ts')).registerRollup },
  { verbs: ['retention'], load: async () => (await import('./cli/retention.ts')).registerRetention },
  { verbs: ['report'], load: async () => (await import('./cli/report.ts')).registerReport },
  { verbs: ['digest'], load: async () => (await import('./cli/digest.ts')).registerDigest },
  { verbs: ['group'], load: async () => (await import('./cli/group.ts')).registerGroup },
  { verbs: ['account'], load: async () => (await import('./cli/account.ts')).registerAccount },
  { verbs: ['recipient'], load: async () => (await import('./cli/recipient.ts')).registerRecipient },
  { verbs: ['seed'], load: async () => (await import('./cli/seed.ts')).registerSeed },
  { verbs: ['token'], load: async () => (await import('./cli/token.ts')).registerToken },
  { verbs: ['audit'], load: async () => (await import('./cli/audit.ts')).registerAudit },
  { verbs: ['chatwoot'], load: async () => (await import('./cli/chatwoot.ts')).registerChatwoot },
  {
    verbs: ['demo'],
    load: async () => {
      const [{ registerDemo }, { jobs }] = [await import('./cli/demo.ts'), await import('../jobs/list.ts')]
      return (program) => registerDemo(program, jobs)
    },
  },
]

/** Runs a command line and returns the exit code: 0 ok, 1 error, 2 usage, 3 mismatch or partial, 4 conflict, 130 interrupted. */
async function main(argv: string[]): Promise<number> {
  const program = new Command('tidemark')
    .description('Reports for support desks: exact, in milliseconds, mailed each week')
    .version(version)
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .option('--json', 'print data as JSON')
  const named = families.filter(({ verbs }) => verbs.some((verb) => argv.includes(verb)))
  const needed = named.length > 0 ? named : ['--version', '-V'].includes(argv[2] ?? '') ? [] : families
  try {
    // Loading reads the configuration, which may be wrong.
    for (const { load } of needed) (await load())(program)
    await program.parseAsync(argv)
    return Number(process.exitCode ?? 0)
  } catch (error) {
    return await exitCodeOf(error)
  }
}

async function exitCodeOf(error: unknown): Promise<number> {
  // Commander has printed its own message.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof Refusal) {
    process.stderr.write(`${error.message}\n`)
    return error.exitCode
  }
  // Not before: what it imports reads the configuration.
  const { plainReason } = await import('./plain-reason.ts')
  const reason = plainReason(error)
  process.stderr.write(`${reason ?? (error instanceof Error ? (error.stack ?? error.message) : String(error))}\n`)
  return 1
}

// Whoever reads has had enough, as in `tidemark openapi | head`: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})
process.exitCode = await main(process.argv)
