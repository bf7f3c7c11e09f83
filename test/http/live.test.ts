import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run } from '../../src/db.ts'
import type { App } from '../../src/http/app.ts'
import type { TestDatabase } from '../support/database.ts'
import { insertRows } from './case-rows.ts'
import { get, serve, type Given } from './desk.ts'
import { NOON, openOffice } from './office.ts'

const at = '2026-06-14T12:00:00Z'
const replied = { first_reply_created_at: at }
const conversation = { account_id: 1, inbox_id: 1, status: 'open', created_at: at }

let database: TestDatabase
let app: App
beforeAll(async () => {
  database = await openOffice()
  // The office itself has conversation 2: open, assigned to user 1, without a reply.
  await insertRows(database.pool, {
    conversations: [
      { ...conversation, id: 10, team_id: 1, ...replied },
      { ...conversation, id: 11, assignee_id: 2, ...replied, waiting_since: at },
      { ...conversation, id: 12, status: 'pending' },
      { ...conversation, id: 13, status: 'snoozed', team_id: 1 },
      // His assignee has left, and its inbox is gone.
      { ...conversation, id: 14, assignee_id: 9, team_id: 1, inbox_id: 77 },
      // Another tenant's, though it names our team.
      { ...conversation, id: 15, account_id: 2, team_id: 1, assignee_id: 1 },
    ],
  })
  app = serve(database.pool, { clock: () => NOON })
})
afterAll(async () => {
  await app.close()
  await database.drop()
})

const ask = (path: string, query: Given = {}, token = 'token-1') =>
  get(app, `/api/v2/accounts/1/${path}`, query, { api_access_token: token })
const notAllowed = { error: 'You are not authorized to do this action' }
const missing = { error: 'Resource could not be found' }

describe('reports/conversations', () => {
  test('the account; pending is 0 here though one is', async () => {
    const answer = await ask('reports/conversations', { type: 'account' })
    expect(answer.body).toBe('{"open":4,"unattended":3,"unassigned":1,"pending":0}')
    expect(answer.headers['x-report-source']).toBe('raw')
  })

  test('each member, the busiest first, nobody else', async () => {
    const agents = (await ask('reports/conversations', { type: 'agent' })).json() as { id: number; metric: object }[]
    expect(agents.map(({ id, metric }) => [id, metric])).toEqual([
      [2, { open: 1, unattended: 1 }],
      [1, { open: 1, unattended: 1 }],
      [4, { open: 0, unattended: 0 }],
      [3, { open: 0, unattended: 0 }],
    ])
    expect(agents[0]).toEqual({
      id: 2,
      name: '=1+1',
      email: 'ben@example.com',
      thumbnail: '',
      availability: 'busy',
      metric: { open: 1, unattended: 1 },
    })
  })

  test('25 to a page, sorted within it', async () => {
    const crowded = await openOffice()
    await run(
      crowded.pool,
      `insert into users (id, uid, name, created_at, updated_at) select n, n, 'u' || n, now(), now() from generate_series(100, 125) n`,
    )
    await run(
      crowded.pool,
      `insert into account_users (account_id, user_id, created_at, updated_at) select 1, n, now(), now() from generate_series(100, 125) n`,
    )
    await insertRows(crowded.pool, {
      conversations: [
        { ...conversation, id: 20, assignee_id: 125 },
        { ...conversation, id: 21, assignee_id: 125 },
        { ...conversation, id: 22, assignee_id: 120 },
        { ...conversation, id: 23, assignee_id: 120 },
      ],
    })
    const server = serve(crowded.pool, { clock: () => NOON })
    const page = async (query: Given) => {
      const headers = { api_access_token: 'token-1' }
      const answer = await get(server, '/api/v2/accounts/1/reports/conversations', { type: 'agent', ...query }, headers)
      expect(answer.statusCode).toBe(200)
      return answer.json<{ id: number }[]>().map(({ id }) => id)
    }
    const first = await page({})
    expect([first.length, first[0], first.includes(125)]).toEqual([25, 120, false])
    for (const same of ['1', '0', '-1', 'abc', '', '1.9']) expect(await page({ page: same })).toEqual(first)
    expect(await page({ page: '2' })).toEqual([125, 124, 123, 122, 121])
    for (const beyond of ['3', '2147483647']) expect(await page({ page: beyond })).toEqual([])
    await server.close()
    await crowded.drop()
  })

  test('who has himself shown as offline when away is offline', async () => {
    await run(database.pool, 'update account_users set auto_offline = true where account_id = 1 and user_id = 3')
    const agents = (await ask('reports/conversations', { type: 'agent' })).json() as { id: number; availability: string }[]
    expect(agents.map(({ id, availability }) => [id, availability])).toEqual([
      [2, 'busy'],
      [1, 'online'],
      [4, 'online'],
      [3, 'offline'],
    ])
  })

  test('other types and none', async () => {
    for (const query of [{}, { type: '' }, { type: ' ' }]) {
      const answer = await ask('reports/conversations', query)
      expect([answer.statusCode, answer.body]).toEqual([422, ''])
    }
    for (const type of ['inbox', 'label', 'team']) {
      const answer = await ask('reports/conversations', { type })
      expect([answer.statusCode, answer.json()]).toEqual([404, missing])
    }
    const answer = await ask('reports/conversations', { type: 'Account' })
    expect([answer.statusCode, answer.json()]).toEqual([422, { error: 'type must be account or agent.' }])
  })

  test('the right to read reports comes first', async () => {
    for (const query of [{ type: 'account' }, {}, { type: 'inbox' }]) {
      const answer = await ask('reports/conversations', query, 'token-2')
      expect([answer.statusCode, answer.json()]).toEqual([401, notAllowed])
    }
    expect((await ask('reports/conversations', { type: 'account' }, 'token-3')).statusCode).toBe(200)
  })
})

describe('live_reports', () => {
  test('the account and a team', async () => {
    const path = 'live_reports/conversation_metrics'
    expect((await ask(path)).body).toBe('{"open":4,"unattended":3,"unassigned":1,"pending":1}')
    expect((await ask(path, { team_id: '1' })).body).toBe('{"open":2,"unattended":1,"unassigned":1,"pending":0}')
    expect((await ask(path, { team_id: '1abc' })).json()).toMatchObject({ open: 2 })
  })

  test('by team and by assignee, those of nobody too', async () => {
    const path = 'live_reports/grouped_conversation_metrics'
    expect((await ask(path, { group_by: 'team_id' })).body).toBe(
      '[{"open":2,"unattended":1,"unassigned":1,"team_id":1},{"open":2,"unattended":2,"unassigned":0,"team_id":null}]',
    )
    expect((await ask(path, { group_by: 'assignee_id' })).json()).toEqual([
      { open: 1, unattended: 1, unassigned: 0, assignee_id: 1 },
      { open: 1, unattended: 1, unassigned: 0, assignee_id: 2 },
      { open: 1, unattended: 1, unassigned: 0, assignee_id: 9 },
      { open: 1, unattended: 0, unassigned: 1, assignee_id: null },
    ])
    expect((await ask(path, { group_by: 'assignee_id', team_id: '1' })).json()).toEqual([
      { open: 1, unattended: 1, unassigned: 0, assignee_id: 9 },
      { open: 1, unattended: 0, unassigned: 1, assignee_id: null },
    ])
  })

  test.each<[string, Given, number, object]>([
    ['conversation_metrics', { team_id: '2' }, 404, missing],
    ['conversation_metrics', { team_id: '' }, 404, missing],
    ['conversation_metrics', { team_id: '9'.repeat(30) }, 404, missing],
    ['grouped_conversation_metrics', {}, 422, { error: 'invalid group_by' }],
    ['grouped_conversation_metrics', { group_by: 'inbox_id' }, 422, { error: 'invalid group_by' }],
    ['grouped_conversation_metrics', { group_by: 'team_id', team_id: '77' }, 404, missing],
    ['grouped_conversation_metrics', { group_by: 'x', team_id: '77' }, 404, missing],
  ])('%s with %j is refused to whoever may and may not read reports', async (path, query, status, body) => {
    for (const token of ['token-1', 'token-2', 'token-3', 'token-4']) {
      const answer = await ask(`live_reports/${path}`, query, token)
      expect([answer.statusCode, answer.json()]).toEqual([status, body])
    }
    expect((await ask(`live_reports/${path}`, query, 'token-5')).statusCode).toBe(401)
  })

  test('with parameters in order, the right to read reports decides', async () => {
    for (const [path, query] of [
      ['live_reports/conversation_metrics', {}],
      ['live_reports/conversation_metrics', { team_id: '1' }],
      ['live_reports/grouped_conversation_metrics', { group_by: 'team_id' }],
    ] as const) {
      for (const token of ['token-2', 'token-4']) {
        const answer = await ask(path, query, token)
        expect([answer.statusCode, answer.json()]).toEqual([401, notAllowed])
      }
      expect((await ask(path, query, 'token-3')).statusCode).toBe(200)
    }
  })
})
