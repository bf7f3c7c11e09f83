import type { Command } from 'commander'
import { accountZone } from '../accounts/zone.ts'
import { instantFrom } from '../time/instant-text.ts'
import { now, stopwatch } from '../clock.ts'
import type { Pool } from '../db.ts'
import { Refusal } from '../errors.ts'
import { requestBackfill } from '../rollups/backfill.ts'
import type { Backfill } from '../rollups/backfill-row.ts'
import { runBackfill } from '../rollups/run-backfill.ts'
import { inWords, print, progressBar } from './print.ts'
import { withSession, type Session } from './session.ts'
import { wholeNumber } from './values.ts'

interface Options {
  account: number
  since?: string
  until?: string
  reason: string
  yes?: boolean
  json?: boolean
}

/** `tidemark backfill`: rolls a stretch of history and returns when it is done. */
export function registerBackfill(program: Command): void {
  program
    .command('backfill')
    .description('roll a stretch of history, newest days first; given again after a crash, it goes on')
    .requiredOption('--account <id>', 'the account', wholeNumber)
    .option('--since <time>', 'from when on (a date, ISO time, Unix seconds or -7d); default: the first raw row')
    .option('--until <time>', 'until when; default: now, and on')
    .requiredOption('--reason <text>', 'why, for those who read the log')
    .option('--yes', 'really')
    .action((_, command: Command) => withSession((session) => backfill(session, command.optsWithGlobals())))
}

async function backfill({ pool, signal }: Session, options: Options): Promise<void> {
  const zone = await accountZone(pool, options.account)
  const since = options.since === undefined ? -Infinity : instantFrom(options.since, zone, now())
  const until = options.until === undefined ? Infinity : instantFrom(options.until, zone, now())
  if (!options.yes) {
    const message = `This rolls account ${options.account} anew; reports stay exact meanwhile. Confirm with --yes.`
    throw new Refusal('unconfirmed', message)
  }
  const requested = await requestBackfill(pool, { accountId: options.account, since, until, reason: options.reason })
  const result = await runShown(pool, requested, signal)
  requireCompleted(result, signal)
  print(options.json, result, `Backfill ${result.id} is completed: ${result.hoursDone} hours.`)
}

/** Works on a backfill with a progress bar on standard error. */
export function runShown(pool: Pool, { id, accountId }: Backfill, signal?: AbortSignal): Promise<Backfill> {
  const elapsed = stopwatch()
  const bar = progressBar(`Backfill of account ${accountId}`)
  const onProgress = ({ hoursDone, hoursTotal }: Backfill) => {
    const left = ((hoursTotal - hoursDone) / Math.max(1, hoursDone)) * elapsed()
    bar(hoursDone, hoursTotal, `${hoursDone} of ${hoursTotal} hours, ${inWords(left)} left`)
  }
  return runBackfill(pool, accountId, id, { onProgress, ...(signal && { signal }) })
}

function requireCompleted({ id, state, error }: Backfill, signal: AbortSignal): void {
  if (state === 'completed') return
  if (signal.aborted) {
    throw new Refusal('interrupted', `Stopped. Give the command again to go on with backfill ${id}.`, { exitCode: 130 })
  }
  throw new Refusal('incomplete', `Backfill ${id} is ${state}: ${error ?? 'no reason given'}`, { exitCode: 1 })
}
