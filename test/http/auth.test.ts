import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { App } from '../../src/http/app.ts'
import type { TestDatabase } from '../support/database.ts'
import { get, serve } from './desk.ts'
import { NOON, openOffice, WEEK } from './office.ts'

let database: TestDatabase
let app: App
beforeAll(async () => {
  database = await openOffice()
  app = serve(database.pool, { clock: () => NOON })
})
afterAll(async () => {
  await app.close()
  await database.drop()
})

const summary = (account: string) => `/api/v2/accounts/${account}/reports/summary`
const signIn = { errors: ['You need to sign in or sign up before continuing.'] }
const unknown = { error: 'Invalid Access Token' }
const missing = { error: 'Resource could not be found' }
const notAllowed = { error: 'You are not authorized to do this action' }

describe('who may read the reports of an account', () => {
  test.each([
    ['nobody', '1', {}, 401, signIn],
    ['an empty token', '1', { api_access_token: '' }, 401, signIn],
    ['session headers alone', '1', { 'access-token': 'a', client: 'b', uid: 'c' }, 401, signIn],
    ['an unknown token', '1', { api_access_token: 'nope' }, 401, unknown],
    ['a token in another case', '1', { api_access_token: 'TOKEN-1' }, 401, unknown],
    ['a token with more behind it', '1', { api_access_token: 'token-1x' }, 401, unknown],
    ['a very long token', '1', { api_access_token: 'x'.repeat(5000) }, 401, unknown],
    ['a token with NUL in it', '1', { api_access_token: 'token-1\0' }, 401, unknown],
    ['a bot', '1', { api_access_token: 'token-bot' }, 401, { error: 'Access to this endpoint is not authorized for bots' }],
    ['a platform app', '1', { api_access_token: 'token-app' }, 401, unknown],
    ['a user who was deleted', '1', { api_access_token: 'token-gone' }, 401, unknown],
    ['an unknown token, unknown account', '77', { api_access_token: 'nope' }, 401, unknown],
    ['an administrator elsewhere, account that does not exist', '77', { api_access_token: 'token-1' }, 404, missing],
    ['an account id beyond all numbers', '9'.repeat(40), { api_access_token: 'token-1' }, 404, missing],
    ['an account id that is none', 'abc', { api_access_token: 'token-1' }, 404, missing],
    ['no member', '1', { api_access_token: 'token-5' }, 401, { error: 'You are not authorized to access this account' }],
    [
      'no member of a suspended account',
      '3',
      { api_access_token: 'token-5' },
      401,
      { error: 'You are not authorized to access this account' },
    ],
    ['a member of a suspended account', '3', { api_access_token: 'token-1' }, 401, { error: 'Account is suspended' }],
    ['a plain agent', '1', { api_access_token: 'token-2' }, 401, notAllowed],
    ['a role that may not', '1', { api_access_token: 'token-4' }, 401, notAllowed],
  ])('%s is refused', async (_who, account, headers, status, body) => {
    const answer = await get(app, summary(account), { type: 'account', ...WEEK }, headers)
    expect([answer.statusCode, answer.json()]).toEqual([status, body])
  })

  test.each(['token-1', 'token-3'])('%s may', async (token) => {
    expect((await get(app, summary('1'), { type: 'account', ...WEEK }, { api_access_token: token })).statusCode).toBe(200)
  })

  test('the header may be written with hyphens, as it arrives behind some proxies', async () => {
    expect((await get(app, summary('1'), { type: 'account', ...WEEK }, { 'Api-Access-Token': 'token-1' })).statusCode).toBe(200)
  })

  test('who asks is settled before what he asks', async () => {
    const wrong = { type: 'nonsense', since: 'abc', metric: 'x' }
    expect((await get(app, summary('1'), wrong)).statusCode).toBe(401)
    expect((await get(app, summary('1'), wrong, { api_access_token: 'token-2' })).statusCode).toBe(401)
    expect((await get(app, summary('77'), wrong, { api_access_token: 'token-1' })).statusCode).toBe(404)
    expect((await get(app, summary('1'), wrong, { api_access_token: 'token-1' })).statusCode).toBe(422)
  })
})

describe('no report tells anything of another account', () => {
  const paths = [
    'reports', 'reports/summary', 'reports/bot_summary', 'reports/agents', 'reports/inboxes', 'reports/teams',
    'reports/labels', 'reports/conversations_summary', 'summary_reports/agent', 'summary_reports/inbox',
    'summary_reports/team', 'summary_reports/label',
  ] // prettier-ignore
  const query = { metric: 'conversations_count', type: 'account', ...WEEK }

  test.each(paths)('%s refuses a stranger', async (path) => {
    for (const suffix of ['', '.json', '.csv']) {
      const answer = await get(app, `/api/v2/accounts/2/${path}${suffix}`, query, { api_access_token: 'token-1' })
      expect([answer.statusCode, answer.json()]).toEqual([401, { error: 'You are not authorized to access this account' }])
    }
  })

  test.each([
    ['agent', 5],
    ['inbox', 2],
    ['team', 2],
    ['label', 2],
    ['agent', 99],
    ['agent', ''],
    ['inbox', 'abc'],
    ['team', '9'.repeat(30)],
  ])('%s %s is not found', async (type, id) => {
    for (const path of ['reports', 'reports/summary', 'reports/bot_summary']) {
      const answer = await get(app, `/api/v2/accounts/1/${path}`, { ...query, type, id }, { api_access_token: 'token-1' })
      expect([answer.statusCode, answer.json()]).toEqual([404, missing])
    }
  })
})
