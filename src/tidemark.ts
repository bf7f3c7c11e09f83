import { Command, CommanderError } from 'commander'
import { registerBackfill } from './cli/backfill.ts'
import { registerChatwoot } from './cli/chatwoot.ts'
import { registerDatabase } from './cli/database.ts'
import { registerDemo } from './cli/demo.ts'
import { registerDigest } from './cli/digest.ts'
import { registerProcesses } from './cli/processes.ts'
import { registerReport } from './cli/report.ts'
import { registerRollup } from './cli/rollup.ts'
import { Refusal } from './errors.ts'
import { version } from './version.ts'
import { jobs } from '../jobs/list.ts'

/** Runs a command line and returns the exit code: 0 ok, 1 error, 2 usage, 3 mismatch or partial, 4 conflict, 130 interrupted. */
async function main(argv: string[]): Promise<number> {
  const program = new Command('tidemark')
    .description('Reports for support desks: exact, in milliseconds, mailed each week')
    .version(version)
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .option('--json', 'print data as JSON')
  registerProcesses(program, jobs)
  registerDatabase(program)
  registerBackfill(program)
  registerRollup(program)
  registerReport(program)
  registerDigest(program)
  registerChatwoot(program)
  registerDemo(program, jobs)
  try {
    await program.parseAsync(argv)
    return Number(process.exitCode ?? 0)
  } catch (error) {
    return exitCodeOf(error)
  }
}

function exitCodeOf(error: unknown): number {
  // Commander has printed its own message.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof Refusal) {
    process.stderr.write(`${error.message}\n`)
    return error.exitCode
  }
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  return 1
}

process.exitCode = await main(process.argv)
