// What an API tells of one account to somebody of another, asked of every operation that its description has.
import type { Pool } from '../../src/db.ts'
import type { App } from '../../src/http/app.ts'
import type { Random } from '../../src/demo/random.ts'
import { NOON, WEEK } from './office.ts'
import { operationsOf, type Operation } from './operations.ts'

/** What account 2 has, by what paths, queries and bodies call it; 999999 of each is nobody's. */
export type Theirs = Record<string, string | number>
export interface Callers {
  /** Who administers account 1: whatever he asks for by an id of account 2. */
  ours: string[]
  /** Who does not belong to account 1. */
  strangers: string[]
}
export interface Asked {
  app: App
  pool: Pool
  theirs: Theirs
  callers: Callers
  /** Says something of account 2: no answer to anybody else may. */
  marks: RegExp
  random: Random
  /** How many odd account ids each operation is asked with. */
  odd: number
  /** Only operations of these paths; all without. */
  only?: RegExp
}

const NOBODY = 999_999
const NOBODYS_UUID = '00000000-0000-4000-8000-000000000000'
const oddAccounts = ['', '1,2', '2,1', '1%2C2', '[1]', '[2]', '1abc', 'null', 'undefined', '-1', '0', '1%00', '1%202', '%20', '1e0', '0x1', '9'.repeat(40), '1&account_id=2', '1;2'] // prettier-ignore

/** A query that an operation takes, as far as it has these parameters. */
const usual: Record<string, string> = { since: WEEK.since, until: WEEK.until, metric: 'conversations_count', group_by: 'team_id', bucket_timestamp: String(NOON - 86400), by: 'agent', timezone_offset: '0' } // prettier-ignore

/** A body that is right but for the ids in it, by operation; `weekly` is a digest. */
const weekly = {
  name: 'A',
  zone: 'UTC',
  cadence: { every: 'week', weekdays: [1], time: '08:00' },
  recipients: [{ address: 'a@example.com' }],
}
export const bodies: Record<string, object> = {
  'PUT /targets': {},
  'POST /digests': weekly,
  'PUT /digests/{digest}': weekly,
  'POST /digests/check': weekly,
  'POST /digests/reassign': { from: 1, to: 1 },
  'POST /recipient_groups': { name: 'A' },
  'PUT /recipient_groups/{group}': { name: 'A' },
  'POST /suppressions': {},
  'POST /tokens': { name: 'A', role: 'agent', user_id: 2 },
  'POST /deliveries/{delivery}/resolve': { outcome: 'delivered' },
  'POST /admin/backfills': { reason: 'a test', dry_run: true },
  'POST /admin/rollups/verify': { since: '2026-06-14', until: '2026-06-15' },
}

/** How an id stands in a body, by the path of its property, and what it is an id of. */
type Placed = [of: string, body: (id: unknown) => object]
const recipient = (lens: object): Placed[1] => (id) => ({ recipients: [{ user_id: 2, lens: Object.fromEntries(Object.keys(lens).map((name) => [name, [id]])) }] }) // prettier-ignore
export const places: Record<string, Placed> = {
  'targets.id': ['inbox', (id) => ({ targets: [{ type: 'inbox', id, times: 'reply', seconds: 60 }] })],
  owner_id: ['user', (id) => ({ owner_id: id })],
  'filter.inbox': ['inbox', (id) => ({ filter: { inbox: [id] } })],
  'filter.agent': ['user', (id) => ({ filter: { agent: [id] } })],
  'filter.team': ['team', (id) => ({ filter: { team: [id] } })],
  'filter.label': ['label', (id) => ({ filter: { label: [id] } })],
  'recipients.user_id': ['user', (id) => ({ recipients: [{ user_id: id }] })],
  'recipients.lens.inbox': ['inbox', recipient({ inbox: 0 })],
  'recipients.lens.agent': ['user', recipient({ agent: 0 })],
  'recipients.lens.team': ['team', recipient({ team: 0 })],
  'recipients.lens.label': ['label', recipient({ label: 0 })],
  groups: ['group', (id) => ({ groups: [id] })],
  from: ['user', (id) => ({ from: id })],
  to: ['user', (id) => ({ to: id })],
  user_id: ['user', (id) => ({ user_id: id })],
  digest_id: ['digest', (id) => ({ digest_id: id, email: 'a@example.com' })],
  account_id: ['account', (id) => ({ account_id: id })],
}

export const keyOf = ({ method, path }: Operation) =>
  `${method} ${path.replace('/api/v1', '').replace('/accounts/{account_id}', '')}`

/** The properties of a body that are ids: whole numbers, or lists of them, by their names. */
export function idsIn(schema: unknown, at = ''): string[] {
  if (typeof schema !== 'object' || schema === null) return []
  const { properties = {}, ...node } = schema as Record<string, unknown>
  const own = Object.entries(properties as object).flatMap(([name, value]) => [
    ...(/^(id|ids|\w+_ids?|inbox|agent|team|label|groups|from|to)$/.test(name) && isWhole(value) ? [at + name] : []),
    ...idsIn(value, `${at}${name}.`),
  ])
  const nested = ['items', 'anyOf', 'oneOf', 'allOf'].flatMap((key) => [node[key]].flat().flatMap((child) => idsIn(child, at)))
  return [...new Set([...own, ...nested])]
}

function isWhole(schema: unknown): boolean {
  if (typeof schema !== 'object' || schema === null) return false
  const { type, items, anyOf = [] } = schema as { type?: string; items?: unknown; anyOf?: unknown[] }
  return type === 'integer' || isWhole(items) || anyOf.some(isWhole)
}

/** What a parameter of a query is an id of; undefined: it is none. */
export function idOfParameter(name: string): string | undefined {
  const [, of] = /^(account|inbox|team|label|user|agent|digest)_ids?$/.exec(name) ?? []
  if (of !== undefined) return of === 'agent' ? 'user' : of
  return { id: 'subject', slot: 'slot' }[name] ?? (/(^|_)ids?$/.test(name) ? `unknown parameter ${name}` : undefined)
}

/** All that is told of account 2, or told differently of it than of what does not exist; empty where nothing is. */
export async function leaksOf(asked: Asked): Promise<string[]> {
  const operations = (await operationsOf(asked.app)).filter(({ path }) =>
    /^\/api\/v\d\/(accounts\/\{account_id\}|admin)\//.test(path),
  )
  const leaks: string[] = []
  for (const operation of operations.filter(({ path }) => asked.only?.test(path) ?? true)) {
    leaks.push(...(await toStrangers(asked, operation)))
    for (const token of asked.callers.ours) {
      leaks.push(...(await byPath(asked, operation, token)))
      leaks.push(...(await byQuery(asked, operation, token)))
      leaks.push(...(await byBody(asked, operation, token)))
    }
  }
  return leaks
}

interface Request {
  token: string
  account?: string
  ids?: Theirs
  query?: Record<string, string>
  body?: object
}

interface Told {
  status: number
  /** The body without what differs from request to request, and numbers of refusals, which repeat what was asked for. */
  text: string
}

async function ask(
  { app }: Asked,
  operation: Operation,
  { token, account = '1', ids = {}, query = {}, body }: Request,
): Promise<Told> {
  const { method, path } = operation
  const known = Object.fromEntries(Object.entries(usual).filter(([name]) => operation.query.includes(name)))
  const filled = path
    .replace('{account_id}', account)
    .replace(/\{(\w+)\}/g, (_, name: string) => String(ids[name] ?? (name === 'delivery' ? NOBODYS_UUID : NOBODY)))
  const payload = { ...bodies[keyOf(operation)], ...body }
  const answer = await app.inject({
    method,
    url: `${filled}?${new URLSearchParams({ ...known, ...query }).toString()}`,
    headers: { api_access_token: token },
    ...(operation.body && { payload }),
  })
  // A person is told back as he was asked for.
  const text = answer.body.replace(/"request_id":"[^"]*"/, '').replace(`"user_ids":[${query['user_id']}]`, '')
  return { status: answer.statusCode, text: answer.statusCode < 300 ? text : text.replace(/\d+/g, 'n') }
}

/** What an answer says of account 2, if it does. */
const named = ({ marks }: Asked, operation: Operation, what: string, { text }: Told) =>
  marks.test(text) ? [`${keyOf(operation)} names what is another account's ${what}: ${text.slice(0, 200)}`] : []

const differing = (asked: Asked, operation: Operation, what: string, foreign: Told, unknown: Told) => [
  ...named(asked, operation, what, foreign),
  ...(foreign.status === unknown.status && foreign.text === unknown.text
    ? []
    : [`${keyOf(operation)} tells ${what} from what does not exist: ${foreign.status} ${foreign.text.slice(0, 150)}, not ${unknown.status} ${unknown.text.slice(0, 150)}`]), // prettier-ignore
]

/** Whoever does not belong to an account is told the same of it as of one that is not there; on Chatwoot's mounts as it does. */
async function toStrangers(asked: Asked, operation: Operation): Promise<string[]> {
  if (!operation.path.includes('{account_id}')) return []
  const chatwoots = operation.path.startsWith('/api/v2/') || operation.path.includes('/csat_survey_responses')
  const leaks: string[] = []
  for (const token of asked.callers.strangers) {
    const nowhere = await ask(asked, operation, { token, account: '77' })
    if (nowhere.status !== 404) leaks.push(`${keyOf(operation)} answers ${nowhere.status} for an account that is not there`)
    const foreign = await ask(asked, operation, { token, ids: asked.theirs })
    const refused = { status: 401, text: '{"error":"You are not authorized to access this account"}' }
    leaks.push(...differing(asked, operation, 'account 1', foreign, chatwoots ? refused : nowhere))
    for (let i = 0; i < asked.odd; i++) {
      const account = asked.random.pick(oddAccounts)
      leaks.push(
        ...differing(
          asked,
          operation,
          `account ${JSON.stringify(account)}`,
          await ask(asked, operation, { token, account }),
          nowhere,
        ),
      )
    }
  }
  return leaks
}

/** Ids in the path. Only a 404 says that they were looked up. */
async function byPath(asked: Asked, operation: Operation, token: string): Promise<string[]> {
  if (!/\{\w+\}/.test(operation.path.replace('{account_id}', ''))) return []
  const foreign = await ask(asked, operation, { token, ids: asked.theirs })
  const unknown = await ask(asked, operation, { token })
  const leaks = differing(asked, operation, 'an id in the path', foreign, unknown)
  return foreign.status === 404
    ? leaks
    : [...leaks, `${keyOf(operation)} answers ${foreign.status}, not 404, for another account's id`]
}

/** Ids in the query, one parameter after the other; `id` as one of each kind. */
async function byQuery(asked: Asked, operation: Operation, token: string): Promise<string[]> {
  const leaks: string[] = []
  for (const name of operation.query) {
    const of = idOfParameter(name)
    if (of === undefined) continue
    const kinds = of === 'subject' ? ['inbox', 'user', 'team', 'label'] : [of]
    for (const kind of kinds) {
      const type: Record<string, string> = of === 'subject' ? { type: kind === 'user' ? 'agent' : kind } : {}
      const values = (id: unknown) => ({ ...type, [name]: String(id) })
      const foreign = await ask(asked, operation, { token, query: values(asked.theirs[kind]) })
      const unknown = await ask(asked, operation, { token, query: values(NOBODY) })
      leaks.push(...differing(asked, operation, `${name} of another account's ${kind}`, foreign, unknown))
    }
  }
  return leaks
}

/** Ids in the body, one property after the other. */
async function byBody(asked: Asked, operation: Operation, token: string): Promise<string[]> {
  const leaks: string[] = []
  for (const property of idsIn(operation.body)) {
    const place = places[property]
    if (!place) {
      leaks.push(`${keyOf(operation)} takes an id as ${property}: say how it stands there`)
      continue
    }
    const [of, body] = place
    const foreign = await ask(asked, operation, { token, body: body(asked.theirs[of]) })
    const unknown = await ask(asked, operation, { token, body: body(NOBODY) })
    leaks.push(...differing(asked, operation, `${property} of another account`, foreign, unknown))
    if (foreign.status < 300 && !mayBeAnybodys.has(`${keyOf(operation)} ${property}`))
      leaks.push(`${keyOf(operation)} takes another account's ${property}`)
  }
  return leaks
}

/** Where somebody is meant who need not be a user any more. */
const mayBeAnybodys = new Set(['POST /digests/reassign from', 'POST /suppressions user_id'])
