import { InvalidArgumentError, type Command } from 'commander'
import { requireAccount } from '../accounts/account.ts'
import { COMMAND } from '../audit/actor.ts'
import { byCommand } from '../audit/change.ts'
import { now } from '../clock.ts'
import { invalid, notFound } from '../errors.ts'
import { bucketZone } from '../rollups/backfill/backfill-days.ts'
import { takeBackDefinitions } from '../rollups/definitions/follow-definitions.ts'
import { mismatchesOf, type Mismatch } from '../rollups/verify/mismatches.ts'
import { verifiedShareOf, type VerifiedShare } from '../rollups/verify/verified-days.ts'
import { mismatchJson, verificationJson, verifiedShareJson } from '../rollups/verify/verify-json.ts'
import { matchRate, verifyRollups, type Verification } from '../rollups/verify/verify.ts'
import { inWords } from '../time/duration-text.ts'
import { instantFrom } from '../time/instant-text.ts'
import { isoOf } from '../time/local-text.ts'
import { print, progressBar, table } from './print.ts'
import { withSession, type Session } from './session.ts'
import { wholeNumber } from './values.ts'

/** `tidemark rollup verify`, `verified`, `mismatches` and `take-back`: whether rollups are right, and what was not. */
export function registerVerify(rollup: Command): void {
  rollup
    .command('verify')
    .description('recompute from the raw rows and compare; exit 3 on a difference')
    .requiredOption('--account <id>', 'the account', wholeNumber)
    .option('--since <time>', 'from when on, widened to whole days; default: all that is rolled')
    .option('--until <time>', 'until when')
    .option('--sample <share>', 'only this share of the days, by lot, such as 5%', share)
    .option('--repair', 'make anew what differs, and record it')
    .option('--reason <text>', 'why it is repaired, for the audit log')
    .action((_, command: Command) => withSession((session) => verify(session, command.optsWithGlobals())))

  rollup
    .command('verified')
    .description('how much is verified, and how old the oldest verification is, per account')
    .option('--account <id>', 'one account', wholeNumber)
    .action((_, command: Command) => withSession((session) => verified(session, command.optsWithGlobals())))

  rollup
    .command('mismatches')
    .description('rolled rows that were found to be wrong, the newest first')
    .option('--account <id>', 'one account', wholeNumber)
    .option('--limit <n>', 'how many at most', wholeNumber, 100)
    .action((_, command: Command) => withSession((session) => mismatches(session, command.optsWithGlobals())))

  rollup
    .command('take-back')
    .description('after going back to this release for good: go on with an account that a newer one rolled')
    .requiredOption('--account <id>', 'the account', wholeNumber)
    .option('--yes', 'do it; without, nothing is changed')
    .action((_, command: Command) => withSession((session) => takeBack(session, command.optsWithGlobals())))
}

interface Options {
  account?: number
  json?: boolean
}

interface VerifyOptions extends Options {
  account: number
  since?: string
  until?: string
  sample?: number
  repair?: boolean
  reason?: string
}

async function verify({ pool, signal }: Session, options: VerifyOptions) {
  const { account, since, until, sample, repair = false, reason = null, json } = options
  await requireAccount(pool, account)
  const zone = await bucketZone(pool, account)
  const from = since === undefined ? -Infinity : instantFrom(since, zone, now())
  const end = until === undefined ? Infinity : instantFrom(until, zone, now())
  if (!(from < end)) throw invalid('The range is empty: --since must be before --until.')
  const bar = progressBar('Verified')
  const verification = await verifyRollups(
    pool,
    account,
    { from, until: end },
    {
      signal,
      repair,
      actor: COMMAND,
      reason,
      ...(sample !== undefined && { sample }),
      onProgress: ({ days, daysTotal }) => bar(days, daysTotal),
    },
  )
  print(json, verificationJson(account, verification), verificationText(verification))
  if (verification.differing > 0) process.exitCode = 3
}

async function verified({ pool }: Session, { account, json }: Options) {
  const shares = await verifiedShareOf(pool, account === undefined ? null : [account])
  if (account !== undefined && shares.length === 0) throw notFound(`Nothing of account ${account} is rolled here.`)
  const at = now()
  print(
    json,
    shares.map((one) => verifiedShareJson(one, at)),
    table([['account', 'verified', 'of days', 'oldest', 'recent days', 'mismatches'], ...shares.map((one) => shareRow(one, at))]),
  )
}

async function mismatches({ pool }: Session, { account, limit, json }: Options & { limit: number }) {
  const accounts =
    account === undefined ? (await verifiedShareOf(pool)).map((one) => one.accountId) : [(await requireAccount(pool, account)).id]
  const found = await mismatchesOf(pool, accounts, { before: undefined, limit: Math.min(limit, 1000) })
  print(json, found.map(mismatchJson), found.map(mismatchLine).join('\n') || 'No row was wrong.')
}

async function takeBack({ pool }: Session, { account, yes, json }: Options & { account: number; yes?: boolean }) {
  if (!yes) throw invalid('A newer release that still runs would be disturbed. Give --yes when none does.')
  await requireAccount(pool, account)
  const changed = await takeBackDefinitions(pool, account, byCommand(now()))
  const text =
    changed.length === 0
      ? 'It is rolled by this release already.'
      : `Of other definitions until now: ${changed.join(', ')}. A backfill of mode missing rolls the account anew.`
  print(json, { account_id: account, changed }, text)
}

function verificationText(verification: Verification): string {
  const { days, hours, dirtyHours, rows, differing, differences, repaired } = verification
  const rate = matchRate(verification)
  const dirty = dirtyHours > 0 ? `, ${dirtyHours} hours left out` : ''
  const looked = `${days} days, ${hours} hours recomputed${dirty}`
  const matched = rate === null ? 'no rows' : `${percent(rate)} of ${rows} rows agree`
  const wrong = differing === 0 ? '' : `; ${differing} differ${repaired ? ' and were made anew' : ''}`
  return [`${looked}: ${matched}${wrong}.`, ...differences.map((one) => `  ${differenceText(one)}`)].join('\n')
}

const mismatchLine = (mismatch: Mismatch) =>
  `${isoOf(mismatch.foundAt)} account ${mismatch.accountId} ${differenceText(mismatch)}`

function differenceText({
  table: name,
  bucket,
  dimension,
  dimensionId,
  stored,
  recomputed,
}: Verification['differences'][number]) {
  const at = Number.isFinite(bucket) ? isoOf(bucket) : 'at no time'
  return `${name} ${at} dimension ${dimension} id ${dimensionId}: ${changed(stored, recomputed)}`
}

function changed(stored: Record<string, unknown> | null, recomputed: Record<string, unknown> | null): string {
  if (!stored) return 'the row was missing'
  if (!recomputed) return 'there should be no row'
  const names = Object.keys(recomputed).filter((name) => JSON.stringify(stored[name]) !== JSON.stringify(recomputed[name]))
  return names
    .map((name) => `${name} is ${JSON.stringify(stored[name])}, should be ${JSON.stringify(recomputed[name])}`)
    .join('; ')
}

const shareRow = (
  { accountId, days, verifiedDays, ratio, oldestVerifiedAt, recentAt, mismatches: wrong }: VerifiedShare,
  at: number,
) => [
  String(accountId),
  ratio === null ? '-' : percent(ratio),
  `${verifiedDays} of ${days}`,
  oldestVerifiedAt === null ? '-' : `${inWords(at - oldestVerifiedAt)} ago`,
  recentAt === null ? '-' : `${inWords(at - recentAt)} ago`,
  String(wrong),
]

/** Rounded down: 100 % is all of it. */
const percent = (ratio: number) => `${Math.floor(ratio * 10_000) / 100} %`

function share(text: string): number {
  const percentage = /^(\d{1,3}(?:\.\d{1,3})?)\s*%$/.exec(text)?.[1]
  const number = Number(percentage) / 100
  if (!(number > 0 && number <= 1)) throw new InvalidArgumentError('Give a share such as 5%, up to 100%.')
  return number
}
