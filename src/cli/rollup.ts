import type { Command } from 'commander'
import { accountZone } from '../accounts/zone.ts'
import { instantFrom } from '../time/instant-text.ts'
import { now, type Instant } from '../clock.ts'
import { Refusal } from '../errors.ts'
import { rollupStatus, type RollupStatus } from '../rollups/status.ts'
import { verifyRollups, type Verification } from '../rollups/verify.ts'
import { inWords, print, progressBar, table } from './print.ts'
import { withSession, type Session } from './session.ts'
import { wholeNumber } from './values.ts'

/** `tidemark rollup status` and `tidemark rollup verify`. */
export function registerRollup(program: Command): void {
  const rollup = program.command('rollup').description('how fresh the rollups are, and whether they are right')

  rollup
    .command('status')
    .description('covered range, dirty count, oldest dirty age and lag per account')
    .option('--account <id>', 'one account', wholeNumber)
    .action((_, command: Command) =>
      withSession(async ({ pool }) => {
        const { account, json } = command.optsWithGlobals<{ account?: number; json?: boolean }>()
        const statuses = await rollupStatus(pool, now(), account ?? null)
        if (account !== undefined && statuses.length === 0)
          throw new Refusal('not_found', `There is no account ${account} here.`, { status: 404 })
        print(json, statuses.map(plain), statusTable(statuses))
      }),
    )

  rollup
    .command('verify')
    .description('recompute from the raw rows and compare; exit 3 on a difference')
    .requiredOption('--account <id>', 'the account', wholeNumber)
    .option('--since <time>', 'from when on; default: all that is rolled')
    .option('--until <time>', 'until when')
    .action((_, command: Command) => withSession((session) => verify(session, command.optsWithGlobals())))
}

async function verify({ pool, signal }: Session, options: { account: number; since?: string; until?: string; json?: boolean }) {
  const zone = await accountZone(pool, options.account)
  const from = options.since === undefined ? -Infinity : instantFrom(options.since, zone, now())
  const until = options.until === undefined ? Infinity : instantFrom(options.until, zone, now())
  const bar = progressBar('Verified')
  const verification = await verifyRollups(
    pool,
    options.account,
    { from, until },
    {
      signal,
      onProgress: ({ hours, dirtyHours, hoursTotal }) => bar(hours + dirtyHours, hoursTotal),
    },
  )
  print(options.json, verification, verificationText(verification))
  if (verification.differing > 0) process.exitCode = 3
}

function verificationText({ hours, dirtyHours, differing, differences }: Verification): string {
  const shown = differences.map(
    (d) => `  ${d.table} ${isoOf(d.bucket)} dimension ${d.dimension} id ${d.dimensionId}: ${changed(d.stored, d.recomputed)}`,
  )
  const dirty = dirtyHours > 0 ? `, ${dirtyHours} dirty hours left out` : ''
  return [
    `${hours} hours recomputed${dirty}: ${differing === 0 ? 'all rows agree' : `${differing} rows differ`}.`,
    ...shown,
  ].join('\n')
}

function changed(stored: Record<string, unknown> | null, recomputed: Record<string, unknown> | null): string {
  if (!stored) return 'the row is missing'
  if (!recomputed) return 'there should be no row'
  const names = Object.keys(recomputed).filter((name) => JSON.stringify(stored[name]) !== JSON.stringify(recomputed[name]))
  return names
    .map((name) => `${name} is ${JSON.stringify(stored[name])}, should be ${JSON.stringify(recomputed[name])}`)
    .join('; ')
}

const isoOf = (instant: Instant) => new Date(instant * 1000).toISOString()
const edge = (instant: Instant) => (Number.isFinite(instant) ? isoOf(instant) : instant < 0 ? 'the first row' : 'now')

/** Infinite ends of covered stretches become null: JSON has no infinity. */
function plain({ covered, ...status }: RollupStatus) {
  const bound = (instant: Instant) => (Number.isFinite(instant) ? isoOf(instant) : null)
  return {
    ...status,
    completeThrough: status.completeThrough === null ? null : isoOf(status.completeThrough),
    covered: covered.map(({ from, until }) => ({ from: bound(from), until: bound(until) })),
  }
}

function statusTable(statuses: RollupStatus[]): string {
  const rows = statuses.map((s) => [
    String(s.accountId),
    s.zone ?? '-',
    s.covered.map(({ from, until }) => `${edge(from)} to ${edge(until)}`).join(', ') || 'nothing',
    s.completeThrough === null ? '-' : isoOf(s.completeThrough),
    s.lag === null ? '-' : inWords(s.lag),
    `${s.dirtyQuarters}${s.dirtyScopes > 0 ? ` + ${s.dirtyScopes} wide` : ''}`,
    s.oldestAge === null ? '-' : inWords(s.oldestAge),
    String(s.failedQuarters),
  ])
  return table([['account', 'zone', 'covered', 'complete through', 'lag', 'dirty', 'oldest', 'failed'], ...rows])
}
