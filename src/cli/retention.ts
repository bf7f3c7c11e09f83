import { resolve } from 'node:path'
import type { Command } from 'commander'
import { COMMAND } from '../audit/actor.ts'
import { now } from '../clock.ts'
import { config } from '../config.ts'
import { Refusal } from '../errors.ts'
import { keepingsOf, planPurge, type PlannedPurge } from '../retention/plan.ts'
import { purge } from '../retention/purge.ts'
import { lateHours, type LateHour } from '../rollups/rolling/late-hours.ts'
import { isStandalone } from '../source/standalone.ts'
import { isoOf } from '../time/local-text.ts'
import { print, table } from './print.ts'
import { withSession, type Session } from './session.ts'
import { wholeNumber } from './values.ts'

interface Options {
  account: number
  reason: string
  yes?: boolean
  json?: boolean
}

/** `tidemark retention show`, `plan` and `purge`. */
export function registerRetention(program: Command): void {
  const retention = program.command('retention').description('for how long what is kept, and what goes')
  const verb = (name: string, description: string) =>
    retention.command(name).description(description).requiredOption('--account <id>', 'the account', wholeNumber)

  verb('show', 'for how many days an account keeps what, since when, and what came too late to be counted').action(
    (_, command: Command) => withSession((session) => show(session, command.optsWithGlobals())),
  )
  verb('plan', 'what a purge would delete now, and what keeps it back; changes nothing').action((_, command: Command) =>
    withSession((session) => plan(session, command.optsWithGlobals())),
  )
  verb('purge', 'delete what the account does not keep, for good')
    .requiredOption('--reason <text>', 'why, for the audit log')
    .option('--yes', 'really')
    .action((_, command: Command) => withSession((session) => purgeNow(session, command.optsWithGlobals())))
}

const outbox = () => resolve(config.dataDir, 'outbox')

async function show({ pool }: Session, { account, json }: Options): Promise<void> {
  const kept = await keepingsOf(pool, account)
  const late = await lateHours(pool, account)
  const things = Object.fromEntries(kept.map(({ thing, days, since }) => [thing, { days, since: textOf(since) }]))
  const rows = kept.map(({ thing, days, since }) => [
    thing,
    days === null ? 'for ever' : `${days} days`,
    textOf(since) ?? 'the beginning',
  ])
  const text = [table([['what', 'kept', 'there is since'], ...rows]), ...lateText(late)].join('\n')
  print(json, { account_id: account, kept: things, late_hours: late.map(plainLate) }, text)
}

const textOf = (at: number | null) => (at === null ? null : isoOf(at))

const plainLate = ({ hour, firstAt, lastAt, times }: LateHour) => ({
  hour: isoOf(hour),
  first_at: isoOf(firstAt),
  last_at: isoOf(lastAt),
  times,
})

function lateText(late: LateHour[]): string[] {
  if (late.length === 0) return []
  const hours = late.slice(0, 20).map(({ hour, lastAt }) => `  ${isoOf(hour)}, last noticed ${isoOf(lastAt)}`)
  return [`Something came or changed in ${late.length} hours after their raw rows were purged; it is not counted:`, ...hours]
}

async function plan({ pool }: Session, { account, json }: Options): Promise<void> {
  const planned = await planPurge(pool, account, now(), outbox())
  const plain = planned.map(({ thing, days, since, until, hold, rows }) => ({
    thing,
    days,
    since: textOf(since),
    until: textOf(until),
    hold: hold && { reason: hold.reason, at: isoOf(hold.at) },
    rows,
  }))
  print(json, { account_id: account, planned: plain }, planText(planned))
}

const words: Record<NonNullable<PlannedPurge['hold']>['reason'], string> = {
  attached: 'Chatwoot’s tables are Chatwoot’s: Tidemark deletes nothing there',
  unrolled: 'what follows is not rolled by the present definitions (tidemark backfill)',
  dirty: 'what follows waits to be rolled',
  backfill_under_way: 'a backfill is under way',
  before_1970: 'there are rows from before 1970, which no rollup holds: correct or delete them',
}

function planText(planned: PlannedPurge[]): string {
  const rows = planned.map(({ thing, days, until, hold, rows }) => [
    thing,
    days === null ? 'for ever' : `${days} days`,
    until === null ? 'nothing' : `before ${isoOf(until)}`,
    Object.entries(rows)
      .map(([name, n]) => `${n} ${name}`)
      .join(', ') || '-',
    hold ? `from ${isoOf(hold.at)}: ${words[hold.reason]}` : '-',
  ])
  return table([['what', 'kept', 'goes', 'rows', 'held back'], ...rows])
}

async function purgeNow({ pool, signal }: Session, { account, reason, yes, json }: Options): Promise<void> {
  const kept = await keepingsOf(pool, account)
  if (kept.some(({ thing, days }) => thing === 'raw' && days !== null) && !(await isStandalone(pool)))
    throw new Refusal('attached', `${words.attached}. Settle no days for raw rows of account ${account}.`)
  if (reason.trim() === '' || reason.length > 500)
    throw new Refusal('invalid', 'Give a reason of 1 to 500 characters (--reason).')
  if (!yes) {
    const text = `This deletes for good what \`tidemark retention plan --account ${account}\` shows. Confirm with --yes.`
    throw new Refusal('unconfirmed', text)
  }
  const rows = await purge(pool, account, { actor: COMMAND, reason: reason.trim(), outbox: outbox(), signal })
  const text = Object.entries(rows)
    .filter(([, n]) => n > 0)
    .map(([name, n]) => `${n} ${name}`)
    .join(', ')
  print(json, { account_id: account, rows }, text === '' ? 'Nothing was old enough.' : `Purged: ${text}.`)
}
