import type { Command } from 'commander'
import { planOf } from '../admin/backfill-plan.ts'
import { requestOf } from '../admin/backfill-request.ts'
import { now } from '../clock.ts'
import type { Pool } from '../db.ts'
import { bucketZone } from '../rollups/backfill/backfill-days.ts'
import { backfillJson } from '../rollups/backfill/backfill-json.ts'
import type { Backfill } from '../rollups/backfill/backfill-row.ts'
import { runBackfill } from '../rollups/backfill/run-backfill.ts'
import { askedAccounts, bodyOf, started, type AskedOptions } from './backfill-asked.ts'
import { registerBackfillControl } from './backfill-control.ts'
import { follow, requireCompleted } from './backfill-follow.ts'
import { planText } from './backfill-plan-text.ts'
import { backfillProgress } from './backfill-progress.ts'
import { conclude, each, namedAccounts, type Answer } from './each-account.ts'
import { withSession, type Session } from './session.ts'
import { daysOrAll, wholeNumber } from './values.ts'

interface Options extends AskedOptions {
  wait?: boolean
  json?: boolean
}

/** Accounts that this process rolls at once, whatever is asked for: as many as a worker may be set to. */
const AT_ONCE_MAX = 8

/** `tidemark backfill …`: rolls stretches of history. Without a verb of its own it returns when it is done. */
export function registerBackfill(program: Command): void {
  const backfill = program.command('backfill').description('roll stretches of history: planned, started, watched, called off')
  const verb = (
    name: string,
    description: string,
    work: (session: Session, options: Options) => Promise<void>,
    isDefault = false,
  ) =>
    asked(backfill.command(name, { isDefault }).description(description)).action((_, command: Command) =>
      withSession((session) => work(session, command.optsWithGlobals())),
    )
  verb('run', 'roll a stretch of history here and return when it is done; given again after a crash, it goes on', runHere, true)
    .requiredOption('--reason <text>', 'why, for those who read the log')
    .option('--notify <address>', 'mail what it came to when it has ended, however it ends')
    .option('--yes', 'really')
  verb('plan', 'tell what a backfill would do; nothing is written', plan)
    .option('--reason <text>', 'why')
    .option('--diff <days>', 'recompute so many days, or all, and tell what would change', daysOrAll)
  verb('start', 'have a stretch of history rolled by a worker; returns at once with the id', start)
    .requiredOption('--reason <text>', 'why, for those who read the log')
    .option('--notify <address>', 'mail what it came to when it has ended, however it ends')
    .option('--yes', 'really')
    .option('--wait', 'follow it until it ends')
    .option('--plan <text>', 'the text of a plan: start only if it still holds')
    .option('--key <text>', 'a key of your own: given again with it, nothing more is started, whatever became of it since')
  registerBackfillControl(backfill)
  backfill.addHelpText('after', ONE_AT_A_TIME)
}

const ONE_AT_A_TIME = `
An account is rolled by one at a time. Of several accounts each worker takes as many at once as BACKFILL_CONCURRENCY says in its
environment, 1 to 8, default 1; run takes as many as --concurrency says, at most ${AT_ONCE_MAX}, default 1. Wherever they are worked on,
a backfill with --concurrency waits for its turn while so many older ones, of whatever account, are at work.`

const asked = (command: Command) =>
  command
    .requiredOption('--account <ids>', 'the account; or several, each with a backfill of its own: 7,8, or all', namedAccounts)
    .option('--since <time>', 'from when on (a date, ISO time, Unix seconds or -7d); default: the first raw row')
    .option('--until <time>', 'until when; default: now, and on')
    .option('--mode <which>', 'missing, incomplete (missing, failed and dirty) or all', 'all')
    .option('--order <first>', 'which days come first: newest or oldest', 'newest')
    .option('--max-hours-per-minute <n>', 'hours of history rolled in a minute at most', wholeNumber)
    .option('--window <from-until>', 'when it works, by the clock of the account: 22:00-06:00')
    .option('--concurrency <n>', 'work only while fewer older backfills than this do, of whatever account: 1 to 64', wholeNumber)
    .option('--no-verify', 'do not recompute and compare afterwards')
    .option('--allow-erase', 'also where raw rows are gone: what was rolled there is erased')

/** Tells at once of an account that is done; JSON is told at the end. */
function answer({ json }: Options, told: object, text: string, isPartial = false): Answer {
  if (!json) process.stdout.write(`${text}\n`)
  return { told, isPartial }
}

async function plan({ pool, signal }: Session, options: Options): Promise<void> {
  const { isList } = options.account
  const accounts = await askedAccounts(pool, options, true)
  const made = await each(accounts, { isList, signal }, async (accountId) => {
    const body = bodyOf(options, accountId, true)
    const told = await planOf(pool, await requestOf(pool, body, now()), now(), { diff: body.diff })
    return answer(options, told, `${planText(told, options.reason)}${isList ? '\n' : ''}`)
  })
  conclude(made, isList, options.json)
}

async function start({ pool, signal }: Session, options: Options): Promise<void> {
  const { isList } = options.account
  const accounts = await askedAccounts(pool, options, false)
  // All are started before any is followed.
  const begun = await each(accounts, { isList, signal }, async (account_id) => {
    const { id, state } = await started(pool, options, account_id)
    if (options.wait) return { id, told: {} }
    // Given again, it may be further on.
    const stands = state === 'queued' ? 'queued; a worker rolls it' : state.replaceAll('_', ' ')
    const text = `Backfill ${id} of account ${account_id} is ${stands}. See: tidemark backfill show ${id}`
    return { id, ...answer(options, { id, account_id }, text) }
  })
  if (!options.wait) return conclude(begun, isList, options.json)
  const followed = await each(begun, { isList, signal }, async (accountId, { id }) =>
    tell(pool, await follow(pool, accountId, id, signal), options, signal),
  )
  conclude(followed, isList, options.json)
}

async function runHere({ pool, signal }: Session, options: Options): Promise<void> {
  const { isList } = options.account
  const accounts = await askedAccounts(pool, options, false)
  const atOnce = isList ? Math.min(options.concurrency ?? 1, AT_ONCE_MAX, accounts.length) : 1
  const done = await each(accounts, { atOnce, isList, signal }, async (accountId) => {
    const at = await runShown(pool, await started(pool, options, accountId), signal, atOnce > 1)
    return tell(pool, at, options, signal)
  })
  conclude(done, isList, options.json)
}

async function tell(pool: Pool, at: Backfill, options: Options, signal: AbortSignal): Promise<Answer> {
  requireCompleted(at, signal)
  const told = backfillJson(at, await bucketZone(pool, at.accountId), now())
  const hasErrors = at.state !== 'completed'
  const errors = hasErrors ? ` with errors: see tidemark backfill show ${at.id}` : ''
  return answer(
    options,
    told,
    `Backfill ${at.id} of account ${at.accountId} is completed${errors}: ${at.hoursDone} hours.`,
    hasErrors,
  )
}

/** Works on a backfill with its progress on standard error, through its rests. `amongOthers`: in lines, as bars would overwrite each other. */
export async function runShown(
  pool: Pool,
  { id, accountId }: Backfill,
  signal?: AbortSignal,
  amongOthers = false,
): Promise<Backfill> {
  const onProgress = backfillProgress(pool, accountId, await bucketZone(pool, accountId), amongOthers)
  return runBackfill(pool, accountId, id, { onProgress, waits: true, ...(signal && { signal }) })
}
