import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run } from '../../src/db.ts'
import type { App } from '../../src/http/app.ts'
import type { TestDatabase } from '../support/database.ts'
import { insertRows, type CaseRows } from './case-rows.ts'
import { get, rollEverything, serve, type Given } from './desk.ts'
import { NOON, openOffice, WEEK } from './office.ts'

const time = (instant: number) => new Date(instant * 1000).toISOString()
const [since, until] = [Number(WEEK.since), Number(WEEK.until)]
const inside = time(since + 100_000)

const conversation = (id: number, more: Record<string, unknown> = {}) =>
  ({ id, account_id: 1, inbox_id: 1, created_at: inside, ...more }) // prettier-ignore
const sent = (id: number, more: Record<string, unknown> = {}) =>
  ({ id, account_id: 1, inbox_id: 1, conversation_id: 2, message_type: 'outgoing', sender_type: 'User', sender_id: 1, created_at: inside, ...more }) // prettier-ignore
const response = (id: number, inbox_id: number | null, value: number | null, more: Record<string, unknown> = {}) =>
  ({ id, account_id: 1, inbox_id, name: 'first_response', value, value_in_business_hours: 1, user_id: 1, created_at: inside, ...more }) // prettier-ignore

// The office itself: conversation 1 (resolved, team 1, tagged billing, inbox 1), 2 (open, inbox 1), 3 of account 2; one
// outgoing message of user 2 in conversation 1; a first response of 8,640 seconds in inbox 1.
const rows: CaseRows = {
  inboxes: [
    { id: 10, account_id: 1, channel_type: 'Channel::Email', name: 'Zulu' },
    { id: 11, account_id: 1, channel_type: 'Channel::Email', name: 'Alpha' },
    { id: 12, account_id: 1, channel_type: 'Channel::Api', name: 'Alpha' },
  ],
  labels: [
    { id: 10, account_id: 1, title: 'vip' },
    { id: 11, account_id: 1, title: 'angry' },
  ],
  conversations: [
    conversation(10, { created_at: time(since), labels: ['vip', 'angry'], team_id: 77, status: 'pending' }),
    conversation(11, { created_at: time(since - 0.001), labels: ['vip'], inbox_id: 10, status: 'snoozed' }),
    conversation(12, { created_at: time(until), labels: ['vip'], inbox_id: 10 }),
    conversation(13, {
      created_at: time(until - 0.001),
      labels: ['VIP', 'orphan'],
      inbox_id: 11,
      team_id: 2,
      status: 'resolved',
    }),
    conversation(14, { labels: ['vip'], inbox_id: 77 }),
    conversation(15, { labels: ['vip'], account_id: 2 }),
    conversation(16, { labels: ['vip', 'theirs'], inbox_id: 2, status: 'pending' }),
  ],
  messages: [
    sent(10, { created_at: time(since) }),
    sent(11, { created_at: time(since - 0.001) }),
    sent(12, { created_at: time(until) }),
    sent(13, { created_at: time(until - 0.001), private: true, status: 3 }),
    sent(14, { message_type: 'incoming' }),
    sent(15, { message_type: 'template' }),
    sent(16, { message_type: 'activity' }),
    sent(17, { sender_type: 'AgentBot', conversation_id: 10, content_type: 9 }),
    sent(18, { sender_id: 5, conversation_id: 13, inbox_id: 10 }),
    sent(19, { sender_type: null, sender_id: null, conversation_id: 999, inbox_id: 77 }),
    sent(20, { sender_id: 98, conversation_id: 3, inbox_id: 2 }),
    sent(21, { account_id: 2 }),
    sent(22, { sender_type: 'Contact', message_type: 'incoming', sender_id: 3 }),
  ],
  reporting_events: [
    response(10, 1, 3599.999),
    response(11, 1, 3600),
    response(12, 10, 14399),
    response(13, 11, 14400),
    response(14, 10, 28800, { created_at: time(since) }),
    response(15, 10, 86399.5, { created_at: time(until - 0.001) }),
    response(16, 11, 86400),
    response(17, 10, 1, { created_at: time(since - 0.001) }),
    response(18, 10, 1, { created_at: time(until) }),
    response(19, 77, 1),
    response(20, null, 1),
    response(21, 2, 1),
    response(22, 12, null),
    response(23, 1, 1, { name: 'reply_time' }),
    response(24, 1, 1, { account_id: 2 }),
  ],
}

let database: TestDatabase
let app: App
beforeAll(async () => {
  database = await openOffice()
  await insertRows(database.pool, rows)
  // Tagged twice, tagged in another context, and a contact of the same number.
  await run(
    database.pool,
    `insert into taggings (tag_id, taggable_type, taggable_id, context, tagger_id)
     select t.id, g.type, g.id, g.context, g.tagger from tags t join (values
       ('vip', 'Conversation', 10, 'labels', 1), ('angry', 'Conversation', 2, 'topics', 1), ('angry', 'Contact', 2, 'labels', 1),
       ('vip', 'Conversation', 999, 'labels', 1)
     ) as g (tag, type, id, context, tagger) on g.tag = t.name`,
  )
  app = serve(database.pool, { clock: () => NOON })
})
afterAll(async () => {
  await app.close()
  await database.drop()
})

const ask = (path: string, query: Given = WEEK) => get(app, `/api/v2/accounts/1/${path}`, query, { api_access_token: 'token-1' })
const json = async <T = unknown>(path: string, query: Given = WEEK) => {
  const answer = await ask(path, query)
  expect([answer.statusCode, answer.body]).toEqual([200, answer.body])
  return answer.json<T>()
}

describe.each([false, true])('breakdowns with rollups: %s', (rolled) => {
  beforeAll(async () => {
    if (rolled) await rollEverything(database.pool, NOON + 86400)
  })

  describe('inbox_label_matrix', () => {
    const path = 'reports/inbox_label_matrix'
    const inboxes = [
      { id: 11, name: 'Alpha' },
      { id: 12, name: 'Alpha' },
      { id: 1, name: 'Site' },
      { id: 10, name: 'Zulu' },
    ]
    const labels = [
      { id: 11, title: 'angry' },
      { id: 1, title: 'billing' },
      { id: 10, title: 'vip' },
    ]

    test('conversations of the range by inbox and exact title, each once', async () => {
      expect(await json(path)).toEqual({
        inboxes,
        labels,
        matrix: [
          [0, 0, 0],
          [0, 0, 0],
          [1, 1, 1],
          [0, 0, 0],
        ],
      })
    })

    test('without both ends, the whole history', async () => {
      for (const query of [{}, { since }, { until: since }, { since: '', until }]) {
        expect(await json(path, query as Given)).toMatchObject({ matrix: [[0, 0, 0], [0, 0, 0], [1, 1, 1], [0, 0, 2]] }) // prettier-ignore
      }
      expect(await json(path, { since: until, until: since })).toMatchObject({ inboxes, matrix: [[0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]] }) // prettier-ignore
    })

    test.each<[string, number[], number[], number[][]]>([
      ['inbox_ids[]=10&inbox_ids[]=1', [1, 10], [11, 1, 10], [[1, 1, 1], [0, 0, 2]]], // prettier-ignore
      ['label_ids[]=10&inbox_ids[]=10', [10], [10], [[2]]],
      ['inbox_ids=10&label_ids=10', [10], [10], [[2]]],
      ['inbox_ids[]=10&inbox_ids[]=2&inbox_ids[]=99&label_ids[]=2&label_ids[]=10', [10], [10], [[2]]],
      ['label_ids[]=2', [11, 12, 1, 10], [], [[], [], [], []]],
      ['inbox_ids[]=2', [], [11, 1, 10], []],
      ['inbox_ids[]=&label_ids[]=abc', [], [], []],
      ['inbox_ids[]=10abc&inbox_ids[]=-1&label_ids[]=10.9', [10], [10], [[2]]],
      ['inbox_ids[]=99999999999&inbox_ids[]=99999999999999999999&label_ids[]=1', [], [1], []],
      ['inbox_ids=&label_ids=', [11, 12, 1, 10], [11, 1, 10], [[0, 0, 0], [0, 0, 0], [1, 1, 1], [0, 0, 2]]], // prettier-ignore
    ])('%s', async (text, rows, columns, matrix) => {
      const url = `/api/v2/accounts/1/${path}?${text}`
      const answer = (await app.inject({ url, headers: { api_access_token: 'token-1' } })).json() as {
        inboxes: { id: number }[]
        labels: { id: number }[]
        matrix: number[][]
      }
      expect([answer.inboxes.map(({ id }) => id), answer.labels.map(({ id }) => id), answer.matrix]).toEqual([
        rows,
        columns,
        matrix,
      ])
    })

    test('is read from rollups once there are some', async () => {
      const { headers } = await ask(path)
      expect(headers['x-report-source']).toBe(rolled ? 'mixed' : 'raw')
    })

    test('a list of more than 1,000 ids is refused', async () => {
      const query = (n: number) => ({ inbox_ids: Array.from({ length: n }, () => 1) })
      const url = (n: number) => `/api/v2/accounts/1/${path}?${'inbox_ids[]=1&'.repeat(n)}`
      const headers = { api_access_token: 'token-1' }
      expect((await app.inject({ url: url(1000), headers })).statusCode).toBe(200)
      const answer = await app.inject({ url: url(1001), headers })
      expect([answer.statusCode, answer.json()]).toEqual([
        422,
        { error: 'inbox_ids[] takes at most 1000 ids. Ask for fewer at a time.' },
      ])
      expect((await ask(path, query(3))).statusCode).toBe(200)
    })
  })

  describe('first_response_time_distribution', () => {
    const path = 'reports/first_response_time_distribution'
    const none = { '0-1h': 0, '1-4h': 0, '4-8h': 0, '8-24h': 0, '24h+': 0 }

    test('by channel, a bound in the longer bucket; a channel whose events have no value shows zeros', async () => {
      expect(await json(path)).toEqual({
        'Channel::WebWidget': { ...none, '0-1h': 1, '1-4h': 2 },
        'Channel::Email': { '0-1h': 0, '1-4h': 1, '4-8h': 1, '8-24h': 2, '24h+': 1 },
        'Channel::Api': none,
      })
    })

    test('is read from rollups once there are some', async () => {
      const { headers } = await ask(path)
      expect(headers['x-report-source']).toBe(rolled ? 'mixed' : 'raw')
    })

    test('without both ends, the whole history; of an empty range nothing', async () => {
      for (const query of [{}, { since: until }, { until: since }]) {
        expect(await json(path, query as Given)).toMatchObject({ 'Channel::Email': { '0-1h': 2 } })
      }
      expect(await json(path, { since: until, until: since })).toEqual({})
    })
  })

  describe('outgoing_messages_count', () => {
    const by = async (group_by: string, query: Given = WEEK) => {
      const groups = await json<{ id: number | null; name: string | null; outgoing_messages_count: number }[]>(
        'reports/outgoing_messages_count',
        { ...query, group_by },
      )
      return groups
        .map(({ id, name, outgoing_messages_count: n }) => [id, name, n] as const)
        .sort((a, b) => `${a[0]}`.localeCompare(`${b[0]}`))
    }

    test('agents: those who wrote, without a name when they are no members', async () => {
      expect(await by('agent')).toEqual([
        [1, 'Ann', 2],
        [2, '=1+1', 1],
        [5, null, 1],
        [98, null, 1],
      ])
    })

    test('teams: the conversation’s present one; without a name when it is gone or another account’s', async () => {
      expect(await by('team')).toEqual([
        [1, 'first line', 1],
        [2, null, 1],
        [77, null, 1],
      ])
    })

    test('inboxes: the message’s own', async () => {
      expect(await by('inbox')).toEqual([
        [1, 'Site', 4],
        [10, 'Zulu', 1],
        [2, null, 1],
        [77, null, 1],
      ])
    })

    test('labels: tags as they are spelled, without an id when they are no label of the account', async () => {
      expect(await by('label')).toEqual([
        [1, 'billing', 1],
        [10, 'vip', 1],
        [11, 'angry', 1],
        [null, 'VIP', 1],
        [null, 'orphan', 1],
      ])
    })

    test('is read from rollups once there are some; labels have none of the hours at the ends of the week', async () => {
      for (const group of ['agent', 'team', 'inbox', 'label']) {
        const { headers } = await ask('reports/outgoing_messages_count', { ...WEEK, group_by: group })
        expect(headers['x-report-source']).toBe(rolled ? (group === 'label' ? 'mixed' : 'rollup') : 'raw')
      }
    })

    test('without a range, nothing', async () => {
      for (const group of ['agent', 'team', 'inbox', 'label']) {
        for (const query of [{}, { since }, { until }, { since: until, until: since }]) {
          expect(await by(group, query as Given)).toEqual([])
        }
      }
    })

    test.each(['', 'account', 'Agent', 'toString', undefined])('group_by %s is refused without a word', async (group_by) => {
      for (const range of [WEEK, {}]) {
        const answer = await ask('reports/outgoing_messages_count', group_by === undefined ? range : { ...range, group_by })
        expect([answer.statusCode, answer.body]).toEqual([422, ''])
      }
    })
  })

  describe('summary_reports/channel', () => {
    const path = 'summary_reports/channel'

    test('by the present inbox’s channel and the present status', async () => {
      expect(await json(path)).toEqual({
        'Channel::WebWidget': { open: 1, resolved: 1, pending: 1, snoozed: 0, total: 3 },
        'Channel::Email': { open: 0, resolved: 1, pending: 0, snoozed: 0, total: 1 },
      })
      expect(await json(path, { since: since - 1, until })).toMatchObject({
        'Channel::Email': { open: 0, resolved: 1, pending: 0, snoozed: 1, total: 2 },
      })
    })

    test('six months at most; without a range nothing', async () => {
      expect(await json(path, { since: until - 15_778_476, until })).toHaveProperty('Channel::Email')
      const answer = await ask(path, { since: until - 15_778_477, until })
      expect([answer.statusCode, answer.body]).toEqual([422, '{"error":"Date range cannot exceed 6 months"}'])
      for (const query of [{}, { since: 0 }, { until }, { since: until, until: 0 }]) {
        expect(await json(path, query as Given)).toEqual({})
      }
    })
  })
})

test('a label that is gone, a conversation that moves: the next answer says so', async () => {
  await run(database.pool, 'update conversations set inbox_id = 12, team_id = 1 where id = 10')
  expect(await json('reports/inbox_label_matrix', { ...WEEK, inbox_ids: [12], label_ids: [10] })).toMatchObject({ matrix: [[1]] })
  expect(await json('summary_reports/channel')).toMatchObject({ 'Channel::Api': { pending: 1, total: 1 } })
  await run(database.pool, `delete from labels where title = 'vip'`)
  const labels = await json<object[]>('reports/outgoing_messages_count', { ...WEEK, group_by: 'label' })
  expect(labels).toContainEqual({ id: null, name: 'vip', outgoing_messages_count: 1 })
  const teams = await json<object[]>('reports/outgoing_messages_count', { ...WEEK, group_by: 'team' })
  expect(teams).toContainEqual({ id: 1, name: 'first line', outgoing_messages_count: 2 })
})

test('a matrix of more than a million cells, or 10,000 labels, is refused with what to name', async () => {
  const refusal = { error: expect.stringMatching(/at most 10000 .*1000000 cells.*label_ids\[\]=/) as string }
  const crowd = (table: string, columns: string, values: string, from: number, to: number) =>
    run(database.pool, `insert into ${table} (${columns}) select ${values} from generate_series(${from}, ${to}) n`)
  await crowd('labels', 'id, title, account_id, created_at, updated_at', `n, 'l' || n, 1, now(), now()`, 1001, 11_000)
  expect((await ask('reports/inbox_label_matrix', { label_ids: [1], inbox_ids: [1] })).statusCode).toBe(200)
  const tooMany = await ask('reports/inbox_label_matrix')
  expect([tooMany.statusCode, tooMany.json()]).toEqual([422, refusal])
  await run(database.pool, 'delete from labels where id > 10000')
  await crowd(
    'inboxes',
    'id, name, channel_id, account_id, created_at, updated_at',
    `n, 'i' || n, n, 1, now(), now()`,
    1001,
    1200,
  )
  const tooLarge = await ask('reports/inbox_label_matrix')
  expect([tooLarge.statusCode, tooLarge.json()]).toEqual([422, refusal])
  const narrowed = await json<{ matrix: number[][] }>('reports/inbox_label_matrix', { inbox_ids: [1, 10] })
  expect([narrowed.matrix.length, narrowed.matrix[0]!.length]).toEqual([2, 9002])
})
