import { once } from 'node:events'
import { Option, type Command } from 'commander'
import { actJson, actRows } from '../audit/act-json.ts'
import { actsOf, everyAct, namedBy, requireFew, type ActFilter } from '../audit/acts.ts'
import { requireAccount } from '../accounts/account.ts'
import { now } from '../clock.ts'
import { csvChunks, delimiters, type Delimiter } from '../files/csv.ts'
import { instantFrom } from '../time/instant-text.ts'
import { UTC } from '../time/zone.ts'
import { print, table } from './print.ts'
import { withSession, type Session } from './session.ts'
import { wholeNumber } from './values.ts'

interface Options {
  account?: number
  actor?: string
  action?: string
  subject?: string
  since?: string
  until?: string
  before?: number
  json?: boolean
}

/** `tidemark audit …`: who did what, when and why. */
export function registerAudit(program: Command): void {
  const audit = program.command('audit').description('who did what, when and why: list, export')
  const verb = (name: string, description: string, work: (session: Session, options: never) => Promise<void>) =>
    audit
      .command(name)
      .description(description)
      .option('--account <id>', 'only of this account; without: of all, and of the installation', wholeNumber)
      .option('--actor <who>', 'user, token, operator, command or system; one of them: user:7')
      .option('--action <name>', 'what was done, such as digest.pause')
      .option('--subject <what>', 'what it was done to: digest, or digest:7')
      .option('--since <time>', 'from when on: a date (its start in UTC), an ISO time, Unix seconds or -7d')
      .option('--until <time>', 'until before when')
      .option('--before <id>', 'only what came before this act', wholeNumber)
      .action((_, command: Command) => withSession((session) => work(session, command.optsWithGlobals())))

  verb('list', 'the newest acts', list).option('--limit <n>', 'how many', wholeNumber, 50)
  verb('export', 'all of them as CSV, on standard output', exportAll)
    .addOption(new Option('--delimiter <name>', 'what separates fields').choices(Object.keys(delimiters)).default('comma'))
    .option('--no-bom', 'without the byte order mark that Excel needs')
}

async function filterOf({ pool }: Session, options: Options): Promise<ActFilter> {
  const { account, actor, action, subject, since, until, before } = options
  const at = now()
  return {
    accounts: account === undefined ? null : [(await requireAccount(pool, account)).id],
    actor: actor === undefined ? undefined : namedBy('--actor', actor),
    action,
    subject: subject === undefined ? undefined : namedBy('--subject', subject),
    since: since === undefined ? undefined : instantFrom(since, UTC, at),
    until: until === undefined ? undefined : instantFrom(until, UTC, at),
    before,
  }
}

async function list(session: Session, options: Options & { limit: number }): Promise<void> {
  const { acts, next } = await actsOf(session.pool, await filterOf(session, options), Math.min(options.limit, 1000))
  const shown = acts.map(actJson)
  const rows = shown.map(({ id, at, account_id: account, actor, action, subject, reason }) => [
    String(id),
    at,
    account === null ? '-' : String(account),
    `${actor.kind}${actor.id === null ? '' : ` ${actor.id}`}${actor.name === null ? '' : ` (${actor.name})`}`,
    action,
    subject === null ? '-' : [subject.kind, subject.id].join(' ').trim(),
    reason ?? '',
  ])
  const more = next === null ? '' : `\nMore with --before ${next}.`
  print(options.json, { acts: shown, next }, table([['id', 'at', 'account', 'who', 'did', 'to', 'why'], ...rows]) + more)
}

async function exportAll(session: Session, options: Options & { delimiter: Delimiter; bom: boolean }): Promise<void> {
  const filter = await filterOf(session, options)
  await requireFew(session.pool, filter)
  const rows = actRows(everyAct(session.pool, filter))
  for await (const chunk of csvChunks(rows, { delimiter: options.delimiter, bom: options.bom })) {
    if (!process.stdout.write(chunk)) await once(process.stdout, 'drain')
  }
}
