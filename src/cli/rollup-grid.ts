import type { Command } from 'commander'
import { requireAccount } from '../accounts/account.ts'
import { now } from '../clock.ts'
import { bucketZone } from '../rollups/backfill/backfill-days.ts'
import { ledgerJson } from '../rollups/freshness/ledger-json.ts'
import {
  bucketStates,
  GRID_DAYS_MAX,
  GRID_ZOOMED_MAX,
  ledgerOf,
  type BucketState,
  type Ledger,
} from '../rollups/freshness/ledger.ts'
import { instantFrom } from '../time/instant-text.ts'
import { DAY } from '../time/zone.ts'
import { print } from './print.ts'
import { withSession, type Session } from './session.ts'
import { wholeNumber } from './values.ts'

/** Capitals are what somebody has to look at. */
const letters: Record<BucketState, string> = {
  purged: '-',
  rolling: 'r',
  queued: 'q',
  missing: '.',
  outdated: 's',
  failed: 'F',
  dirty: 'd',
  verified: 'v',
  ok: 'o',
}
const names: Record<BucketState, string> = {
  purged: 'purged',
  rolling: 'rolling',
  queued: 'queued',
  missing: 'missing',
  outdated: 'stale definition',
  failed: 'failed',
  dirty: 'dirty',
  verified: 'verified',
  ok: 'ok',
}

interface Options {
  account: number
  since?: string
  until?: string
  hours?: boolean
  json?: boolean
}

/** `tidemark rollup grid`: the state of every bucket as a picture. */
export function registerGrid(rollup: Command): void {
  rollup
    .command('grid')
    .description('the state of every day: a letter a day, a line a month; with --hours a letter an hour, a line a day')
    .requiredOption('--account <id>', 'the account', wholeNumber)
    .option('--since <time>', 'from when on; default: a year back, with --hours a week')
    .option('--until <time>', 'until when; default: now')
    .option('--hours', `every hour, of at most ${GRID_ZOOMED_MAX} days`)
    .action((_, command: Command) => withSession((session) => grid(session, command.optsWithGlobals())))
}

async function grid({ pool }: Session, { account, hours = false, json, ...range }: Options): Promise<void> {
  await requireAccount(pool, account)
  const [at, zone] = [now(), await bucketZone(pool, account)]
  const until = range.until === undefined ? at : instantFrom(range.until, zone, at)
  const since = range.since === undefined ? until - (hours ? 7 : 365) * DAY : instantFrom(range.since, zone, at)
  const daysMax = hours ? GRID_ZOOMED_MAX : GRID_DAYS_MAX
  const ledger = await ledgerOf(pool, { accountId: account, since, until, daysMax }, at)
  print(
    json,
    ledgerJson(ledger, at, hours),
    [...(hours ? hourLines(ledger) : monthLines(ledger)), '', legend(ledger, hours)].join('\n'),
  )
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
  const ruler = Array.from({ length: 31 }, (_, i) => ((i + 1) % 5 === 0 ? String(i + 1).at(-1) : ' ')).join('')
  return [zone, `         ${ruler}`.trimEnd(), ...[...months].map(([month, line]) => `${month}  ${line.join('').trimEnd()}`)]
}

const hourLines = ({ days, zone }: Ledger): string[] => [
  zone,
  ...days.map(({ date, hours }) => `${date}  ${hours.map(({ state }) => letters[state]).join('')}`),
]

function legend({ counts }: Ledger, hours: boolean): string {
  const of = hours ? counts.hours : counts.days
  const shown = bucketStates.filter((state) => of[state] > 0).map((state) => `${letters[state]} ${names[state]} ${of[state]}`)
  return `${hours ? 'hours' : 'days'}: ${shown.join(' · ') || 'none'}`
}
