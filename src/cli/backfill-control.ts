import { Argument, Option, type Command } from 'commander'
import { accountIds } from '../accounts/account.ts'
import { sha256OfControl } from '../admin/backfill-request.ts'
import { COMMAND } from '../audit/actor.ts'
import { now } from '../clock.ts'
import type { Pool } from '../db.ts'
import { notFound } from '../errors.ts'
import { backfillsOf } from '../rollups/backfill/backfill.ts'
import { bucketZone } from '../rollups/backfill/backfill-days.ts'
import { backfillJson } from '../rollups/backfill/backfill-json.ts'
import { backfillStates, readBackfills, type Backfill, type BackfillState } from '../rollups/backfill/backfill-row.ts'
import { controlBackfill, type Control } from '../rollups/backfill/control-backfill.ts'
import { failedHours, failedHoursCount, FAILED_ON_PAGE } from '../rollups/backfill/failed-hours-json.ts'
import { givenKey } from './backfill-asked.ts'
import { follow, requireCompleted } from './backfill-follow.ts'
import { backfillsTable, backfillText } from './backfill-text.ts'
import { print } from './print.ts'
import { withSession, type Session } from './session.ts'
import { wholeNumber } from './values.ts'

interface ListOptions {
  account?: number
  state?: BackfillState
  page: number
  json?: boolean
}
interface ControlOptions {
  reason?: string
  key?: string
  wait?: boolean
  page?: number
  json?: boolean
}

const PER_PAGE = 50

const descriptions: Record<Control, string> = {
  pause: 'pause a backfill within a chunk, about a second; it keeps its place',
  resume: 'let a paused backfill go on where it was',
  cancel: 'call a backfill off within a chunk; what is rolled stays',
  retry: 'try the hours that failed again, and what was left when it failed as a whole',
}

/** `tidemark backfill list | show | pause | resume | cancel | retry`. */
export function registerBackfillControl(backfill: Command): void {
  backfill
    .command('list')
    .description('backfills, the newest first')
    .option('--account <id>', 'of one account', wholeNumber)
    .addOption(new Option('--state <name>', 'only those in this state').choices(backfillStates))
    .option('--page <n>', `which ${PER_PAGE} of them`, wholeNumber, 1)
    .action((_, command: Command) => withSession((session) => list(session, command.optsWithGlobals())))

  const onOne = (
    name: string,
    description: string,
    work: (session: Session, id: number, options: ControlOptions) => Promise<void>,
  ) =>
    backfill
      .command(name)
      .description(description)
      .addArgument(new Argument('<backfill>', 'its id').argParser(wholeNumber))
      .action((id: number, _, command: Command) => withSession((session) => work(session, id, command.optsWithGlobals())))

  onOne('show', 'one backfill: how it stands, what failed, what it came to', show)
    .option('--wait', 'follow it until it ends')
    .option('--page <n>', `which ${FAILED_ON_PAGE} of the hours that failed`, wholeNumber, 1)
  for (const [control, description] of Object.entries(descriptions) as [Control, string][]) {
    onOne(control, description, (session, id, options) => act(session, id, control, options))
      .option('--reason <text>', 'why')
      .option('--key <text>', 'a key of your own: given again with it, nothing more is done, whatever became of it since')
  }
}

async function list({ pool }: Session, { account, state, page, json }: ListOptions): Promise<void> {
  const accounts = account === undefined ? await accountIds(pool) : [account]
  const { backfills, total } = await backfillsOf(pool, accounts, { page, perPage: PER_PAGE, ...(state && { states: [state] }) })
  const told = []
  for (const one of backfills) told.push(backfillJson(one, await bucketZone(pool, one.accountId), now()))
  print(json, { total_count: total, page, per_page: PER_PAGE, backfills: told }, backfillsTable(told))
}

/** Ids are those of the installation: who runs it names no account. */
async function found(pool: Pool, id: number): Promise<Backfill> {
  const [one] = await readBackfills(pool, { accounts: null, id })
  if (!one) throw notFound(`There is no backfill ${id}.`)
  return one
}

async function show({ pool, signal }: Session, id: number, { wait, page = 1, json }: ControlOptions): Promise<void> {
  const { accountId } = await found(pool, id)
  const at = wait ? await follow(pool, accountId, id, signal) : await found(pool, id)
  await tell(pool, at, json, page)
  if (wait) requireCompleted(at, signal)
}

async function act({ pool }: Session, id: number, control: Control, { key, json, ...options }: ControlOptions): Promise<void> {
  const { accountId } = await found(pool, id)
  const reason = options.reason ?? null
  const once = givenKey(key, sha256OfControl(id, control, reason))
  await tell(pool, await controlBackfill(pool, accountId, id, control, { actor: COMMAND, at: now(), reason, once }), json)
}

async function tell(pool: Pool, at: Backfill, json: boolean | undefined, page = 1): Promise<void> {
  const told = {
    ...backfillJson(at, await bucketZone(pool, at.accountId), now()),
    failed_hours: await failedHours(pool, at, { page, perPage: FAILED_ON_PAGE }),
    failed_hours_total: await failedHoursCount(pool, at),
  }
  print(json, told, backfillText(told))
}
