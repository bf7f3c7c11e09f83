import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPool } from '../../src/db.ts'
import type { App } from '../../src/http/app.ts'
import { version } from '../../src/version.ts'
import type { TestDatabase } from '../support/database.ts'
import { intercept } from '../support/intercept.ts'
import { get, serve } from './desk.ts'
import { NOON, openOffice, WEEK } from './office.ts'

interface Operation {
  operationId: string
  security?: object[]
  parameters?: { name: string; in: string; description?: string }[]
  responses: object
}

let database: TestDatabase
let app: App
beforeAll(async () => {
  database = await openOffice()
  app = serve(database.pool, { clock: () => NOON, publicUrl: 'https://reports.example.com/' })
})
afterAll(async () => {
  await app.close()
  await database.drop()
})

describe('probes', () => {
  test('a process that can work is alive and ready', async () => {
    expect((await get(app, '/livez')).statusCode).toBe(200)
    const ready = await get(app, '/readyz')
    expect([ready.statusCode, ready.json()]).toEqual([200, { status: 'ok', problems: [] }])
  })

  test('a process that is behind says why', async () => {
    const behind = serve(database.pool, { ready: async () => ['Migrations are missing.'] })
    const ready = await get(behind, '/readyz')
    expect([ready.statusCode, ready.json()]).toEqual([503, { status: 'unready', problems: ['Migrations are missing.'] }])
    await behind.close()
  })

  test('a process that is shutting down is alive and not ready', async () => {
    const leaving = serve(database.pool)
    await leaving.ready()
    leaving.drain()
    expect((await get(leaving, '/readyz')).statusCode).toBe(503)
    expect((await get(leaving, '/livez')).statusCode).toBe(200)
    await leaving.close()
  })

  test('without its database a process is alive and not ready, and reports say 503', async () => {
    const nowhere = openPool('postgresql://postgres@127.0.0.1:1/none', { max: 1 })
    const lost = serve(nowhere)
    expect((await get(lost, '/livez')).statusCode).toBe(200)
    const ready = await get(lost, '/readyz')
    expect([ready.statusCode, ready.json()]).toEqual([
      503,
      { status: 'unready', problems: ['The database cannot be reached (ECONNREFUSED).'] },
    ])
    const report = await get(lost, '/api/v2/accounts/1/reports/summary', { type: 'account' }, { api_access_token: 'token-1' })
    expect([report.statusCode, report.json()]).toEqual([503, { error: expect.stringContaining('database') as string }])
    await lost.close()
    await nowhere.end()
  })

  test('a database that does not answer makes it unready within seconds', async () => {
    const stuck = serve(database.pool, { ready: () => new Promise(() => {}) })
    const ready = await get(stuck, '/readyz')
    expect(ready.statusCode).toBe(503)
    await stuck.close()
  })
})

describe('errors', () => {
  test('what nobody foresaw is a 500 without its inside', async () => {
    const broken = openPool(database.url, { max: 1 })
    await broken.query('set search_path to pg_catalog')
    const server = serve(database.pool, { readPool: broken, clock: () => NOON })
    const answer = await get(server, '/api/v2/accounts/1/reports/agents', WEEK, { api_access_token: 'token-1' })
    expect([answer.statusCode, answer.json()]).toEqual([500, { error: 'Something went wrong here; the log has the details.' }])
    await server.close()
    await broken.end()
  })

  test('what is not there is a 404 in the words of its API', async () => {
    for (const path of [
      '/nowhere',
      '/api/v2/accounts/1/nothing',
      '/api/v2/accounts/1/reports/agents.xml',
      '/api/v2/accounts/1/reports/agents/1',
    ]) {
      const answer = await get(app, path, {}, { api_access_token: 'token-1' })
      expect([answer.statusCode, answer.json()]).toEqual([404, { error: 'Resource could not be found' }])
    }
    const problem = await get(app, '/api/v1/accounts/1/nothing')
    expect(problem.headers['content-type']).toContain('application/problem+json')
    expect(problem.json()).toMatchObject({
      title: 'Not Found',
      detail: 'Resource could not be found',
      status: 404,
      code: 'not_found',
    })
  })

  test('an address that is none', async () => {
    const answer = await app.inject({ url: '/api/v2/accounts/%zz/reports' })
    expect(answer.statusCode).toBe(400)
    expect(Object.keys(answer.json())).toEqual(['error'])
  })

  test('other methods are not found', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH'] as const) {
      const answer = await app.inject({
        method,
        url: '/api/v2/accounts/1/reports',
        payload: '{}',
        headers: { 'content-type': 'application/json' },
      })
      expect(answer.statusCode).toBe(404)
    }
  })
})

describe('requests a minute', () => {
  const path = '/api/v2/accounts/1/reports/summary'
  const query = { type: 'account', ...WEEK }

  /** How many of four requests of one token are answered, then of two of another, and of five that ask how the process is. */
  async function answered(of: App) {
    const count = async (times: number, ask: () => ReturnType<typeof get>) => {
      let n = 0
      for (let i = 0; i < times; i++) if ((await ask()).statusCode !== 429) n++
      return n
    }
    const by = (token: string) => () => get(of, path, query, { api_access_token: token })
    return [await count(4, by('token-1')), await count(2, by('token-3')), await count(5, () => get(of, '/livez'))]
  }

  test('each token has its own; beyond them 429 says when to come again, and asks nothing of the database', async () => {
    const statements: string[] = []
    const pool = intercept(database.pool, { before: (text) => void statements.push(text) })
    const limited = serve(pool, { rateLimitMax: 3, clock: () => NOON })
    expect(await answered(limited)).toEqual([3, 2, 5])
    expect(statements).not.toEqual([])
    statements.length = 0
    const refused = await get(limited, path, query, { api_access_token: 'token-1' })
    expect(refused.statusCode).toBe(429)
    expect(refused.json()).toEqual({ error: expect.stringContaining('More than 3 requests a minute') as string })
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    expect(statements).toEqual([])
    await limited.close()
  })

  test('one who counts all together is found, and one who does not count', async () => {
    const together = serve(database.pool, { clock: () => NOON })
    let n = 0
    together.addHook('onRequest', async (_, reply) => (++n > 3 ? reply.code(429).send({ error: 'Too many' }) : undefined))
    expect(await answered(together)).toEqual([3, 0, 5])
    await together.close()
    expect(await answered(app)).toEqual([4, 2, 5])
  })

  test('whoever hammers is told each time when to come again, and nobody else is ever refused', async () => {
    const limited = serve(database.pool, { rateLimitMax: 60, clock: () => NOON })
    const asked = async (token: string, account: number) => {
      const address = `/api/v2/accounts/${account}/reports/summary`
      const { statusCode, headers } = await get(limited, address, query, { api_access_token: token })
      return { status: statusCode, after: headers['retry-after'] }
    }
    const [hammering, others]: Awaited<ReturnType<typeof asked>>[][] = [[], []]
    for (let round = 0; round < 15; round++) {
      const tries = Array.from({ length: 10 }, () => asked('token-1', 1))
      others!.push(await asked('token-5', 2), await asked('token-3', 1))
      hammering!.push(...(await Promise.all(tries)))
    }
    expect(others!.filter(({ status }) => status !== 200)).toEqual([])
    const refused = hammering!.filter(({ status }) => status === 429)
    expect([hammering!.filter(({ status }) => status === 200).length, refused.length]).toEqual([60, 90])
    expect(refused.filter(({ after }) => !(Number(after) >= 1 && Number(after) <= 60))).toEqual([])
    await limited.close()
  })

  test('refused tokens are counted too', async () => {
    const limited = serve(database.pool, { rateLimitMax: 2 })
    const statuses = []
    for (let i = 0; i < 4; i++) statuses.push((await get(limited, path, query)).statusCode)
    expect(statuses).toEqual([401, 401, 429, 429])
    await limited.close()
  })
})

describe('pages', () => {
  test('the start page says what runs here and loads nothing from elsewhere', async () => {
    const page = await get(app, '/')
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(page.headers['content-security-policy']).toContain("default-src 'none'")
    expect(page.body).toContain(
      'https://reports.example.com/api/v2/accounts/1/reports/summary?type=account&amp;since=1780876800&amp;until=1781481600',
    )
    expect(page.body).toContain('href="/openapi.json"')
    expect(page.body).toContain('href="/docs"')
    // Long commands wrap: a box to scroll would hide them from whoever has only a keyboard.
    expect(page.body).toContain('white-space: pre-wrap')
    expect(page.body).not.toMatch(/<script|src="http|url\(http|@import/)
  })

  test('openapi.json describes every route with its parameters', async () => {
    const document = (await get(app, '/openapi.json')).json() as {
      openapi: string
      info: { version: string }
      paths: Record<string, Record<string, Operation>>
    }
    expect([document.openapi, document.info.version]).toEqual([expect.stringMatching(/^3\.1/), version])
    const below = (name: string) => `/api/v2/accounts/{account_id}/${name}`
    expect(Object.keys(document.paths).sort()).toEqual([
      ...['', '/download', '/metrics'].map((name) => `/api/v1/accounts/{account_id}/csat_survey_responses${name}`),
      ...['', '/link', '/mail', '/resend', '/resolve'].map(
        (name) => `/api/v1/accounts/{account_id}/deliveries/{delivery}${name}`,
      ),
      ...['', '/check', '/reassign', '/{digest}', '/{digest}/deliveries', '/{digest}/pause', '/{digest}/preview', '/{digest}/resume',
        '/{digest}/run', '/{digest}/slots', '/{digest}/slots/{slot}/release', '/{digest}/slots/{slot}/rerun', '/{digest}/slots/{slot}/skip',
        '/{digest}/test', '/{digest}/test_mails'].map((name) => `/api/v1/accounts/{account_id}/digests${name}`), // prettier-ignore
      ...['', '/{group}'].map((name) => `/api/v1/accounts/{account_id}/recipient_groups${name}`),
      ...['recipient_policy', 'recipients', 'reports/agents', 'reports/bots', 'reports/csat', 'reports/drilldown', 'reports/first_response_buckets', 'reports/heatmap',
        'reports/inbox_label_matrix', 'reports/inboxes', 'reports/labels', 'reports/live', 'reports/outgoing_messages', 'reports/summary',
        'reports/teams', 'reports/timeseries', 'settings', 'suppressions', 'targets', 'tokens', 'tokens/{token}'].map((name) => `/api/v1/accounts/{account_id}/${name}`), // prettier-ignore
      '/api/v1/admin/audit',
      ...[
        '',
        '/{backfill}',
        '/{backfill}/cancel',
        '/{backfill}/events',
        '/{backfill}/failed_hours',
        '/{backfill}/pause',
        '/{backfill}/resume',
        '/{backfill}/retry',
      ].map((name) => `/api/v1/admin/backfills${name}`),
      ...['dirty', 'grid', 'mismatches', 'status', 'verify'].map((name) => `/api/v1/admin/rollups/${name}`),
      '/api/v1/metrics',
      ...['live_reports/conversation_metrics', 'live_reports/grouped_conversation_metrics', 'reports', 'reports/agents',
        'reports/bot_metrics', 'reports/bot_summary', 'reports/conversation_traffic', 'reports/conversations',
        'reports/conversations_summary', 'reports/drilldown', 'reports/first_response_time_distribution', 'reports/inbox_label_matrix',
        'reports/inboxes', 'reports/labels', 'reports/outgoing_messages_count', 'reports/summary', 'reports/teams',
        'summary_reports/agent', 'summary_reports/channel', 'summary_reports/inbox', 'summary_reports/label',
        'summary_reports/team', 'year_in_review'].map(below), // prettier-ignore
      '/livez',
      '/readyz',
    ])
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path))
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length)
    const parametersOf = (name: string) => document.paths[below(name)]!['get']!.parameters ?? []
    const all = operations.flatMap(({ parameters = [] }) => parameters)
    expect(all.filter(({ description = '' }) => description === '')).toEqual([])
    expect(
      parametersOf('reports')
        .map(({ name }) => name)
        .sort(),
    ).toEqual([
      'account_id',
      'business_hours',
      'group_by',
      'id',
      'metric',
      'since',
      'timezone',
      'timezone_offset',
      'type',
      'until',
    ])
    expect(Object.keys(document.paths[below('reports/agents')]!['get']!.responses)).toEqual([
      '200',
      '401',
      '404',
      '422',
      '429',
      '503',
    ])
    expect(parametersOf('reports/conversations_summary').map(({ name }) => name)).not.toContain('format')
    expect([document.paths['/livez']!['get']!.security, document.paths[below('reports')]!['get']!.security]).toEqual([
      [],
      undefined,
    ])
  })
})
