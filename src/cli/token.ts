import { Option, type Command } from 'commander'
import { roles, type Role } from '../access/own-token.ts'
import { tokenName } from '../access/new-token.ts'
import { tokenJson } from '../access/token-json.ts'
import { createToken, revokeToken, tokensOf, type Token } from '../access/tokens.ts'
import { requireAccount } from '../accounts/account.ts'
import { accountZone } from '../accounts/zone.ts'
import { byCommand } from '../audit/change.ts'
import { now, type Instant } from '../clock.ts'
import { readBy } from '../digests/definition/what-is-wrong.ts'
import { invalid } from '../errors.ts'
import { instantFrom } from '../time/instant-text.ts'
import { UTC } from '../time/zone.ts'
import { print, table } from './print.ts'
import { withSession, type Session } from './session.ts'
import { wholeNumber } from './values.ts'

interface Whose {
  account?: number
  operator?: boolean
  json?: boolean
}

const PER_PAGE = 100

/** `tidemark token …`: who may ask without signing in to Chatwoot. */
export function registerToken(program: Command): void {
  const token = program.command('token').description('tokens of accounts and of operators: create, list, revoke')
  const verb = (name: string, description: string, work: (session: Session, options: never) => Promise<void>) =>
    token
      .command(name)
      .description(description)
      .option('--account <id>', 'of this account', wholeNumber)
      .option('--operator', 'of whoever runs the installation: administrator or viewer of how it works, of no account’s figures')
      .action((_, command: Command) => withSession((session) => work(session, command.optsWithGlobals())))

  verb('create', 'make a token; it is written to standard output once, and can never be shown again', create)
    .requiredOption('--name <text>', 'what it is for')
    .addOption(new Option('--role <role>', 'what it may').choices(roles).makeOptionMandatory())
    .option('--user <id>', 'the user whom it stands for; an agent’s has to', wholeNumber)
    .option('--expires <time>', 'when it ends: a date (its start), an ISO time or Unix seconds; without: never')
  verb('list', 'the tokens there are, the newest first', list).option('--page <n>', `${PER_PAGE} each`, wholeNumber, 1)
  verb('revoke', 'end a token at once and for good', revoke).requiredOption(
    '--token <id>',
    'its id, as list shows it',
    wholeNumber,
  )
}

/** Null for operators. @throws Refusal (422, exit 2) unless one of the two is named, (404) when there is no such account */
async function accountOf({ pool }: Session, { account, operator }: Whose): Promise<number | null> {
  if ((account === undefined) !== (operator === true)) throw invalid('Say whose: --account <id>, or --operator. One of the two.')
  return account === undefined ? null : (await requireAccount(pool, account)).id
}

type CreateOptions = Whose & { name: string; role: Role; user?: number; expires?: string }

async function create(session: Session, options: CreateOptions): Promise<void> {
  const { role, user: userId = null } = options
  const accountId = await accountOf(session, options)
  const name = readBy(tokenName, options.name, '--name')
  const expiresAt = await expiryOf(session, accountId, options.expires)
  const { text, token } = await createToken(session.pool, accountId, { name, role, userId, expiresAt }, byCommand(now()))
  print(options.json, { ...tokenJson(token), token: text }, text)
  process.stderr.write(`Token ${token.id} is made. Keep it now: it is stored nowhere and cannot be shown again.\n`)
}

async function expiryOf({ pool }: Session, accountId: number | null, given: string | undefined): Promise<Instant | null> {
  if (given === undefined) return null
  return instantFrom(given, accountId === null ? UTC : await accountZone(pool, accountId), now())
}

async function list(session: Session, options: Whose & { page: number }): Promise<void> {
  const { tokens, total } = await tokensOf(session.pool, await accountOf(session, options), {
    page: options.page,
    perPage: PER_PAGE,
  })
  const rows = tokens.map(rowOf)
  const rest = total > rows.length ? `\n${rows.length} of ${total}.` : ''
  const heading = ['id', 'begins', 'name', 'role', 'user', 'created', 'last used', 'state']
  print(options.json, { total_count: total, page: options.page, tokens: tokens.map(tokenJson) }, table([heading, ...rows]) + rest)
}

function rowOf(token: Token): string[] {
  const { id, prefix, name, role, user_id: user, user_name: userName, ...times } = tokenJson(token)
  const who = user === null ? '-' : `${user} ${userName ?? '(has left)'}`
  return [String(id), `${prefix}…`, name, role, who, times.created_at, times.last_used_at ?? 'never', stateOf(token)]
}

function stateOf(token: Token): string {
  const { revoked_at: revoked, expires_at: expires } = tokenJson(token)
  if (revoked !== null) return `revoked ${revoked}`
  if (expires === null) return 'valid'
  return `${token.expiresAt! > now() ? 'valid until' : 'expired'} ${expires}`
}

async function revoke(session: Session, options: Whose & { token: number }): Promise<void> {
  const token = await revokeToken(session.pool, await accountOf(session, options), options.token, byCommand(now()))
  print(options.json, tokenJson(token), `Token ${token.id} (${token.name}) is revoked.`)
}
