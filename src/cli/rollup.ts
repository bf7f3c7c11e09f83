import type { Command } from 'commander'
import { accountZone } from '../accounts/zone.ts'
import { instantFrom } from '../time/instant-text.ts'
import { now, type Instant } from '../clock.ts'
import { verifyRollups, type Verification } from '../rollups/verify.ts'
import { print, progressBar } from './print.ts'
import { registerFreshness } from './rollup-freshness.ts'
import { registerGrid } from './rollup-grid.ts'
import { withSession, type Session } from './session.ts'
import { wholeNumber } from './values.ts'

/** `tidemark rollup …`. */
export function registerRollup(program: Command): void {
  const rollup = program.command('rollup').description('how fresh the rollups are, and whether they are right')

  registerFreshness(rollup)
  registerGrid(rollup)

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
