import fc from 'fast-check'
import { NOON, WEEK } from './office.ts'
import { wildSettings } from './wild-settings.ts'

/** A request as it is sent, and the operation that it was made for. */
export interface Fuzzed {
  operation: string
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS'
  url: string
  headers: Record<string, string>
  body?: string
}

/** What the description of the API says of one path and method. */
interface Operation {
  parameters?: { name: string; in: string; example?: unknown; schema?: { examples?: unknown[]; example?: unknown } }[]
}
export interface ApiDescription {
  paths: Record<string, Record<string, Operation>>
}

const encode = (text: string) => encodeURIComponent(text.replace(/\p{Surrogate}/gu, '?'))
const any = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.double().map(String),
  fc.bigInt().map(String),
)

const instants = [WEEK.since, WEEK.until, '0', '-1', '1', '4102444800', '-4102444800', '4102444801', '1e9', 'NaN', 'Infinity', '-Infinity', 'abc', '', ' ', '2026-06-08', '2026-06-31', '-7d', '2026-06-08T00:00:00+02:00', '2026-06-08T00:00:00Z', '1772427600.5', '99999999999999999999', '0x1F', '1772427600000', '٣', '\0', "1'; drop table conversations; --"] // prettier-ignore
const zones = ['UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'Pacific/Apia', 'America/Havana', 'Eastern Time (US & Canada)', 'EST', 'GMT+3', '+05:00', 'posixrules', '../x', 'Mars', '', '\0'] // prettier-ignore
const ids = ['1', '2', '5', '0', '-1', '10', '2147483648', '9007199254740993', '1abc', 'abc', '9'.repeat(30), '']
const pages = ['1', '2', '0', '-1', '25', '1000', '2147483647', '2147483648', '9'.repeat(400), 'abc']

/** Values worth trying, by what a parameter's name says of it. */
const values: [RegExp, string[]][] = [
  [/since|until|bucket_timestamp/, instants],
  [/timezone$/, zones],
  [/timezone_offset/, ['-4', '5.5', '14', '1e308', '-1e999', 'abc', '.', '0']],
  [/(^|_)ids?$/, ids],
  [/page|limit/, pages],
  [/days_before/, ['6', '0', '-3', '833', '834', '9'.repeat(400), 'abc']],
  [/year/, ['2025', '1969', '2100', 'abc']],
  [/metrics?$/, ['conversations_count', 'avg_first_response_time', 'reply_time', 'bot_handoffs_count', 'bot_resolutions_count', 'unique_contacts_count', 'open_conversations_count', 'conversations_count,reply_time', ',', 'toString', '__proto__']], // prettier-ignore
  [/type/, ['account', 'agent', 'inbox', 'team', 'label', 'nobody', 'constructor']],
  [/^by$/, ['agent', 'inbox', 'team', 'label', 'channel', 'toString']],
  [/group_by/, ['hour', 'day', 'week', 'month', 'year', 'agent', 'label', 'team', 'inbox', 'team_id', 'assignee_id', 'hasOwnProperty']], // prettier-ignore
  [/business_hours/, ['true', 'false', 'no', '']],
  [/sort/, ['created_at', '-created_at', 'id', '-name', '-conversations_count', '--id']],
  [/stat$/, ['avg', 'p50', 'p90', 'p99']],
  [/target/, ['3600', '0', '-1', '0.5', '1e9', 'NaN']],
  [/compare$/, ['none', 'previous', 'year', 'seconds', 'custom', 'always']],
  [/week_start/, ['monday', 'sunday', 'saturday', 'friday']],
  [/format/, ['csv', 'json', 'xlsx', 'xml']],
  [/period/, ['2026-06-10', '2026-W23', '2026-05', '2026-W60', '1969-01-01', '2099-12-31', '9999-12', 'last week']],
  [/lens/, ['all', 'own', 'own_teams', 'team:1', 'team:2', 'agent:1,2+inbox:1', 'team:1+team:1', 'user:1', 'team:99999999999']],
  [/search/, ['managers', 'ann@example.com', '%', '_', "'", '\0']],
  [/rating/, ['1', '5', '0', 'abc']],
]
const usual = { since: WEEK.since, until: WEEK.until, type: 'account', metric: 'conversations_count', bucket_timestamp: String(NOON - 86400), timezone_offset: '-4', business_hours: 'true' } // prettier-ignore

/** A value of a parameter: mostly one that means something there, sometimes anything, rarely a million characters. */
function valueOf(name: string): fc.Arbitrary<string> {
  const known = values.find(([pattern]) => pattern.test(name))?.[1] ?? ['1', '', 'abc']
  return fc.oneof(
    { weight: 60, arbitrary: fc.constantFrom(...known) },
    { weight: 10, arbitrary: any },
    { weight: 1, arbitrary: fc.constantFrom('x'.repeat(1_000_000), '9'.repeat(16_000), '%00'.repeat(200)) },
  )
}

/** A query of a route: usual parameters or only some, others of its own, and now and then one that it does not know. */
function queryOf(names: string[]): fc.Arbitrary<string> {
  const known = Object.entries(usual).filter(([name]) => names.includes(name) || names.length === 0)
  const own = names.length > 0 ? fc.constantFrom(...names) : fc.constantFrom('since', 'id')
  const name = fc.oneof({ weight: 15, arbitrary: own }, { weight: 1, arbitrary: any })
  const parameter = name.chain((name) => fc.tuple(fc.constant(name), valueOf(name)))
  const brackets = fc.constantFrom('', '', '', '', '', '', '', '', '[]', '[x]')
  const base = fc.oneof({ weight: 3, arbitrary: fc.constant(known) }, { weight: 1, arbitrary: fc.subarray(known) })
  return fc.tuple(base, fc.array(parameter, { maxLength: 3 }), brackets).map(([base, more, bracket]) => {
    // A later value takes the place of an earlier one of the same name, but for the last, which may be repeated or a list.
    const pairs = Object.entries(Object.fromEntries([...base, ...more.slice(0, -1)]))
    const last = more.at(-1)
    if (last) pairs.push([`${last[0]}${bracket}`, last[1]])
    return pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&')
  })
}

const target = fc.record(
  {
    type: fc.constantFrom('account', 'inbox', 'team', 'agent', '', 1),
    id: fc.oneof(fc.constantFrom<unknown>(1, 1, 1, 2, 0, -1, 1e15, 1.5, '1', null), fc.double()),
    times: fc.constantFrom('first_response', 'reply', 'resolution', 'other'),
    seconds: fc.oneof(fc.constantFrom<unknown>(3600, 1, 0, -1, 1e9, 1e10, 1e-300, '3600', null), fc.double()),
  },
  { requiredKeys: ['type', 'id', 'times'] },
)
const targetsBody: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constant({ targets: [{ type: 'account', id: 1, times: 'reply', seconds: 60 }] }).map((x) => JSON.stringify(x)),
  },
  { weight: 8, arbitrary: fc.array(target, { maxLength: 4 }).map((targets) => JSON.stringify({ targets })) },
  { weight: 3, arbitrary: fc.json() },
  { weight: 2, arbitrary: fc.string() },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '',
      '{"targets":NaN}',
      '{"targets":[]',
      '{"__proto__":{"targets":[]}}',
      '['.repeat(50_000),
      `{"targets":"${'x'.repeat(1_000_000)}"}`,
      JSON.stringify({ targets: Array.from({ length: 1001 }, () => ({ type: 'account', id: 1, times: 'reply', seconds: 60 })) }),
    ),
  },
)

const cadence = fc.oneof(
  fc.record({ every: fc.constant('day'), time: fc.constantFrom('08:00', '24:00', '') }),
  fc.record({ every: fc.constant('week'), weekdays: fc.array(fc.integer({ min: -1, max: 7 }), { maxLength: 8 }), time: fc.constant('02:30') }),
  fc.record({ every: fc.constant('month'), on: fc.constantFrom<unknown>(1, 31, 0, 'last', { nth: 'first', weekday: 'working' }, { nth: 'second', weekday: 1 }), time: fc.constant('23:59') }),
  fc.record({ every: fc.constant('cron'), expression: fc.oneof(fc.constantFrom('0 8 * * 1', '0 0 29 2 *', '* * * * *', '0 8 31 2 *', '@daily'), fc.string()) }),
  fc.constantFrom<unknown>({}, null, { every: 'year' }, []),
) // prettier-ignore
const digestIds = fc.constantFrom<unknown>(1, 2, 5, 0, -1, 1.5, 2 ** 31, 1e300, '1', null)
const digestLens = fc.constantFrom<unknown>('all', 'own', 'own_teams', { team: [1] }, { team: [2] }, { inbox: [] }, {}, 'some', {
  __proto__: null,
})
/** Definitions of digests, mostly no good. */
export const wildDefinition = fc.record(
  {
    name: fc.oneof(fc.constant('Managers'), fc.string(), fc.string({ unit: 'binary' }), fc.constant('x'.repeat(1000))),
    zone: fc.constantFrom(...zones),
    cadence,
    window: fc.constantFrom<unknown>({ unit: 'week', count: 1 }, { unit: 'slot' }, { unit: 'month', count: 12 }, { unit: 'day', count: 366 }, { unit: 'day', count: 1e9 }, { unit: 'year', count: 1 }),
    starts_on: fc.constantFrom<unknown>(null, '2026-06-01', '2099-12-31', '0000-01-01', '9999-12-31', 'x', 5),
    ends_on: fc.constantFrom<unknown>(null, '2026-06-30', '1970-01-01', '2026-02-30'),
    owner_id: digestIds,
    filter: fc.record({ inbox: fc.array(digestIds, { maxLength: 3 }), agent: fc.array(digestIds, { maxLength: 3 }) }, { requiredKeys: [] }),
    formats: fc.array(fc.constantFrom('inline', 'csv', 'zip', 'xlsx', 'pdf'), { maxLength: 6 }),
    condition: fc.record({ when: fc.constantFrom('always', 'has_data', 'missed', ''), thresholds: fc.array(fc.record({ metric: fc.constantFrom('reply_time', 'csat_score', 'x'), limit: fc.constantFrom('above', 'below'), value: fc.oneof(fc.double(), fc.constant(60)) }), { maxLength: 3 }) }, { requiredKeys: [] }),
    patience_hours: fc.oneof(fc.constantFrom<unknown>(0, 2, 72, -1, '2'), fc.double()),
    recipients: fc.array(fc.oneof(fc.record({ user_id: digestIds, lens: digestLens }), fc.record({ address: fc.oneof(fc.constantFrom('ana@example.com', 'Ana@Bücher.example', 'a@b\r\nBcc: c@d'), fc.string(), fc.emailAddress()), lens: digestLens }, { requiredKeys: ['address'] })), { maxLength: 4 }),
    groups: fc.array(digestIds, { maxLength: 3 }),
    language: fc.constantFrom('en', 'de', 'ar', 'fr'),
  },
  { requiredKeys: ['name', 'zone', 'cadence'] },
) // prettier-ignore
const fine = { name: 'Managers', zone: 'Europe/Berlin', cadence: { every: 'week', weekdays: [1], time: '08:00' }, recipients: [{ address: 'ana@example.com' }, { user_id: 2, lens: 'own' }], formats: ['inline', 'csv'] } // prettier-ignore
/** Bodies of digests: fine ones with a field changed, wild ones, and what the other routes take. */
const digestBody: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(JSON.stringify(fine)) },
  { weight: 6, arbitrary: wildDefinition.chain((wild) => fc.subarray(Object.entries(wild), { maxLength: 2 })).map((some) => JSON.stringify({ ...fine, ...Object.fromEntries(some) })) },
  { weight: 3, arbitrary: wildDefinition.map((wild) => JSON.stringify(wild)) },
  { weight: 3, arbitrary: fc.record({ name: fc.string(), recipients: fc.array(fc.record({ user_id: digestIds }), { maxLength: 3 }) }).map((group) => JSON.stringify(group)) },
  { weight: 2, arbitrary: fc.constantFrom('{"reason":"why"}', '{"from":1,"to":3}', '{"from":null,"to":1}', '{"outcome":"delivered"}', '') },
  { weight: 2, arbitrary: targetsBody },
) // prettier-ignore
const settingsBody: fc.Arbitrary<string> = fc.oneof(
  { weight: 5, arbitrary: wildSettings.map((settings) => JSON.stringify(settings)) },
  { weight: 1, arbitrary: targetsBody },
)
function bodyFor(path: string): fc.Arbitrary<string> {
  if (path.endsWith('/settings')) return settingsBody
  return /digests|recipient_groups|deliveries/.test(path) ? digestBody : targetsBody
}

const account = fc.oneof(
  { weight: 25, arbitrary: fc.constant('1') },
  { weight: 1, arbitrary: fc.constantFrom('2', '3', '77', 'x', '1e1', '%00', '%zz', '99999999999999999999', '1'.repeat(3000)) },
)
const headers = fc.record(
  {
    api_access_token: fc.oneof(
      { weight: 20, arbitrary: fc.constant('token-1') },
      { weight: 2, arbitrary: fc.constantFrom('token-2', 'token-3', 'token-4', 'token-5', 'token-bot') },
      { weight: 1, arbitrary: fc.string() },
    ),
    accept: fc.constantFrom('*/*', 'text/csv', 'application/json', 'text/csv;q=,;;', ','),
    'content-type': fc.constantFrom('application/json', 'application/json', 'application/json', 'text/plain', 'multipart/form-data; boundary=x', 'nonsense'), // prettier-ignore
    'if-none-match': fc.constantFrom('*', 'W/"x"', 'W/"y"', '"', ','),
    'x-request-id': fc.string(),
    'idempotency-key': fc.constantFrom('k1', 'k2', 'k 3', ''),
  },
  { requiredKeys: ['api_access_token', 'content-type'] },
)

/** Paths that the description of the API leaves out. */
const more: [method: string, path: string][] = [
  ['get', '/openapi.json'],
  ['get', '/'],
  ['get', '/api/v2/accounts/{account_id}/nothing'],
  ['get', '/api/v1/accounts/{account_id}/nothing'],
  ['get', '/nothing'],
]

/** Requests of every route that the API has, and of some that it has not; or of one operation only. */
export function requestsOf({ paths }: ApiDescription, only?: string): fc.Arbitrary<Fuzzed> {
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [] }]) => ({ method, path, names: namesIn(parameters) })),
  )
  const all = [...described, ...more.map(([method, path]) => ({ method, path, names: [] as string[] }))]
  const operations = all.filter(({ method, path }) => only === undefined || only === `${method.toUpperCase()} ${path}`)
  const wrong = fc.constantFrom<Fuzzed['method'][]>('POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS')
  return fc.constantFrom(...operations).chain(({ method, path, names }) => {
    const right = method.toUpperCase() as Fuzzed['method']
    const methods = fc.oneof({ weight: 20, arbitrary: fc.constant(right) }, { weight: 1, arbitrary: wrong })
    const segment = fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...ids.map(encode)) },
      { weight: 1, arbitrary: any.map(encode) },
    )
    const suffix = fc.constantFrom('', '', '', '', '', '', '', '', '', '', '.json', '.json', '.csv', '.csv', '/', '.xml')
    return fc
      .tuple(methods, account, segment, suffix, queryOf(names), headers, bodyFor(path))
      .map(([method, account, segment, suffix, query, headers, body]) => ({
        operation: `${right} ${path}`,
        method,
        url: `${path.replace('{account_id}', account).replace(/\{\w+\}/g, segment)}${suffix}?${query}`,
        headers: clean(headers, method),
        ...(takesBody(method) && { body }),
      }))
  })
}

const namesIn = (parameters: { name: string; in: string }[]) =>
  parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name)
const takesBody = (method: string) => ['POST', 'PUT', 'PATCH'].includes(method)

/** Headers as a client could send them; a type only where there is a body. */
function clean(headers: Record<string, string>, method: string): Record<string, string> {
  const { 'content-type': type, ...rest } = headers
  return { ...rest, ...(takesBody(method) && { 'content-type': type! }) }
}
