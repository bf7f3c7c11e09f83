// The pages of the queues: who sees them, who changes what, and that no other site can. On both stores.
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { digestOf, TOKEN_PREFIX } from '../../src/access/own-token.ts'
import { many } from '../../src/db.ts'
import type { App } from '../../src/http/app.ts'
import { openQueues, type Queues } from '../../src/queue.ts'
import { kinds } from '../queue/backends.ts'
import { giveUp } from '../queue/given-up.ts'
import { tidemark } from '../support/command.ts'
import type { TestDatabase } from '../support/database.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'
import { serve } from './desk.ts'
import { openOffice } from './office.ts'

describe.each(kinds)('on %s', (store) => {
  let database: TestDatabase
  let redis: TestRedis | undefined
  let queues: Queues
  let app: App
  const tokens: Record<'administrator' | 'viewer' | 'account', string> = { administrator: '', viewer: '', account: '' }

  beforeAll(async () => {
    database = await openOffice()
    redis = store === 'Redis' ? await startRedis() : undefined
    const place = { pool: database.pool, url: database.url, redisUrl: redis?.url }
    queues = await openQueues(place)
    for (const [name, account, role] of [
      ['administrator', null, 'administrator'],
      ['viewer', null, 'viewer'],
      ['account', 1, 'administrator'],
    ] as const) {
      tokens[name] = TOKEN_PREFIX + randomBytes(32).toString('base64url')
      await database.pool.query(
        `insert into tidemark.tokens (account_id, name, role, sha256, prefix, created_at) values ($1, $2, $3, $4, $5, now())`,
        [account, name, role, digestOf(tokens[name]), tokens[name].slice(0, 12)],
      )
    }
    await giveUp(queues, place, [1, 2, 3])
    app = serve(database.pool, { queuePages: { queues: async () => queues, environment: 'test' } })
  })
  afterAll(async () => {
    await app.close()
    await queues.close()
    await redis?.stop()
    await database.drop()
  })

  const password = (token: string) => ({ authorization: `Basic ${Buffer.from(`anybody:${token}`).toString('base64')}` })
  const ask = (path: string, headers = {}, method: 'GET' | 'PUT' | 'POST' = 'GET') =>
    app.inject({ method, url: `/admin/queues${path}`, headers: { host: 'reports.example.com', ...headers } })
  const failedIds = async () => (await queues.failures()).map(({ jobId }) => jobId).sort()
  const acts = () =>
    many<{ action: string }>(
      database.pool,
      `select action, actor_kind, account_id, after from tidemark.audit_log where action like 'queue.%' order by id`,
    )
  const ours = { origin: 'http://reports.example.com', 'sec-fetch-site': 'same-origin' }

  test('an operator sees them, by password or token; nobody else does, and a browser is asked', async () => {
    for (const path of ['/', '', '/api/queues', '/static/images/logo.svg']) {
      for (const token of [tokens.administrator, tokens.viewer]) {
        expect((await ask(path, password(token))).statusCode, path).toBe(200)
        expect((await ask(path, { api_access_token: token })).statusCode, path).toBe(200)
      }
      const stranger = await ask(path)
      expect([stranger.statusCode, stranger.headers['www-authenticate']]).toEqual([401, expect.stringMatching(/^Basic /)])
      expect((await ask(path, password('tmk_' + 'x'.repeat(43)))).statusCode).toBe(401)
      expect((await ask(path, { authorization: 'Basic %%%' })).statusCode).toBe(401)
      // Administrators of an account, of ours and of Chatwoot's, are no operators.
      expect((await ask(path, password(tokens.account))).statusCode).toBe(403)
      expect((await ask(path, { api_access_token: 'token-1' })).statusCode).toBe(403)
    }
    // Refused, they are still seen to be there.
    expect(await pagesOf(app)).toHaveLength(4)
  })

  test('the page is a page of this installation alone', async () => {
    const page = await ask('/', password(tokens.viewer))
    expect(page.body).toContain('Tidemark (test)')
    expect(page.body).not.toMatch(/(src|href)="(https?:)?\/\//)
    expect(page.headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'")
    expect(page.headers['set-cookie']).toBeUndefined()
  })

  test('who may only look sees no buttons, and can change nothing', async () => {
    const [jobId = ''] = await failedIds()
    const seen = (await ask('/api/queues?activeQueue=rollups&status=failed', password(tokens.viewer))).json() as {
      queues: { name: string; readOnlyMode: boolean; jobs: { failedReason: string }[] }[]
    }
    expect(seen.queues.map(({ name, readOnlyMode }) => [name, readOnlyMode])).toEqual([
      ['rollups', true],
      ['backfills', true],
      ['digests', true],
    ])
    expect(seen.queues[0]!.jobs.map(({ failedReason }) => failedReason)).toEqual(Array(3).fill('cannot roll for [address]'))
    for (const path of [
      `/api/queues/rollups/${jobId}/retry`,
      '/api/queues/rollups/clean/failed',
      '/api/queues/rollups/promote',
    ]) {
      expect((await ask(path, { ...password(tokens.viewer), ...ours }, 'PUT')).statusCode).toBe(403)
    }
    expect(await failedIds()).toHaveLength(3)
    expect(await acts()).toEqual([])
  })

  test('another site changes nothing with a password that the browser remembers', async () => {
    const [jobId = ''] = await failedIds()
    const admin = password(tokens.administrator)
    for (const headers of [
      { ...admin },
      { ...admin, origin: 'https://evil.example' },
      { ...admin, origin: 'null' },
      { ...admin, origin: 'http://reports.example.com', 'sec-fetch-site': 'cross-site' },
      { ...admin, 'sec-fetch-site': 'same-site' },
      { ...admin, 'sec-fetch-site': 'none' },
    ]) {
      expect((await ask(`/api/queues/rollups/${jobId}/retry`, headers, 'PUT')).statusCode).toBe(403)
    }
    expect(await failedIds()).toHaveLength(3)
    expect(await acts()).toEqual([])
  })

  test('an administrator among the operators retries and removes, on the audit log; nothing else is done here', async () => {
    const [first = '', second = ''] = await failedIds()
    const admin = { ...password(tokens.administrator), ...ours }
    const named = { ...admin, 'x-request-id': 'order-66' }
    expect((await ask(`/api/queues/rollups/${first}/retry`, named, 'PUT')).statusCode).toBe(204)
    expect((await ask(`/api/queues/rollups/${second}/clean`, { api_access_token: tokens.administrator }, 'PUT')).statusCode).toBe(
      204,
    )
    expect(await failedIds()).toHaveLength(1)
    // What is refused is not on the log.
    expect((await ask(`/api/queues/rollups/${first}/retry`, admin, 'PUT')).statusCode).toBe(400)
    expect((await ask('/api/queues/rollups/nothing/retry', admin, 'PUT')).statusCode).toBe(404)
    for (const path of [
      '/api/queues/pause',
      '/api/queues/rollups/pause',
      '/api/queues/rollups/empty',
      '/api/queues/rollups/obliterate',
    ]) {
      expect((await ask(path, admin, 'PUT')).statusCode, path).toBe(403)
    }
    const add = { method: 'POST', url: '/admin/queues/api/queues/rollups/add', payload: { name: 'sweep', data: {} } } as const
    expect((await app.inject({ ...add, headers: { host: 'reports.example.com', ...admin } })).statusCode).toBe(403)
    const operator = { actor_kind: 'operator', account_id: null }
    expect(await acts()).toEqual([
      { ...operator, action: 'queue.retry', after: { queue: 'rollups', job_id: first } },
      { ...operator, action: 'queue.remove', after: { queue: 'rollups', job_id: second } },
    ])
    expect(
      await many(database.pool, `select request_id from tidemark.audit_log where action like 'queue.%' order by id`),
    ).toEqual([{ request_id: 'order-66' }, { request_id: expect.stringMatching(/^[\w-]{36}$/) as string }])
    expect((await queues.depths()).rollups).toMatchObject({ waiting: 1, failed: 1 })
  })

  if (store !== kinds.at(-1)) return
  test('at the command line: how many, which and why, and again', async () => {
    const env = { DATABASE_URL: database.url, REDIS_URL: redis?.url ?? '' }
    const [left] = await queues.failures()
    const run = (...args: string[]) => tidemark(args, env)
    const [listed, failed, unsaid, unknown] = await Promise.all([
      run('--json', 'queue', 'list'),
      run('--json', 'queue', 'failed', '--queue', 'rollups'),
      run('queue', 'retry'),
      run('queue', 'retry', '--queue', 'rollups', '--job', '99999'),
    ])
    expect([listed.code, JSON.parse(listed.stdout)]).toMatchObject([
      0,
      {
        store: store.toLowerCase(),
        queues: [{ queue: 'rollups', waiting: 1, failed: 1 }, { queue: 'backfills' }, { queue: 'digests' }],
      },
    ])
    expect(JSON.parse(failed.stdout)).toMatchObject({
      failed: [
        {
          queue: 'rollups',
          job: 'poison',
          job_id: left!.jobId,
          account_id: left!.accountId,
          attempts: 3,
          reason: 'cannot roll for [address]',
        },
      ],
    })
    expect([unsaid.code, unknown.code]).toEqual([2, 2])
    const again = await run('queue', 'retry', '--all', '--reason', 'mended')
    expect([again.code, again.stdout]).toEqual([0, '1 job is tried again.\n'])
    expect(await failedIds()).toEqual([])
    expect((await acts()).at(-1)).toEqual({
      action: 'queue.retry',
      actor_kind: 'command',
      account_id: null,
      after: { queue: 'rollups', job_id: left!.jobId },
    })
    expect(await acts()).toHaveLength(3)
  })
})

test('they are not there unless they are asked for', async () => {
  const database = await openOffice()
  const app = serve(database.pool)
  expect(await pagesOf(app)).toEqual([])
  await app.close()
  await database.drop()
})

/** The paths of the pages that a stranger is told something else of than that they do not exist. */
async function pagesOf(app: App): Promise<string[]> {
  const there: string[] = []
  for (const path of ['/admin/queues', '/admin/queues/', '/admin/queues/api/queues', '/admin/queues/static/images/logo.svg']) {
    const { statusCode, body } = await app.inject({ url: path })
    if (statusCode !== 404 || body !== '{"error":"Resource could not be found"}') there.push(path)
  }
  return there
}
