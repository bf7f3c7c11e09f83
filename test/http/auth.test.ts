import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run } from '../../src/db.ts'
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
    ['a token that belongs to nobody', '1', { api_access_token: 'token-nobody' }, 401, unknown],
    ['a token that is encoded', '1', { api_access_token: '%74oken-1' }, 401, unknown],
    ['a token in another header', '1', { authorization: 'Bearer token-1' }, 401, signIn],
    ['an unknown token, unknown account', '77', { api_access_token: 'nope' }, 401, unknown],
    ['an administrator elsewhere, account that does not exist', '77', { api_access_token: 'token-1' }, 404, missing],
    ['an account id beyond all numbers', '9'.repeat(40), { api_access_token: 'token-1' }, 404, missing],
    ['an account id of 200 digits', '9'.repeat(200), { api_access_token: 'token-1' }, 404, missing],
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

  test('a token that is taken away stops working at once, and so does a membership', async () => {
    const report = async () => (await get(app, summary('1'), { type: 'account', ...WEEK }, { api_access_token: 'spare' })).json()
    await run(
      database.pool,
      `insert into access_tokens (owner_type, owner_id, token, created_at, updated_at) values ('User', 3, 'spare', now(), now())`,
    )
    expect(await report()).toHaveProperty('previous')
    await run(database.pool, `update account_users set custom_role_id = null where user_id = 3`)
    expect(await report()).toEqual(notAllowed)
    await run(database.pool, `delete from access_tokens where token = 'spare'`)
    expect(await report()).toEqual(unknown)
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
  const query = { metric: 'conversations_count', type: 'account', ...WEEK }

  test('every route refuses everyone who may not, in the same words under every suffix', async () => {
    const document = (await get(app, '/openapi.json')).json() as { paths: Record<string, object> }
    const prefix = '/api/v2/accounts/{account_id}'
    const paths = Object.keys(document.paths).filter((path) => path.startsWith(prefix))
    expect(paths.length).toBeGreaterThanOrEqual(22)
    for (const path of paths) {
      const isOwn = path.endsWith('/year_in_review')
      for (const [account, token, status, body] of [
        ['1', '', 401, signIn],
        ['1', 'nope', 401, unknown],
        ['1', 'token-bot', 401, { error: 'Access to this endpoint is not authorized for bots' }],
        ['1', 'token-2', 401, notAllowed],
        ['1', 'token-5', 401, { error: 'You are not authorized to access this account' }],
        ['2', 'token-1', 401, { error: 'You are not authorized to access this account' }],
        ['3', 'token-1', 401, { error: 'Account is suspended' }],
        ['77', 'token-1', 404, missing],
        ['1,2', 'token-1', 404, missing],
      ] as const) {
        // Everybody may read what he did himself.
        if (isOwn && token === 'token-2') continue
        for (const suffix of ['', '.json', '.csv']) {
          const url = path.replace(prefix, `/api/v2/accounts/${account}`) + suffix
          const answer = await get(app, url, { ...query, group_by: 'team_id' }, { api_access_token: token })
          expect([url, token, answer.statusCode, answer.json()]).toEqual([url, token, status, body])
        }
      }
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
    ['agent', '5abc'],
    ['inbox', '-1'],
    ['label', '2147483648'],
    ['team', '9'.repeat(30)],
  ])('%s %s is not found', async (type, id) => {
    for (const path of ['reports', 'reports/summary', 'reports/bot_summary']) {
      const answer = await get(app, `/api/v2/accounts/1/${path}`, { ...query, type, id }, { api_access_token: 'token-1' })
      expect([answer.statusCode, answer.json()]).toEqual([404, missing])
    }
  })
})
