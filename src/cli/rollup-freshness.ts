import type { Command } from 'commander'
import { accountIds, requireAccount } from '../accounts/account.ts'
import { now, type Instant } from '../clock.ts'
import type { Span } from '../rollups/coverage.ts'
import { DIRTY_HOURS_MAX, dirtyHours, type DirtyList } from '../rollups/freshness/dirty-list.ts'
import { grains } from '../rollups/freshness/grains.ts'
import { rollDirty, spreadMarks } from '../rollups/rolling/roll-dirty.ts'
import { dirtyJson, statusJson } from '../rollups/freshness/status-json.ts'
import { rollupStatus, type RollupStatus } from '../rollups/freshness/status.ts'
import { inWords } from '../time/duration-text.ts'
import { isoOf } from '../time/local-text.ts'
import { print, table } from './print.ts'
import { withSession, type Session } from './session.ts'
import { wholeNumber } from './values.ts'

interface Options {
  account?: number
  json?: boolean
}

/** `tidemark rollup status`, `dirty` and `run`: how fresh rollups are, what waits, and rolling it now. */
export function registerFreshness(rollup: Command): void {
  rollup
    .command('status')
    .description(
      'per account, and of one by width of bucket: what is rolled, how complete and how old it is, what waits and what failed',
    )
    .option('--account <id>', 'one account', wholeNumber)
    .action((_, command: Command) => withSession((session) => status(session, command.optsWithGlobals())))
  rollup
    .command('dirty')
    .description(`the hours that wait to be rolled, newest first, at most ${DIRTY_HOURS_MAX}`)
    .option('--account <id>', 'one account', wholeNumber)
    .action((_, command: Command) => withSession((session) => dirty(session, command.optsWithGlobals())))
  rollup
    .command('run')
    .description('roll what is dirty now, instead of with the next sweep; exit 3 when an hour could not be rolled')
    .requiredOption('--account <id>', 'the account', wholeNumber)
    .action((_, command: Command) => withSession((session) => runNow(session, command.optsWithGlobals())))
}

async function status({ pool }: Session, { account, json }: Options): Promise<void> {
  const accounts = account === undefined ? null : [(await requireAccount(pool, account)).id]
  const statuses = await rollupStatus(pool, now(), accounts)
  const byWidth = account === undefined ? '' : statuses.map((one) => `\n\n${widthsTable(one)}`).join('')
  print(json, { accounts: statuses.map(statusJson) }, statusTable(statuses) + byWidth)
}

async function dirty({ pool }: Session, { account, json }: Options): Promise<void> {
  const accounts = account === undefined ? await accountIds(pool) : [(await requireAccount(pool, account)).id]
  const list = await dirtyHours(pool, accounts, DIRTY_HOURS_MAX)
  print(json, dirtyJson(list), dirtyTable(list))
}

async function runNow({ pool, signal }: Session, { account, json }: Options & { account: number }): Promise<void> {
  await requireAccount(pool, account)
  await spreadMarks(pool)
  const { hours, failed } = await rollDirty(pool, account, signal)
  print(json, { account_id: account, hours, failed }, `${hours} hours rolled${failed > 0 ? `, ${failed} could not be` : ''}.`)
  if (failed > 0) process.exitCode = 3
}

const time = (at: Instant | null) => (at === null ? '-' : isoOf(at))
const edge = (at: Instant) => (Number.isFinite(at) ? isoOf(at) : at < 0 ? 'the first row' : 'now')
const stretches = (spans: readonly Span[]) =>
  spans.map(({ from, until }) => `${edge(from)} to ${edge(until)}`).join(', ') || 'nothing'
const age = (seconds: number | null) => (seconds === null ? '-' : inWords(seconds))

function statusTable(statuses: RollupStatus[]): string {
  const rows = statuses.map(({ grains: { hour, day }, ...s }) => [
    String(s.accountId),
    s.zone ?? '-',
    stretches(hour.covered),
    time(hour.completeThrough),
    age(hour.lag),
    time(day.completeThrough),
    `${hour.dirty}${s.wideMarks > 0 ? ` + ${s.wideMarks} wide` : ''}`,
    age(s.oldestDirty),
    String(hour.failed),
    time(s.rolledAt),
    time(s.nextRollBy),
  ])
  const head = [
    'account',
    'zone',
    'covered',
    'complete through',
    'lag',
    'days through',
    'dirty',
    'oldest',
    'failed',
    'rolled',
    'next',
  ]
  return [table([head, ...rows]), ...notes(statuses)].join('\n')
}

/** The same by width of bucket, for one account. */
function widthsTable({ grains: widths }: RollupStatus): string {
  const rows = grains.map((grain) => {
    const { covered, completeThrough, lag, dirty, oldestDirty, failed, rolledAt, nextRollBy } = widths[grain]
    return [
      grain,
      stretches(covered),
      time(completeThrough),
      age(lag),
      String(dirty),
      age(oldestDirty),
      String(failed),
      time(rolledAt),
      time(nextRollBy),
    ]
  })
  return table([['width', 'covered', 'complete through', 'lag', 'dirty', 'oldest', 'failed', 'rolled', 'next by'], ...rows])
}

/** What needs somebody's attention, a line each. */
function notes(statuses: readonly RollupStatus[]): string[] {
  const failed = statuses.flatMap(({ accountId, grains: { hour } }) =>
    hour.firstFailed ? [{ accountId, ...hour.firstFailed }] : [],
  )
  const why = failed.map(
    ({ accountId, from, failures, error, nextTry }) =>
      `account ${accountId}: the hour of ${isoOf(from)} failed ${failures} times, next try ${isoOf(nextTry)}: ${error ?? 'reason unknown'}`,
  )
  const outdated = statuses.filter((one) => one.outdated.spans.length > 0)
  const anew = outdated.flatMap(({ accountId, outdated: { spans, changed } }) => [
    ...spans.map(
      ({ from, until }) =>
        `account ${accountId}: ${edge(from)} to ${edge(until)} was rolled by other definitions${changed.length > 0 ? ` of ${changed.join(', ')}` : ''}`,
    ),
    `account ${accountId}: what rolling it anew would do: tidemark backfill plan --account ${accountId} --mode missing`,
  ])
  return [...why, ...anew]
}

function dirtyTable({ hours, wide, isMore }: DirtyList): string {
  const rows = hours.map((hour) => [
    String(hour.accountId),
    isoOf(hour.from),
    hour.labelsOnly ? 'labels' : 'all',
    isoOf(hour.waitingSince),
    String(hour.failures),
    time(hour.nextTry),
    hour.error ?? '',
  ])
  const notes = wide.map(
    ({ accountId, scope, marks, waitingSince }) =>
      `account ${accountId}: ${marks} marks of scope ${scope}, whose hours are looked up when they are rolled; oldest ${isoOf(waitingSince)}`,
  )
  const more = isMore ? ['There are more.'] : []
  if (rows.length + notes.length === 0) return 'Nothing is dirty.'
  return [table([['account', 'hour', 'rows', 'since', 'failures', 'next try', 'error'], ...rows]), ...notes, ...more].join('\n')
}
