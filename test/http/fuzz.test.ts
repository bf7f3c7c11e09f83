import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { App } from '../../src/http/app.ts'
import type { TestDatabase } from '../support/database.ts'
import { rollEverything, serve } from './desk.ts'
import { NOON, openOffice, WEEK } from './office.ts'

let database: TestDatabase
let app: App
beforeAll(async () => {
  database = await openOffice()
  await rollEverything(database.pool, NOON + 86400)
  app = serve(database.pool, { clock: () => NOON })
  await app.ready()
})
afterAll(async () => {
  await app.close()
  await database.drop()
})

const instants = [WEEK.since, WEEK.until, '0', '-1', '1', '4102444800', '-4102444800', '4102444801', '1e9', 'NaN', 'Infinity', '-Infinity', 'abc', '', ' ', '2026-06-08', '1772427600.5', '99999999999999999999', '0x1F', '1772427600000', '٣', '\0', "1'; drop table conversations; --"] // prettier-ignore
const zones = ['UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'Pacific/Apia', 'America/Havana', 'Eastern Time (US & Canada)', 'EST', 'GMT+3', '+05:00', 'posixrules', '../x', 'Mars', '', '\0'] // prettier-ignore
const any = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.double().map(String),
  fc.bigInt().map(String),
)
const from = (values: string[]) => fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...values) }, { weight: 1, arbitrary: any })

const parameter = fc.oneof(
  fc.tuple(fc.constantFrom('since', 'until', 'bucket_timestamp'), from(instants)),
  fc.tuple(
    fc.constantFrom('page', 'per_page', 'rating', 'user_ids', 'inbox_id', 'team_id'),
    from(['1', '0', '-1', '5', '9'.repeat(30), '']),
  ),
  fc.tuple(fc.constant('sort'), from(['created_at', '-created_at', 'id'])),
  fc.tuple(fc.constant('type'), from(['account', 'agent', 'inbox', 'team', 'label', 'nobody'])),
  fc.tuple(fc.constant('id'), from(['1', '2', '5', '0', '-1', '2147483648', '1abc', '9'.repeat(30)])),
  fc.tuple(
    fc.constant('metric'),
    from([
      'conversations_count',
      'avg_first_response_time',
      'reply_time',
      'bot_handoffs_count',
      'bot_resolutions_count',
      'toString',
    ]),
  ),
  fc.tuple(
    fc.constant('group_by'),
    from(['hour', 'day', 'week', 'month', 'year', 'agent', 'label', 'team_id', 'assignee_id', 'hasOwnProperty']),
  ),
  fc.tuple(fc.constant('timezone'), from(zones)),
  fc.tuple(fc.constant('timezone_offset'), from(['-4', '5.5', '14', '1e308', '-1e999', 'abc', '.'])),
  fc.tuple(fc.constant('business_hours'), from(['true', 'false', 'no'])),
  fc.tuple(fc.constantFrom('inbox_ids', 'label_ids', 'team_id', 'page'), from(['1', '2', '0', '-1', '1abc', '9'.repeat(30)])),
  fc.tuple(fc.constant('days_before'), from(['6', '0', '-3', '833', '834', '9'.repeat(400), 'abc'])),
  fc.tuple(fc.constant('year'), from(['2025', '1969', '2100', 'abc'])),
  fc.tuple(fc.constant('format'), from(['csv', 'json', 'xml'])),
  fc.tuple(any, any),
)
// Most requests begin as sensible ones, or nearly all would be refused at the door.
const sensible: [string, string][] = [['metric', 'conversations_count'], ['type', 'account'], ['since', WEEK.since], ['until', WEEK.until], ['bucket_timestamp', WEEK.since]] // prettier-ignore
const query = fc
  .tuple(fc.subarray(sensible), fc.array(parameter, { maxLength: 5 }), fc.constantFrom('', '', '', '', '[]', '[x]'))
  .map(([known, more, bracket]) => {
    // A later value takes the place of an earlier one of the same name, but for the last, which may be repeated or a list.
    const values = Object.fromEntries([...known, ...more.slice(0, -1)])
    const last = more.at(-1)
    const pairs = [...Object.entries(values), ...(last ? [[`${last[0]}${bracket}`, last[1]]] : [])]
    return pairs.map(([name, value]) => `${encode(name!)}=${encode(value!)}`).join('&')
  })
const encode = (text: string) => encodeURIComponent(text.replace(/\p{Surrogate}/gu, '?'))
const path = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom('reports', 'reports/summary', 'reports/bot_summary', 'reports/agents', 'reports/inboxes', 'reports/teams', 'reports/labels', 'reports/conversations_summary', 'summary_reports/agent', 'summary_reports/inbox', 'summary_reports/team', 'summary_reports/label', 'summary_reports/channel', 'reports/conversations', 'reports/bot_metrics', 'reports/inbox_label_matrix', 'reports/first_response_time_distribution', 'reports/outgoing_messages_count', 'reports/conversation_traffic', 'live_reports/conversation_metrics', 'live_reports/grouped_conversation_metrics', 'year_in_review', 'reports/drilldown', 'csat_survey_responses', 'csat_survey_responses/metrics', 'csat_survey_responses/download') }, // prettier-ignore
  { weight: 1, arbitrary: fc.string({ maxLength: 30 }).map(encode) },
)
const account = fc.oneof(
  { weight: 9, arbitrary: fc.constant('1') },
  { weight: 1, arbitrary: fc.constantFrom('2', '3', '77', 'x', '1e1', '%00', '99999999999999999999') },
)
const headers = fc.record(
  {
    api_access_token: fc.oneof({ weight: 9, arbitrary: fc.constant('token-1') }, { weight: 1, arbitrary: fc.string() }),
    accept: fc.constantFrom('*/*', 'text/csv', 'application/json', 'text/csv;q=,;;', ','),
    'x-request-id': fc.string(),
  },
  { requiredKeys: ['api_access_token'] },
)

test('no request makes the server fail, and every refusal is JSON with a sentence', async () => {
  const seen = new Map<number, number>()
  await fc.assert(
    fc.asyncProperty(
      account,
      path,
      fc.constantFrom('', '.json', '.csv'),
      query,
      headers,
      async (id, name, suffix, text, given) => {
        const version = name.startsWith('csat_') ? 'v1' : 'v2'
        const answer = await app.inject({ url: `/api/${version}/accounts/${id}/${name}${suffix}?${text}`, headers: given })
        seen.set(answer.statusCode, (seen.get(answer.statusCode) ?? 0) + 1)
        expect([200, 400, 401, 404, 422]).toContain(answer.statusCode)
        // Where Chatwoot says nothing, neither do we.
        const isSilent = answer.statusCode === 422 && /^reports\/(conversations|outgoing_messages_count|drilldown)$/.test(name)
        if (answer.statusCode !== 200 && !(isSilent && answer.body === '')) {
          const body = answer.json() as { error?: unknown; errors?: unknown[] }
          expect(typeof (body.error ?? body.errors?.[0])).toBe('string')
          expect(answer.body).not.toMatch(/node_modules|\.ts:|select /)
        }
      },
    ),
    { numRuns: 3000, seed: 42 },
  )
  // Otherwise the requests would be too wild to reach anything.
  expect(seen.get(200)).toBeGreaterThan(300)
  expect(seen.get(422)).toBeGreaterThan(300)
}, 180_000)
