import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createToken, findToken } from '../../src/access/tokens.ts'
import { byCommand } from '../../src/audit/change.ts'
import { many, one, run } from '../../src/db.ts'
import type { App } from '../../src/http/app.ts'
import type { TestDatabase } from '../support/database.ts'
import { serve } from './desk.ts'
import { asking } from './digests.ts'
import { NOON, openOffice } from './office.ts'

let database: TestDatabase
let app: App
let ask: ReturnType<typeof asking>
let at = NOON
beforeAll(async () => {
  database = await openOffice()
  app = serve(database.pool, { clock: () => at })
  ask = asking(app)
})
afterAll(async () => {
  await app.close()
  await database.drop()
})

const make = async (body: object = {}, who = {}) => ask('POST', 'tokens', { name: 'Board', role: 'viewer', ...body }, who)
const summary = 'reports/summary?since=2026-06-08&until=2026-06-15'
const statusOf = async (token: string, path = summary, account = 1) =>
  (await ask('GET', path, undefined, { token, account })).status

describe('a token', () => {
  test('is told once, kept as its digest, and listed without it', async () => {
    const { status, json, headers } = await make({ name: 'Wall board', expires_at: '2027-01-01T00:00:00+01:00' })
    expect(status).toBe(201)
    expect(headers['cache-control']).toBe('no-store')
    expect(json.token).toMatch(/^tmk_[\w-]{43}$/)
    expect(Buffer.from(json.token.slice(4), 'base64url')).toHaveLength(32)
    const { token, ...told } = json
    expect(told).toEqual({
      id: json.id,
      name: 'Wall board',
      role: 'viewer',
      prefix: token.slice(0, 10),
      user_id: null,
      user_name: null,
      created_at: '2026-06-15T12:00:00Z',
      expires_at: '2026-12-31T23:00:00Z',
      last_used_at: null,
      revoked_at: null,
    })
    const list = (await ask('GET', 'tokens')).json
    expect(list.tokens[0]).toEqual(told)
    const kept = await one<{ sha256: Buffer }>(database.pool, 'select sha256 from tidemark.tokens where id = $1', [json.id])
    expect(kept.sha256).toEqual(createHash('sha256').update(token).digest())
  })

  test('notes the minute of its last use, once a minute', async () => {
    const { token, id } = (await make()).json
    at = NOON + 61
    expect(await statusOf(token)).toBe(200)
    expect((await findToken(database.pool, 1, id)).usedAt).toBe(NOON + 60)
    const version = async () => (await one<{ v: string }>(database.pool, 'select xmin::text as v from tidemark.tokens where id = $1', [id])).v // prettier-ignore
    const before = await version()
    at = NOON + 119
    expect(await statusOf(token)).toBe(200)
    expect(await version()).toBe(before)
    at = NOON
  })

  test('stops working at once when it is revoked, which can be done again', async () => {
    const { token, id } = (await make()).json
    expect(await statusOf(token)).toBe(200)
    const [first, again] = [await ask('DELETE', `tokens/${id}`), await ask('DELETE', `tokens/${id}`)]
    expect([first.status, first.json.revoked_at]).toEqual([200, '2026-06-15T12:00:00Z'])
    expect(again.json).toEqual(first.json)
    const answer = await ask('GET', summary, undefined, { token })
    expect([answer.status, answer.json.detail]).toEqual([401, 'Invalid Access Token'])
    const acts = await many(database.pool, `select action from tidemark.audit_log where subject_kind = 'token' and subject_id = $1 order by id`, [id]) // prettier-ignore
    expect(acts).toEqual([{ action: 'token.create' }, { action: 'token.revoke' }])
  })

  test('runs out when it says so', async () => {
    const { token } = (await make({ expires_at: '2026-06-15T12:01:00Z' })).json
    at = NOON + 59
    expect(await statusOf(token)).toBe(200)
    at = NOON + 60
    expect(await statusOf(token)).toBe(401)
    at = NOON
  })

  test('ends with the membership of whom it stands for, and lives again with it', async () => {
    const { token, json } = await agentToken()
    expect(json.user_name).toBe('=1+1')
    const his = 'reports/agents?since=2026-06-08&until=2026-06-15'
    expect(await statusOf(token, his)).toBe(200)
    await run(database.pool, 'update account_users set account_id = 2 where account_id = 1 and user_id = 2')
    expect(await statusOf(token, his)).toBe(401)
    await run(database.pool, 'update account_users set account_id = 1 where account_id = 2 and user_id = 2')
    expect(await statusOf(token, his)).toBe(200)
  })

  test('of an administrator ends when he is none any more, and is made for nobody who is none', async () => {
    const administrator = (userId: number) => ({ name: 'his', role: 'administrator', userId, expiresAt: null }) as const
    const { text } = await createToken(database.pool, 1, administrator(1), byCommand(NOON))
    expect(await statusOf(text)).toBe(200)
    await run(database.pool, 'update account_users set role = 0 where account_id = 1 and user_id = 1')
    expect(await statusOf(text)).toBe(401)
    const asked = createToken(database.pool, 1, administrator(1), byCommand(NOON))
    await expect(asked).rejects.toMatchObject({ status: 422, message: expect.stringContaining('is no administrator') as string })
    await run(database.pool, 'update account_users set role = 1 where account_id = 1 and user_id = 1')
    expect(await statusOf(text)).toBe(200)
  })

  test('may be sent as a bearer token, which Chatwoot’s may not', async () => {
    const { token } = (await make()).json
    const url = `/api/v1/accounts/1/${summary}`
    const status = async (authorization: string) => (await app.inject({ url, headers: { authorization } })).statusCode
    expect(await status(`Bearer ${token}`)).toBe(200)
    expect(await status(`bearer  ${token} `)).toBe(200)
    for (const wrong of [
      `Bearer ${token}x`,
      `Bearer ${token} more`,
      `Basic ${token}`,
      'Bearer token-1',
      'Bearer',
      token,
      'Bearer tmk_',
    ]) {
      expect([wrong, await status(wrong)]).toEqual([wrong, 401])
    }
  })

  async function agentToken() {
    const { json } = await make({ role: 'agent', user_id: 2 })
    return { json, token: json.token as string }
  }
})

describe('what is refused', () => {
  test.each([
    [{ name: '' }, 'name'],
    [{ name: 'x'.repeat(121) }, 'name'],
    [{ name: 'two\nlines' }, 'name: must be one line'],
    [{ name: 'two\u2028lines' }, 'name: must be one line'],
    [{ role: 'owner' }, 'role: must be one of administrator, report_manager, viewer, agent'],
    [{ role: 'agent' }, 'say which user it stands for'],
    [{ role: 'agent', user_id: 5 }, 'There is no user 5 in this account'],
    [{ role: 'agent', user_id: 999 }, 'There is no user 999 in this account'],
    [{ role: 'administrator', user_id: 3 }, 'Only tokens with the role agent may stand for another user'],
    [{ expires_at: '2026-06-15T12:00:00Z' }, 'has passed already'],
    [{ expires_at: '2031-06-15T12:00:01Z' }, 'within 5 years'],
    [{ expires_at: 'tomorrow' }, 'expires_at: must be a time'],
    [{ account_id: 2 }, 'there is no field account_id'],
  ])('%j', async (body, message) => {
    const { status, json } = await make(body)
    expect([status, json.detail]).toEqual([422, expect.stringContaining(message)])
  })

  test('one may stand for oneself, and expire in exactly five years', async () => {
    const { status, json } = await make({ role: 'administrator', user_id: 1, expires_at: '2031-06-15T12:00:00Z' })
    expect([status, json.user_name]).toEqual([201, 'Ann'])
  })

  test('more than a hundred live ones, also when asked for at once', async () => {
    await run(database.pool, 'update tidemark.tokens set revoked_at = now() where account_id = 1')
    await run(
      database.pool,
      `insert into tidemark.tokens (account_id, name, role, sha256, prefix, created_at)
       select 1, 'n', 'viewer', sha256(i::text::bytea), 'tmk_12345', now() from generate_series(1, 98) i`,
    )
    const statuses = (await Promise.all([1, 2, 3, 4].map(() => make()))).map(({ status }) => status)
    expect(statuses.toSorted((a, b) => a - b)).toEqual([201, 201, 422, 422])
    await run(database.pool, `update tidemark.tokens set revoked_at = now() where account_id = 1 and name = 'n'`)
    expect((await make()).status).toBe(201)
  })

  test.each(['token-2', 'token-3', 'token-4'])('for %s all of it', async (token) => {
    for (const [method, path] of [
      ['GET', 'tokens'],
      ['POST', 'tokens'],
      ['DELETE', 'tokens/1'],
    ] as const)
      // prettier-ignore
      expect((await ask(method, path, method === 'POST' ? { name: 'x', role: 'viewer' } : undefined, { token })).status).toBe(403)
  })
})

test('tokens of operators, of other accounts and of nobody are told the same as strangers are', async () => {
  const operator = await createToken(
    database.pool,
    null,
    { name: 'ops', role: 'administrator', userId: null, expiresAt: null },
    byCommand(NOON),
  )
  const theirs = (await make({}, { token: 'token-5', account: 2 })).json.token
  const told = async (token: string, version: string, account: number) => {
    const url = `/api/${version}/accounts/${account}/${version === 'v1' ? summary : 'reports/summary?type=account'}`
    const answer = await app.inject({ url, headers: { api_access_token: token } })
    return [answer.statusCode, { ...answer.json(), request_id: '' }]
  }
  for (const version of ['v1', 'v2']) {
    for (const account of [1, 77]) {
      const stranger = await told('token-5', version, account)
      expect(await told(operator.text, version, account)).toEqual(stranger)
      expect(await told(theirs, version, account)).toEqual(stranger)
      expect(await told(`tmk_${'A'.repeat(43)}`, version, account)).toEqual(await told('nope', version, account))
    }
  }
  // Of a suspended account.
  const closed = await createToken(
    database.pool,
    3,
    { name: 'c', role: 'administrator', userId: null, expiresAt: null },
    byCommand(NOON),
  )
  expect(await told(closed.text, 'v2', 3)).toEqual([401, { error: 'Account is suspended', request_id: '' }])
  const administers = await app.inject({ url: '/api/v1/admin/audit', headers: { api_access_token: closed.text } })
  expect(administers.statusCode).toBe(403)
})
