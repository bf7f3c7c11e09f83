import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { many } from '../../src/db.ts'
import type { App } from '../../src/http/app.ts'
import type { TestDatabase } from '../support/database.ts'
import { insertRows } from './case-rows.ts'
import { get, rollEverything, serve, type Given } from './desk.ts'
import { NOON, openOffice } from './office.ts'

const conversation = (id: number, created_at: string, more: Record<string, unknown> = {}) =>
  ({ id, account_id: 1, inbox_id: 1, assignee_id: 2, created_at, ...more }) // prettier-ignore
const response = (id: number, value: number | null, created_at: string, more: Record<string, unknown> = {}) =>
  ({ id, account_id: 1, inbox_id: 1, name: 'first_response', user_id: 2, value, created_at, ...more }) // prettier-ignore

let database: TestDatabase
let app: App
beforeAll(async () => {
  database = await openOffice()
  await insertRows(database.pool, {
    conversations: [
      conversation(10, '2025-01-01T00:00:00Z'),
      conversation(11, '2024-12-31T23:59:59.999Z'),
      conversation(12, '2025-12-31T23:59:59.999Z'),
      conversation(13, '2026-01-01T00:00:00Z'),
      // Two on each of these days in UTC; on 5 and 6 March in New York.
      conversation(14, '2025-03-05T00:30:00Z'),
      conversation(15, '2025-03-05T23:30:00Z'),
      conversation(16, '2025-03-07T01:00:00Z'),
      conversation(17, '2025-03-07T02:00:00Z'),
      conversation(18, '2025-03-07T03:00:00Z', { assignee_id: 1 }),
      conversation(19, '2025-03-07T03:00:00Z', { account_id: 2 }),
      conversation(20, '2025-03-07T03:00:00Z', { assignee_id: null }),
    ],
    reporting_events: [
      response(10, 100, '2025-01-01T00:00:00Z'),
      response(11, 101.99, '2025-12-31T23:59:59.999Z'),
      response(12, null, '2025-06-01T00:00:00Z'),
      response(13, 9000, '2026-01-01T00:00:00Z'),
      response(14, 9000, '2024-12-31T23:59:59Z'),
      response(15, 9000, '2025-06-01T00:00:00Z', { user_id: 1 }),
      response(16, 9000, '2025-06-01T00:00:00Z', { account_id: 2 }),
      response(17, 9000, '2025-06-01T00:00:00Z', { name: 'reply_time' }),
    ],
  })
  app = serve(database.pool, { clock: () => NOON })
})
afterAll(async () => {
  await app.close()
  await database.drop()
})

const ask = (query: Given = {}, token = 'token-2', account = 1) =>
  get(app, `/api/v2/accounts/${account}/year_in_review`, query, { api_access_token: token })

describe.each([false, true])('a year with rollups: %s', (rolled) => {
  beforeAll(async () => {
    if (rolled) await rollEverything(database.pool, NOON + 86400)
  })

  test('a plain agent reads his own, in UTC; of the days with most the first', async () => {
    const body =
      '{"year":2025,"total_conversations":6,"busiest_day":{"date":"Mar 05","count":2},"support_personality":{"avg_response_time_seconds":100}}'
    const answer = await ask({ year: '2025' })
    expect([answer.body, answer.headers['x-report-source']]).toEqual([body, rolled ? 'rollup' : 'raw'])
    // The year that has ended is the one without a year.
    for (const query of [{}, { year: '' }]) expect((await ask(query)).body).toBe(body)
    expect((await ask({ year: 2025 }, 'token-1')).json()).toMatchObject({
      total_conversations: 1,
      busiest_day: { date: 'Mar 07', count: 1 },
      support_personality: { avg_response_time_seconds: 9000 },
    })
  })

  test('a year in which nothing happened', async () => {
    for (const year of ['1970', '2099', '2023']) {
      expect((await ask({ year })).json()).toEqual({
        year: Number(year),
        total_conversations: 0,
        busiest_day: null,
        support_personality: { avg_response_time_seconds: 0 },
      })
    }
  })
})

test('every member may, nobody else', async () => {
  for (const token of ['token-1', 'token-2', 'token-3', 'token-4']) expect((await ask({}, token)).statusCode).toBe(200)
  const answer = await ask({}, 'token-5')
  expect([answer.statusCode, answer.json()]).toEqual([401, { error: 'You are not authorized to access this account' }])
  expect((await ask({}, 'token-2', 2)).statusCode).toBe(401)
  expect((await ask({}, 'token-1', 77)).statusCode).toBe(404)
})

test.each(['1969', '2100', '25', '20250', 'abc', '2025.5', '-2025'])('the year %s is refused with a sentence', async (year) => {
  const answer = await ask({ year })
  expect([answer.statusCode, answer.json()]).toEqual([422, { error: 'year must be a year from 1970 to 2099, such as 2025.' }])
})

test('nothing is kept with the user, and the next answer is of the rows as they are then', async () => {
  expect((await ask({ year: '2025' })).json()).toMatchObject({ total_conversations: 6 })
  await database.pool.query('update conversations set assignee_id = 1 where id = 14')
  expect((await ask({ year: '2025' })).json()).toMatchObject({
    total_conversations: 5,
    busiest_day: { date: 'Mar 07', count: 2 },
  })
  expect(await many(database.pool, `select id from users where ui_settings <> '{}'`)).toEqual([])
})
