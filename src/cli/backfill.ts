import type { Command } from 'commander'
import { planCheck, planOf } from '../admin/backfill-plan.ts'
import { backfillFrom, keyOf, requestKey, requestOf, sha256OfBody, type BackfillBody } from '../admin/backfill-request.ts'
import { addressToTell } from '../admin/whom-to-tell.ts'
import { COMMAND } from '../audit/actor.ts'
import { now } from '../clock.ts'
import type { Pool } from '../db.ts'
import { Refusal } from '../errors.ts'
import { bucketZone } from '../rollups/backfill/backfill-days.ts'
import { backfillJson, progressJson } from '../rollups/backfill/backfill-json.ts'
import type { Backfill } from '../rollups/backfill/backfill-row.ts'
import { runBackfill } from '../rollups/backfill/run-backfill.ts'
import { startBackfill } from '../rollups/backfill/start-backfill.ts'
import { registerBackfillControl } from './backfill-control.ts'
import { follow, requireCompleted } from './backfill-follow.ts'
import { planText } from './backfill-plan-text.ts'
import { progressText } from './backfill-text.ts'
import { print, progressBar } from './print.ts'
import { withSession, type Session } from './session.ts'
import { daysOrAll, wholeNumber } from './values.ts'

interface Options {
  account: number
  since?: string
  until?: string
  mode: string
  order: string
  maxHoursPerMinute?: number
  window?: string
  verify: boolean
  allowErase?: boolean
  reason?: string
  notify?: string
  plan?: string
  key?: string
  diff?: number | 'all'
  yes?: boolean
  wait?: boolean
  json?: boolean
}

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
}

const asked = (command: Command) =>
  command
    .requiredOption('--account <id>', 'the account', wholeNumber)
    .option('--since <time>', 'from when on (a date, ISO time, Unix seconds or -7d); default: the first raw row')
    .option('--until <time>', 'until when; default: now, and on')
    .option('--mode <which>', 'missing, incomplete (missing, failed and dirty) or all', 'all')
    .option('--order <first>', 'which days come first: newest or oldest', 'newest')
    .option('--max-hours-per-minute <n>', 'hours of history rolled in a minute at most', wholeNumber)
    .option('--window <from-until>', 'when it works, by the clock of the account: 22:00-06:00')
    .option('--no-verify', 'do not recompute and compare afterwards')
    .option('--allow-erase', 'also where raw rows are gone: what was rolled there is erased')

function bodyOf(options: Options, dryRun: boolean): BackfillBody {
  const [from, until, ...more] = options.window?.split('-') ?? []
  if (more.length > 0) throw new Refusal('invalid', 'Give a window as two times: --window 22:00-06:00.')
  return backfillFrom({
    account_id: options.account,
    since: options.since ?? null,
    until: options.until ?? null,
    mode: options.mode,
    order: options.order,
    max_hours_per_minute: options.maxHoursPerMinute ?? null,
    window: from === undefined ? null : { from, until: until ?? '' },
    verify: options.verify,
    allow_erase: options.allowErase ?? false,
    reason: options.reason ?? null,
    notify: options.notify !== undefined,
    dry_run: dryRun,
    plan: options.plan ?? null,
    diff: options.diff ?? 0,
  })
}

async function plan({ pool }: Session, options: Options): Promise<void> {
  const body = bodyOf(options, true)
  const made = await planOf(pool, await requestOf(pool, body, now()), now(), body.diff)
  print(options.json, made, planText(made))
}

async function started(pool: Pool, options: Options): Promise<Backfill> {
  const body = bodyOf(options, false)
  const notify = options.notify === undefined ? null : await addressToTell(pool, options.account, options.notify)
  const request = { ...(await requestOf(pool, body, now())), notify }
  if (!options.yes) {
    const message = `This rolls account ${options.account} anew; reports stay exact meanwhile. Confirm with --yes.`
    throw new Refusal('unconfirmed', message)
  }
  const check = planCheck(request, options.plan ?? null, now())
  const once = keyOf(COMMAND, keyFrom(options.key), sha256OfBody({ ...body, notify: options.notify ?? false }))
  return (await startBackfill(pool, request, { actor: COMMAND, at: now(), check, once })).backfill
}

function keyFrom(given: string | undefined): string | undefined {
  const { error } = requestKey.optional().safeParse(given)
  if (error) throw new Refusal('invalid', `--key ${error.issues[0]!.message}.`)
  return given
}

async function start({ pool, signal }: Session, options: Options): Promise<void> {
  const { id, accountId } = await started(pool, options)
  const at = await (options.wait ? follow(pool, accountId, id, signal) : undefined)
  if (at) return tell(pool, at, options, signal)
  print(
    options.json,
    { id, account_id: accountId },
    `Backfill ${id} is queued; a worker rolls it. See: tidemark backfill show ${id}`,
  )
}

async function runHere({ pool, signal }: Session, options: Options): Promise<void> {
  await tell(pool, await runShown(pool, await started(pool, options), signal), options, signal)
}

async function tell(pool: Pool, at: Backfill, { json }: Options, signal: AbortSignal): Promise<void> {
  requireCompleted(at, signal)
  const told = backfillJson(at, await bucketZone(pool, at.accountId), now())
  const errors = at.state === 'completed' ? '' : ` with errors: see tidemark backfill show ${at.id}`
  print(json, told, `Backfill ${at.id} is completed${errors}: ${at.hoursDone} hours.`)
  if (at.state !== 'completed') process.exitCode = 3
}

/** Works on a backfill with a progress bar on standard error, through its rests. */
export async function runShown(pool: Pool, { id, accountId }: Backfill, signal?: AbortSignal): Promise<Backfill> {
  const zone = await bucketZone(pool, accountId)
  const bar = progressBar(`Backfill of account ${accountId}`)
  const onProgress = (at: Backfill) => bar(at.hoursDone, at.hoursTotal, progressText(progressJson(at, zone, now())))
  return runBackfill(pool, accountId, id, { onProgress, waits: true, ...(signal && { signal }) })
}
