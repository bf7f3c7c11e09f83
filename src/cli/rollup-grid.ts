import type { Command } from 'commander'
import { accountIds, requireAccount } from '../accounts/account.ts'
import { now } from '../clock.ts'
import { invalid } from '../errors.ts'
import { bucketZone } from '../rollups/backfill/backfill-days.ts'
import { ACCOUNTS_DAYS_MAX, ACCOUNTS_DAYS_USUAL, ACCOUNTS_PAGE_MAX, accountsGrid } from '../rollups/freshness/accounts-grid.ts'
import { accountsGridJson, ledgerJson } from '../rollups/freshness/ledger-json.ts'
import { GRID_DAYS_MAX, GRID_ZOOMED_MAX, ledgerOf, type Ledger } from '../rollups/freshness/ledger.ts'
import { instantFrom } from '../time/instant-text.ts'
import { DAY } from '../time/zone.ts'
import { accountsGridText } from './accounts-grid-text.ts'
import { dayMark, legend, letters } from './grid-letters.ts'
import { print } from './print.ts'
import { withSession, type Session } from './session.ts'
import { wholeNumber } from './values.ts'

interface Options {
  account?: number
  since?: string
  until?: string
  hours?: boolean
  page?: number
  json?: boolean
}

/** `tidemark rollup grid`: the state of every bucket as a picture. */
export function registerGrid(rollup: Command): void {
  rollup
    .command('grid')
    .description(
      'the state of every day: a letter a day, a line a month; with --hours a letter an hour, a line a day; without --account a line an account',
    )
    .option('--account <id>', `one account; without: all of them, at most ${ACCOUNTS_DAYS_MAX} days`, wholeNumber)
    .option(
      '--since <time>',
      `from when on; default: a year back, with --hours a week, without --account the last ${ACCOUNTS_DAYS_USUAL} days`,
    )
    .option('--until <time>', 'until when; default: now')
    .option('--hours', `every hour, of at most ${GRID_ZOOMED_MAX} days of one account`)
    .option('--page <n>', `which ${ACCOUNTS_PAGE_MAX} of the accounts`, wholeNumber)
    .action((_, command: Command) => withSession((session) => grid(session, command.optsWithGlobals())))
}

function grid(session: Session, { account, ...options }: Options): Promise<void> {
  return account === undefined ? ofAccounts(session, options) : ofAccount(session, account, options)
}

async function ofAccount({ pool }: Session, account: number, { hours = false, page, json, ...range }: Options): Promise<void> {
  if (page !== undefined) throw invalid('--page is for the grid of all accounts: leave it out, or --account.')
  await requireAccount(pool, account)
  const [at, zone] = [now(), await bucketZone(pool, account)]
  const until = range.until === undefined ? at : instantFrom(range.until, zone, at)
  const since = range.since === undefined ? until - (hours ? 7 : 365) * DAY : instantFrom(range.since, zone, at)
  const daysMax = hours ? GRID_ZOOMED_MAX : GRID_DAYS_MAX
  const ledger = await ledgerOf(pool, { accountId: account, since, until, daysMax }, at)
  const { counts } = ledger
  const picture = hours
    ? [...hourLines(ledger), '', legend('hours', counts.hours)]
    : [...monthLines(ledger), '', legend('days', counts.days)]
  print(json, ledgerJson(ledger, at, hours), picture.join('\n'))
}

async function ofAccounts({ pool }: Session, { hours, page = 1, json, ...range }: Options): Promise<void> {
  if (hours) throw invalid('Hours are shown of one account: name it with --account.')
  const [at, ids, perPage] = [now(), await accountIds(pool), ACCOUNTS_PAGE_MAX]
  const ledgers = await accountsGrid(pool, ids.slice((page - 1) * perPage, page * perPage), range, at)
  const rest = ids.length > ledgers.length ? `\n${ledgers.length} of ${ids.length} accounts.` : ''
  print(json, accountsGridJson(ledgers, { total: ids.length, page, perPage }, at), accountsGridText(ledgers) + rest)
}

/** A day stands below its number, so that a day that does not exist leaves a gap. */
function monthLines({ days, zone }: Ledger): string[] {
  const months = new Map<string, string[]>()
  for (const { date, state } of days) {
    const month = date.slice(0, 7)
    const line =
      months.get(month) ??
      months
        .set(
          month,
          Array.from({ length: 31 }, () => ' '),
        )
        .get(month)!
    line[Number(date.slice(8)) - 1] = letters[state]
  }
  const ruler = Array.from({ length: 31 }, (_, i) => dayMark(i + 1)).join('')
  return [zone, `         ${ruler}`.trimEnd(), ...[...months].map(([month, line]) => `${month}  ${line.join('').trimEnd()}`)]
}

const hourLines = ({ days, zone }: Ledger): string[] => [
  zone,
  ...days.map(({ date, hours }) => `${date}  ${hours.map(({ state }) => letters[state]).join('')}`),
]
