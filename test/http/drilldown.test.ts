import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { App } from '../../src/http/app.ts'
import type { TestDatabase } from '../support/database.ts'
import { insertRows } from './case-rows.ts'
import { get, rollEverything, serve, type Given } from './desk.ts'
import { NOON, openOffice, WEEK } from './office.ts'

interface Body {
  meta: Record<string, unknown>
  payload: Record<string, unknown>[]
}

/** A Saturday in New York, where the office is. */
const DAY = Date.parse('2026-06-13T04:00:00Z') / 1000
const T = DAY + 36_000
const iso = (instant: number) => new Date(instant * 1000).toISOString()
const message = { account_id: 1, inbox_id: 1, conversation_id: 10, message_type: 'outgoing', sender_type: 'User', sender_id: 2 }
const event = { account_id: 1, inbox_id: 1, conversation_id: 10, user_id: 2, value: 60, created_at: iso(T) }
const handoff = { ...event, name: 'conversation_bot_handoff' }
const resolved = { ...event, name: 'conversation_bot_resolved' }

const rows = {
  contacts: [
    { id: 1, account_id: 1, name: 'Zoe' },
    { id: 2, account_id: 2, name: 'Theirs' },
  ],
  agent_bots: [
    { id: 1, account_id: null, name: 'Botty' },
    { id: 2, account_id: 2, name: 'Their bot' },
  ],
  conversations: [
    { id: 10, account_id: 1, inbox_id: 1, assignee_id: 2, status: 'snoozed', created_at: iso(T - 50), display_id: 7, labels: ['billing', 'Billing'] }, // prettier-ignore
    // Of what it names, nothing is there or nothing is this account's.
    { id: 11, account_id: 1, inbox_id: 2, contact_id: 2, assignee_id: 99, created_at: iso(T - 40) },
    { id: 12, account_id: 1, inbox_id: 1, team_id: 1, status: 'pending', created_at: iso(T - 30.5) },
  ],
  messages: [
    { ...message, id: 20, content: 'first', created_at: iso(T - 1.001) },
    { ...message, id: 21, content: 'second', created_at: iso(T + 1) },
    { ...message, id: 22, content: 'third', created_at: iso(T + 1), private: true },
    { ...message, id: 23, content: 'of somebody else', created_at: iso(T + 1), sender_id: 1 },
    { ...message, id: 24, content: 'greeting', created_at: iso(T + 1), message_type: 'template', sender_type: null, sender_id: null }, // prettier-ignore
    { ...message, id: 25, content: 'incoming', created_at: iso(T + 1), message_type: 'incoming', sender_type: 'Contact', sender_id: 1 }, // prettier-ignore
    { ...message, id: 26, content: 'late', created_at: iso(T + 1.001) },
    { ...message, id: 27, content: 'activity', created_at: iso(T + 900), message_type: 'activity', sender_type: null, sender_id: null }, // prettier-ignore
    { ...message, id: 28, content: 'another desk', account_id: 2, created_at: iso(T + 900) },
    { ...message, id: 29, content: null, conversation_id: 12, created_at: iso(T + 5), sender_type: 'AgentBot', sender_id: 1 },
    { ...message, id: 30, content: 'theirs', conversation_id: 11, created_at: iso(T + 6), sender_type: 'AgentBot', sender_id: 2 },
    { ...message, id: 31, content: 'orphan', conversation_id: 404, created_at: iso(T + 7) },
  ],
  reporting_events: [
    { ...event, id: 40, name: 'first_response', value: 120.5, value_in_business_hours: 45, event_end_time: iso(T) },
    { ...event, id: 41, name: 'first_response', user_id: null, event_end_time: iso(T) },
    { ...event, id: 42, name: 'first_response', user_id: 1, event_end_time: iso(T + 500) },
    { ...event, id: 43, name: 'reply_time', event_end_time: iso(T) },
    { ...event, id: 44, name: 'reply_time', event_end_time: null, value: null, created_at: iso(T + 0.9) },
    { ...event, id: 45, name: 'reply_time', conversation_id: 404, event_end_time: iso(T + 7) },
    { ...event, id: 46, name: 'reply_time', account_id: 2, event_end_time: iso(T) },
    { ...event, id: 47, name: 'conversation_resolved', value_in_business_hours: null, event_end_time: iso(T + 2.9) },
    { ...handoff, id: 60 },
    { ...handoff, id: 62, created_at: iso(T - 10) },
    { ...handoff, id: 61, created_at: iso(T + 10) },
    { ...handoff, id: 63, conversation_id: 404 },
    { ...handoff, id: 64, conversation_id: null },
    { ...handoff, id: 65, conversation_id: 12, created_at: iso(DAY - 5), user_id: 1 },
    { ...resolved, id: 70 },
    { ...resolved, id: 71, conversation_id: 12 },
    { ...resolved, id: 72, conversation_id: 11, user_id: 1 },
    { ...resolved, id: 73, conversation_id: null, user_id: 4 },
  ],
}

let database: TestDatabase
let app: App
beforeAll(async () => {
  database = await openOffice()
  await insertRows(database.pool, rows)
  app = serve(database.pool, { clock: () => NOON })
})
afterAll(async () => {
  await app.close()
  await database.drop()
})

const usual = { type: 'account', ...WEEK, bucket_timestamp: String(DAY), group_by: 'day', timezone: 'America/New_York' }
const ask = (query: Given = {}, token = 'token-1') =>
  get(app, '/api/v2/accounts/1/reports/drilldown', { ...usual, ...query }, { api_access_token: token })
const read = async (query: Given) => (await ask(query)).json() as Body
const numbers = async (query: Given) => (await read(query)).meta['total_count']

describe('who may drill down', () => {
  const query = { metric: 'conversations_count' }
  test('administrators; whoever else may read reports is told nothing but 401', async () => {
    expect((await ask(query)).statusCode).toBe(200)
    const answer = await ask(query, 'token-3')
    expect([answer.statusCode, answer.body, answer.headers['content-type']]).toEqual([401, '', undefined])
  })

  test('a plain agent is told as everywhere', async () => {
    const answer = await ask(query, 'token-2')
    expect([answer.statusCode, answer.json()]).toEqual([401, { error: 'You are not authorized to do this action' }])
  })

  test('the right is settled before the parameters', async () => {
    expect((await ask({ metric: 'nonsense', since: 'abc' }, 'token-3')).statusCode).toBe(401)
  })
})

describe('what cannot be drilled into', () => {
  const good = { metric: 'conversations_count' }
  test.each<Given>([
    { metric: '' },
    { metric: 'csat_score' },
    { metric: 'toString' },
    { ...good, since: '' },
    { ...good, until: '' },
    { ...good, bucket_timestamp: '' },
    { ...good, type: 'nonsense' },
    { ...good, type: 'Account' },
    { ...good, since: '-5' },
    { ...good, since: ` ${WEEK.since}` },
    { ...good, since: `${WEEK.since}.5` },
    { ...good, until: '2026-06-15' },
    { ...good, until: '١٢٣' },
    { ...good, bucket_timestamp: '+5' },
    { ...good, bucket_timestamp: '1e9' },
    { ...good, since: WEEK.until },
    { ...good, since: WEEK.until, until: WEEK.since },
    { ...good, bucket_timestamp: WEEK.until },
    { ...good, bucket_timestamp: String(NOON - 9 * 86400) },
    { ...good, type: 'agent', id: '99', bucket_timestamp: WEEK.until },
  ])('%j: 422 without a word', async (query) => {
    const answer = await ask(query)
    expect([answer.statusCode, answer.body]).toEqual([422, ''])
  })

  test.each(['since', 'until', 'bucket_timestamp', 'metric'])('without %s: 422 without a word', async (name) => {
    const given: Given = { ...usual, ...good }
    delete given[name]
    const answer = await get(app, '/api/v2/accounts/1/reports/drilldown', given, { api_access_token: 'token-1' })
    expect([answer.statusCode, answer.body]).toEqual([422, ''])
  })

  test.each<[string, Given]>([
    ['until must be', { until: '9'.repeat(30) }],
    ['bucket_timestamp must be', { bucket_timestamp: '9'.repeat(12) }],
    ['page must be at most', { page: '9'.repeat(30) }],
    ['zone', { timezone: 'Mars/Base' }],
    ['once', { since: [1, 2] }],
  ])('what is ours to refuse has a sentence (%s)', async (words, query) => {
    const answer = await ask({ ...good, ...query })
    expect([answer.statusCode, answer.json()]).toEqual([422, { error: expect.stringContaining(words) as string }])
  })

  test.each([
    ['agent', '5'],
    ['inbox', '2'],
    ['team', '2'],
    ['label', '2'],
    ['agent', ''],
    ['agent', '99'],
  ])('%s %s is not found', async (type, id) => {
    const answer = await ask({ ...good, type, id })
    expect([answer.statusCode, answer.json()]).toEqual([404, { error: 'Resource could not be found' }])
  })
})

describe('conversations and messages', () => {
  test('conversations come newest first, with all that is shown of them', async () => {
    const answer = await ask({ metric: 'conversations_count', type: '' })
    expect(answer.headers['x-report-source']).toBe('raw')
    const { meta, payload } = answer.json<Body>()
    expect(meta).toEqual({ metric: 'conversations_count', record_type: 'conversation', bucket: { since: DAY, until: DAY + 86400 }, current_page: 1, per_page: 25, total_count: 4, conversation_count: 4 }) // prettier-ignore
    expect(payload.map(({ conversation }) => (conversation as { id: number }).id)).toEqual([12, 11, 10, 2])
    expect(JSON.stringify(payload[2])).toBe(
      `{"record_type":"conversation","conversation":{"id":10,"display_id":7,"contact_id":1,"contact_name":"Zoe","inbox_id":1,"inbox_name":"Site",` +
        `"assignee_id":2,"assignee_name":"=1+1","status":"snoozed","created_at":${T - 50},"last_activity_at":${T - 50},` +
        `"last_message":{"id":26,"content":"late","message_type":"outgoing","sender_name":"=1+1","created_at":${T + 1}}},` +
        `"message":null,"metric_value":null,"occurred_at":${T - 50}}`,
    )
    // Half a second is cut.
    expect(payload[0]).toMatchObject({ occurred_at: T - 31, conversation: { status: 'pending', created_at: T - 31 } })
  })

  test('nothing of another account is named', async () => {
    const { payload } = await read({ metric: 'conversations_count' })
    expect(payload[1]?.['conversation']).toMatchObject({
      contact_id: 2,
      contact_name: null,
      inbox_id: 2,
      inbox_name: null,
      assignee_id: 99,
      assignee_name: null,
      last_message: { id: 30, sender_name: null },
    })
  })

  test('messages: private ones too, of conversations that are gone too', async () => {
    const { meta, payload } = await read({ metric: 'outgoing_messages_count' })
    expect(meta).toMatchObject({ record_type: 'message', total_count: 8, conversation_count: 4 })
    expect(payload.map((record) => (record['message'] as { id: number }).id)).toEqual([31, 30, 29, 26, 23, 22, 21, 20])
    expect(payload[0]).toEqual({
      record_type: 'message',
      conversation: {},
      message: { id: 31, content: 'orphan', message_type: 'outgoing', sender_name: '=1+1', created_at: T + 7 },
      metric_value: null,
      occurred_at: T + 7,
    })
    expect(payload[2]).toMatchObject({ message: { content: null, sender_name: 'Botty' }, conversation: { id: 12 } })
  })

  test.each<[string, Given, number, number]>([
    ['conversations_count', { type: 'inbox', id: '1' }, 3, 3],
    ['conversations_count', { type: 'agent', id: '2' }, 1, 1],
    ['conversations_count', { type: 'team', id: '1' }, 1, 1],
    ['conversations_count', { type: 'label', id: '1' }, 2, 1],
    ['incoming_messages_count', {}, 1, 1],
    ['incoming_messages_count', { type: 'agent', id: '2' }, 0, 0],
    ['outgoing_messages_count', { type: 'inbox', id: '1' }, 8, 4],
    ['outgoing_messages_count', { type: 'agent', id: '1' }, 1, 1],
    ['outgoing_messages_count', { type: 'team', id: '1' }, 1, 1],
    ['outgoing_messages_count', { type: 'label', id: '1' }, 5, 1],
    ['resolutions_count', { type: 'label', id: '1' }, 2, 2],
    ['resolutions_count', { type: 'team', id: '1' }, 1, 1],
  ])('%s of %j: %d records, %d conversations', async (metric, scope, total, conversations) => {
    const { meta, payload } = await read({ metric, ...scope })
    expect([meta['total_count'], meta['conversation_count'], payload.length]).toEqual([total, conversations, total])
  })
})

describe('events', () => {
  const shown = async (query: Given) =>
    (await read(query)).payload.map(({ record_type, message: found, metric_value, occurred_at, event_name }) => [
      record_type,
      (found as { id: number } | null)?.id,
      metric_value,
      occurred_at,
      event_name,
    ])

  test('the reply is the newest within a second, the highest id of several, and its user’s', async () => {
    expect(await shown({ metric: 'avg_first_response_time' })).toEqual([
      ['conversation', undefined, 60, T + 500, 'first_response'],
      ['message', 24, 60, T, undefined],
      ['message', 22, 120.5, T, undefined],
    ])
  })

  test('in business hours the value is that one', async () => {
    const values = (await shown({ metric: 'avg_first_response_time', business_hours: 'true' })).map((record) => record[2])
    expect(values).toEqual([null, null, 45])
  })

  test('a waiting time is anybody’s; without an end or a conversation no reply is looked for', async () => {
    expect(await shown({ metric: 'reply_time' })).toEqual([
      ['conversation', undefined, null, T, 'reply_time'],
      ['conversation', undefined, 60, T + 7, 'reply_time'],
      ['message', 24, 60, T, undefined],
    ])
    const { meta, payload } = await read({ metric: 'reply_time' })
    expect(meta).toMatchObject({ record_type: 'message', total_count: 3, conversation_count: 2 })
    expect(payload[1]).toEqual({ record_type: 'conversation', conversation: {}, message: null, metric_value: 60, occurred_at: T + 7, event_name: 'reply_time' }) // prettier-ignore
  })

  test('resolutions are shown through their conversation', async () => {
    for (const metric of ['resolutions_count', 'avg_resolution_time']) {
      expect(await shown({ metric })).toEqual([
        ['conversation', undefined, 60, T + 2, 'conversation_resolved'],
        ['conversation', undefined, 86400.5, NOON - 2 * 86400, 'conversation_resolved'],
      ])
      expect((await read({ metric })).meta['record_type']).toBe('conversation')
    }
    expect((await shown({ metric: 'resolutions_count', business_hours: 'true' }))[0]?.[2]).toBeNull()
  })

  test('of handoffs the one with the highest id of each conversation, those that are gone too', async () => {
    const { meta, payload } = await read({ metric: 'bot_handoffs_count' })
    expect(meta).toMatchObject({ total_count: 2, conversation_count: 2 })
    expect(payload.map(({ conversation, occurred_at }) => [conversation, occurred_at])).toEqual([
      [{}, T],
      [expect.objectContaining({ id: 10 }), T - 10],
    ])
  })

  test('bot resolutions leave out what was handed off anywhere in the range, in the same scope', async () => {
    const query = { metric: 'bot_resolutions_count' }
    const ids = async (more: Given) =>
      (await read({ ...query, ...more })).payload.map(({ conversation }) => (conversation as { id?: number }).id)
    // Conversation 12 was handed off the day before; the one without a conversation counts only where nobody was.
    expect(await ids({})).toEqual([11])
    expect(await ids({ since: String(DAY) })).toEqual([11, 12])
    expect(await ids({ type: 'agent', id: '4' })).toEqual([undefined])
    expect(await ids({ type: 'agent', id: '1' })).toEqual([11])
  })
})

describe('pages', () => {
  const query = { metric: 'outgoing_messages_count' }
  test.each([
    ['', '', 1, 25, 8],
    ['0', '0', 1, 25, 8],
    ['-3', '-1', 1, 25, 8],
    ['abc', 'abc', 1, 25, 8],
    ['2', '3', 2, 3, 3],
    ['3', '3', 3, 3, 2],
    ['4', '3', 4, 3, 0],
    ['1x', '100', 1, 100, 8],
    ['1', '101', 1, 100, 8],
    ['1', '9'.repeat(30), 1, 100, 8],
    ['2147483647', '100', 2_147_483_647, 100, 0],
  ])('page %j of %j', async (page, per_page, current, per, n) => {
    const { meta, payload } = await read({ ...query, page, per_page })
    expect(meta).toMatchObject({ current_page: current, per_page: per, total_count: 8, conversation_count: 4 })
    expect(payload.length).toBe(n)
  })
})

describe('buckets', () => {
  test('weeks start on Sunday, and the first is cut at since', async () => {
    const sunday = DAY + 86400 - 7 * 86400
    const { meta } = await read({ metric: 'conversations_count', group_by: 'week', bucket_timestamp: String(sunday) })
    expect(meta['bucket']).toEqual({ since: Number(WEEK.since), until: DAY + 86400 })
  })

  test('an unknown grouping is a day; without a zone days are UTC’s', async () => {
    const { meta } = await read({ metric: 'conversations_count', group_by: 'fortnight', timezone: '' })
    expect(meta['bucket']).toEqual({ since: DAY, until: DAY + 86400 })
  })

  test('the interval is half-open to the microsecond', async () => {
    const at = (since: number, until: number) =>
      numbers({ metric: 'conversations_count', type: 'team', id: '1', since: String(since), until: String(until) })
    expect(await at(T - 31, T - 30)).toBe(1)
    expect([await at(T - 30, T), await at(T - 60, T - 31)]).toEqual([0, 0])
  })

  test('rolling changes nothing', async () => {
    const all = () => Promise.all(['conversations_count', 'reply_time', 'bot_handoffs_count'].map((metric) => read({ metric })))
    const before = await all()
    await rollEverything(database.pool, NOON + 86400)
    expect(await all()).toEqual(before)
  })
})
