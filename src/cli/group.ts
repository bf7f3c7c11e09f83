import type { Command } from 'commander'
import { requireAccount } from '../accounts/account.ts'
import { byCommand } from '../audit/change.ts'
import { now } from '../clock.ts'
import { createGroup, deleteGroup, findGroup, groupsOf, updateGroup } from '../digests/definition/groups.ts'
import type { Group } from '../digests/definition/definition.ts'
import { groupFrom, groupJson } from '../digests/definition/wire.ts'
import { Refusal } from '../errors.ts'
import { recipientText } from './digest-text.ts'
import { print, table } from './print.ts'
import { jsonFile, recipientFrom } from './recipient-values.ts'
import { withSession, type Session } from './session.ts'
import { wholeNumber } from './values.ts'

interface Options {
  account: number
  json?: boolean
}
interface OnGroup extends Options {
  group: number
}
interface GroupOptions {
  name?: string
  to?: string[]
  file?: string
}

/** `tidemark group …`: recipients that several digests share. */
export function registerGroup(program: Command): void {
  const group = program.command('group').description('recipients that several digests share')
  const verb = (name: string, description: string, work: (session: Session, options: never) => Promise<void>) =>
    group
      .command(name)
      .description(description)
      .requiredOption('--account <id>', 'the account', wholeNumber)
      .action((_, command: Command) => withSession((session) => work(session, command.optsWithGlobals())))
  const onGroup = (name: string, description: string, work: (session: Session, options: never) => Promise<void>) =>
    verb(name, description, work).requiredOption('--group <id>', 'the group', wholeNumber)
  const withContent = (command: Command) =>
    command
      .option('--name <text>', 'what it is called')
      .option(
        '--to <recipients...>',
        'an address, or user:7; whose figures behind it: user:7=own_teams, ana@example.com=team:3,4',
      )
      .option('--file <path>', 'a group in JSON, as the API takes it; - reads standard input. Other options change it')

  withContent(verb('create', 'make a group', create))
  withContent(onGroup('edit', 'change a group; that counts from the next mail that is composed', edit))
  verb('list', 'the groups of an account', list)
  onGroup('show', 'one group', show)
  onGroup('delete', 'remove a group that no digest uses', remove).option('--yes', 'really')
}

function contentWith(base: object, { name, to }: GroupOptions): Pick<Group, 'name' | 'recipients'> {
  return groupFrom({ ...base, ...(name !== undefined && { name }), ...(to && { recipients: to.map(recipientFrom) }) })
}

async function create({ pool }: Session, options: Options & GroupOptions): Promise<void> {
  await requireAccount(pool, options.account)
  const content = contentWith(options.file === undefined ? {} : jsonFile(options.file), options)
  tell(options, await createGroup(pool, options.account, content, byCommand(now())))
}

async function edit({ pool }: Session, options: OnGroup & GroupOptions): Promise<void> {
  const { account, group, file } = options
  const before = await findGroup(pool, account, group)
  const content = contentWith(file === undefined ? groupJson(before) : jsonFile(file), options)
  tell(options, await updateGroup(pool, account, group, content, byCommand(now())))
}

async function list({ pool }: Session, { account, json }: Options): Promise<void> {
  await requireAccount(pool, account)
  const groups = await groupsOf(pool, account)
  const rows = groups.map(({ id, name, recipients, usedBy }) => [
    String(id),
    name,
    String(recipients.length),
    usedBy.map((digest) => digest.id).join(', '),
  ])
  print(json, { recipient_groups: groups.map(groupJson) }, table([['id', 'name', 'recipients', 'digests'], ...rows]))
}

async function show({ pool }: Session, options: OnGroup): Promise<void> {
  tell(options, await findGroup(pool, options.account, options.group))
}

async function remove({ pool }: Session, { account, group, json, yes }: OnGroup & { yes?: boolean }): Promise<void> {
  const { id, name } = await findGroup(pool, account, group)
  if (!yes) throw new Refusal('unconfirmed', `This deletes group ${id} (${name}). Confirm with --yes.`)
  await deleteGroup(pool, account, id, byCommand(now()))
  print(json, { deleted: id }, `Group ${id} (${name}) is deleted.`)
}

function tell({ json }: Options, group: Group): void {
  const told = groupJson(group)
  const usedBy = told.used_by.map(({ id, name }) => `${id} (${name})`).join(', ')
  const lines = [
    `Group ${told.id}: ${told.name}`,
    ...told.recipients.map((recipient) => `  ${recipientText(recipient)}`),
    `Digests: ${usedBy || 'none'}`,
  ]
  print(json, told, lines.join('\n'))
}
