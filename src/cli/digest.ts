import type { Command } from 'commander'
import { requireAccount } from '../accounts/account.ts'
import { accountZone } from '../accounts/zone.ts'
import { byCommand } from '../audit/change.ts'
import { now } from '../clock.ts'
import { createDigest, deleteDigest, findDigest, updateDigest, type Digest } from '../digests/definition/digest.ts'
import { checkedJson, digestJson, digestsJson } from '../digests/definition/digest-json.ts'
import { pauseDigest, resumeDigest } from '../digests/definition/keeping.ts'
import { findDigests } from '../digests/definition/inventory.ts'
import { definitionFrom, wireOf, type WireDefinition } from '../digests/definition/wire.ts'
import { Refusal } from '../errors.ts'
import { definitionOptions, definitionWith, type DefinitionOptions } from './digest-definition.ts'
import { registerDigestHistory } from './digest-history.ts'
import { digestTable, digestText, dueText } from './digest-text.ts'
import { preview, runNow, test, type OnDigest } from './digest-trial.ts'
import { print } from './print.ts'
import { jsonFile } from './recipient-values.ts'
import { withSession, type Session } from './session.ts'
import { wholeNumber } from './values.ts'

/** All that `list` shows; an account has no more. */
const MOST_LISTED = 1000

/** `tidemark digest …`: reports by mail. */
export function registerDigest(program: Command): void {
  const digest = program.command('digest').description('reports by mail: what goes to whom, and when')
  const verb = (name: string, description: string) =>
    digest.command(name).description(description).requiredOption('--account <id>', 'the account', wholeNumber)
  const onDigest = (name: string, description: string) =>
    verb(name, description).requiredOption('--digest <id>', 'the digest', wholeNumber)
  addMaking(verb, onDigest)
  addKeeping(verb, onDigest)
  addTrial(onDigest)
  registerDigestHistory(digest)
}

type Verb = (name: string, description: string) => Command

/** What a verb does with the options of its command. */
const doing = (work: (session: Session, options: never) => Promise<void>) => (_: unknown, command: Command) =>
  withSession((session) => work(session, command.optsWithGlobals()))

function addMaking(verb: Verb, onDigest: Verb): void {
  definitionOptions(verb('create', 'make a digest; its first mail goes out when it is due next')).action(doing(create))
  definitionOptions(verb('check', 'say when a digest would be due, or what is wrong with it; makes nothing')).action(doing(check))
  definitionOptions(onDigest('edit', 'change a digest: what no option says stays; --file replaces all of it')).action(doing(edit))
}

function addKeeping(verb: Verb, onDigest: Verb): void {
  verb('list', 'the digests of an account: owners, recipients, health, when they are due')
    .option('--search <text>', 'only those whose name, owner or recipient contains it')
    .action(doing(list))
  onDigest('show', 'one digest, with its next due times').action(doing(show))
  onDigest('delete', 'remove a digest with all that was sent of it').option('--yes', 'really').action(doing(remove))
  onDigest('pause', 'send nothing of it until it is resumed')
    .option('--reason <text>', 'why', 'paused by hand')
    .action(doing(pause))
  onDigest('resume', 'send it again; what was due meanwhile is not made up for').action(doing(resume))
}

function addTrial(onDigest: Verb): void {
  onDigest('preview', 'write what a mail would be into a folder: HTML, text, CSV, XLSX, pictures. Sends nothing')
    .option('--period <of>', 'a date in it (2026-05-06), its week (2026-W19) or month (2026-05); default: what is due')
    .option('--lens <whose>', 'whose figures: all, own_teams, own, or ids such as team:3,4', 'all')
    .option('--user <id>', 'whose teams or figures are his own', wholeNumber)
    .requiredOption('--out <dir>', 'the folder')
    .action(doing(preview))
  onDigest('test', 'send what is due to one address, marked [TEST]; never counts as its delivery')
    .requiredOption('--to <address>', 'the only recipient')
    .action(doing(test))
  onDigest('run', 'compose and deliver what is due, once; exit 3 when something is left').action(doing(runNow))
}

interface OnAccount {
  account: number
  json?: boolean
}

/** What a new digest is made from: a file or nothing, in the zone of the account unless they say another. */
async function newDefinition({ pool }: Session, options: OnAccount & DefinitionOptions) {
  await requireAccount(pool, options.account)
  const usual = { zone: (await accountZone(pool, options.account)).name }
  const base: Partial<WireDefinition> = options.file === undefined ? usual : { ...usual, ...jsonFile(options.file) }
  const json = definitionWith(base, options)
  const name = options.file === undefined ? usualName((json['cadence'] as WireDefinition['cadence']).every) : undefined
  return definitionFrom({ ...(name !== undefined && { name }), ...json })
}

function usualName(every: WireDefinition['cadence']['every']): string {
  return { day: 'Daily report', week: 'Weekly report', month: 'Monthly report', cron: 'Report' }[every]
}

async function create(session: Session, options: OnAccount & DefinitionOptions): Promise<void> {
  const { ownerId = null, ...definition } = await newDefinition(session, options)
  await tell(session, options, await createDigest(session.pool, options.account, { ...definition, ownerId }, byCommand(now())))
}

async function check(session: Session, options: OnAccount & DefinitionOptions): Promise<void> {
  const { ownerId = null, ...definition } = await newDefinition(session, options)
  const json = await checkedJson(session.pool, options.account, { ...definition, ownerId }, now())
  print(options.json, json, dueText(json.next_due))
}

async function edit(session: Session, options: OnDigest & DefinitionOptions): Promise<void> {
  const { pool } = session
  const before = await findDigest(pool, options.account, options.digest)
  const base: Partial<WireDefinition> = options.file === undefined ? wireOf(before) : jsonFile(options.file)
  const { ownerId = before.ownerId, ...definition } = definitionFrom(definitionWith(base, options))
  await tell(session, options, await updateDigest(pool, options.account, before.id, { ...definition, ownerId }, byCommand(now())))
}

async function list({ pool }: Session, { account, json, search = '' }: OnAccount & { search?: string }): Promise<void> {
  await requireAccount(pool, account)
  const { digests, total } = await findDigests(pool, account, { text: search, page: 1, perPage: MOST_LISTED })
  const shown = await digestsJson(pool, digests, now())
  print(json, { total_count: total, digests: shown }, digestTable(shown))
}

async function show(session: Session, options: OnDigest): Promise<void> {
  await tell(session, options, await findDigest(session.pool, options.account, options.digest))
}

async function remove({ pool }: Session, { account, digest, json, yes }: OnDigest & { yes?: boolean }): Promise<void> {
  const { id, name } = await findDigest(pool, account, digest)
  if (!yes)
    throw new Refusal('unconfirmed', `This deletes digest ${id} (${name}) with all that was sent of it. Confirm with --yes.`)
  await deleteDigest(pool, account, id, byCommand(now()))
  print(json, { deleted: id }, `Digest ${id} (${name}) is deleted.`)
}

async function pause(session: Session, options: OnDigest & { reason: string }): Promise<void> {
  await tell(session, options, await pauseDigest(session.pool, options.account, options.digest, options.reason, byCommand(now())))
}

async function resume(session: Session, options: OnDigest): Promise<void> {
  await tell(session, options, await resumeDigest(session.pool, options.account, options.digest, byCommand(now())))
}

async function tell({ pool }: Session, { json }: { json?: boolean }, digest: Digest): Promise<void> {
  const told = await digestJson(pool, digest, now())
  print(json, told, digestText(told))
}
