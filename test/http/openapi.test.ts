// The description of the API is a valid one, and every route keeps to it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import type { App } from '../../src/http/app.ts'
import { openPool } from '../../src/db.ts'
import { metricNames, metrics } from '../../src/rollups/metrics.ts'
import type { TestDatabase } from '../support/database.ts'
import { resolveRef, schemaProblems, validate, type Description } from '../support/openapi.ts'
import { get, serve } from './desk.ts'
import { NOON, openOffice, WEEK } from './office.ts'

interface Parameter {
  name: string
  in: string
  required?: boolean
  description?: string
  example?: unknown
  schema: Record<string, unknown>
}
interface Operation {
  operationId?: string
  tags?: string[]
  summary?: string
  security?: object[]
  parameters?: Parameter[]
  responses: Record<string, { description?: string; content?: Record<string, { schema?: object }> }>
}

let database: TestDatabase
let app: App
let document: Description & { openapi: string; info: Record<string, string>; tags: { name: string }[] }
let operations: { method: string; path: string; operation: Operation }[]
beforeAll(async () => {
  database = await openOffice()
  app = serve(database.pool, { clock: () => NOON })
  document = (await get(app, '/openapi.json')).json()
  operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    Object.entries(item as Record<string, Operation>).map(([method, operation]) => ({ method, path, operation })),
  )
})
afterAll(async () => {
  await app.close()
  await database.drop()
})

describe('the document', () => {
  test('is OpenAPI 3.1 with a title, a version and described tags', () => {
    expect(document.openapi).toMatch(/^3\.1\.\d+$/)
    expect(document.info).toMatchObject({ title: 'Tidemark', version: expect.stringMatching(/^\d/) as string })
    const used = operations.flatMap(({ operation }) => operation.tags ?? [])
    expect(document.tags.map(({ name }) => name)).toEqual(expect.arrayContaining(used) as string[])
  })

  test('every $ref leads somewhere, and every schema is made of keywords that are checked', () => {
    const visit = (node: unknown): void => {
      if (typeof node !== 'object' || node === null) return
      if ('$ref' in node) resolveRef(document, String(node.$ref))
      Object.values(node).forEach(visit)
    }
    visit(document)
    for (const { operation } of operations) {
      const responses = Object.values(operation.responses).flatMap(({ content = {} }) => Object.values(content))
      for (const { schema } of responses)
        expect(schemaProblems(schema as Record<string, unknown>, Symbol('none'))).not.toEqual([])
    }
  })

  test('every operation has a name of its own, one tag, a summary and described answers', () => {
    const ids = operations.map(({ operation }) => operation.operationId)
    expect(new Set(ids).size).toBe(operations.length)
    for (const { path, operation } of operations) {
      expect(operation.operationId, path).toMatch(/^\w+$/)
      expect(operation.tags, path).toHaveLength(1)
      expect(operation.summary, path).not.toBe('')
      for (const [status, { description = '' }] of Object.entries(operation.responses)) {
        expect({ path, status, description }).not.toMatchObject({ description: expect.stringMatching(/^$|Default/) as string })
      }
    }
  })

  test('every parameter of a path is declared and required; every parameter has a description and an example', () => {
    for (const { path, operation } of operations) {
      const { parameters = [] } = operation
      const declared = parameters.filter((parameter) => parameter.in === 'path')
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      expect(new Set(declared.map(({ name }) => name))).toEqual(new Set(named))
      expect(declared.filter(({ required }) => required !== true)).toEqual([])
      expect(new Set(parameters.map(({ name, in: place }) => `${place} ${name}`)).size).toBe(parameters.length)
      const poor = parameters.filter(({ description = '', example }) => description === '' || example === undefined)
      expect(poor.map(({ name }) => `${path} ${name}`)).toEqual([])
    }
  })

  test('every operation that needs a token says what it may refuse with', () => {
    for (const { path, operation } of operations.filter(({ operation }) => operation.security === undefined)) {
      expect({ path, statuses: Object.keys(operation.responses) }).toEqual({
        path,
        statuses: expect.arrayContaining([expect.stringMatching(/^20[014]$/), '401', '404', '422', '429', '503']) as string[],
      })
    }
  })
})

describe('answers', () => {
  const fill = (path: string, account: string) => path.replace('{account_id}', account).replaceAll(/\{\w+\}/g, '1')
  const question = { metric: 'conversations_count', type: 'account', group_by: 'day', timezone_offset: '0', ...WEEK }
  const problemsOf = async (server: App, path: string, account: string, token: string, query: Record<string, string>) => {
    const answer = await get(server, fill(path, account), query, { api_access_token: token })
    const isJson = String(answer.headers['content-type'] ?? '').includes('json')
    const body: unknown = isJson ? answer.json() : answer.body
    return { status: answer.statusCode, problems: validate(document, 'get', path, answer.statusCode, body) }
  }

  test('every route answers as described: well asked, badly asked, by strangers, of nobody, too often, and without a database', async () => {
    const limited = serve(database.pool, { clock: () => NOON, rateLimitMax: 1 })
    const nowhere = openPool('postgresql://postgres@127.0.0.1:1/none', { max: 1 })
    const lost = serve(nowhere, { clock: () => NOON })
    const seen = new Set<number>()
    for (const { path } of operations.filter(({ method }) => method === 'get')) {
      for (const [server, account, token, query] of [
        [app, '1', 'token-1', question],
        [app, '1', 'token-1', { ...question, format: 'csv' }],
        [app, '1', 'token-1', { ...question, since: 'abc', type: 'nobody' }],
        [app, '1', 'token-1', { ...question, type: 'inbox', id: '999' }],
        [app, '1', 'token-2', question],
        [app, '1', '', question],
        [app, '77', 'token-1', question],
        [limited, '1', 'token-1', question],
        [limited, '1', 'token-1', question],
        [lost, '1', 'token-1', question],
      ] as [App, string, string, Record<string, string>][]) {
        const { status, problems } = await problemsOf(server, path, account, token, query)
        seen.add(status)
        expect({ path, query, token, status, problems }).toEqual({ path, query, token, status, problems: [] })
      }
    }
    expect([...seen].sort((a, b) => a - b)).toEqual([200, 401, 403, 404, 422, 429, 503])
    await Promise.all([limited.close(), lost.close(), nowhere.end()])
  })

  test('what is not as described is found', () => {
    const path = '/api/v2/accounts/1/reports'
    expect(validate(document, 'GET', path, 200, [{ value: 1, timestamp: 2 }])).toEqual([])
    expect(validate(document, 'GET', path, 200, [{ value: '1', timestamp: 2 }])[0]).toContain('[0].value is "1", not number')
    expect(validate(document, 'GET', path, 200, [{ value: 1, timestamp: 2.5 }])[0]).toContain('timestamp')
    expect(validate(document, 'GET', path, 200, [{ value: 1 }])[0]).toContain('[0].timestamp is missing')
    expect(validate(document, 'GET', path, 200, [{ value: 1, timestamp: 2, more: 3 }])[0]).toContain('more is not described')
    expect(validate(document, 'GET', path, 200, 'a,b\n')).toEqual([expect.stringContaining('application/json only') as string])
    expect(validate(document, 'GET', path, 418, {})).toEqual([`GET ${path} may not answer 418`])
    expect(validate(document, 'POST', path, 200, {})).toEqual([`POST ${path} is not described`])
    expect(validate(document, 'GET', `${path}/nothing`, 200, {})[0]).toContain('is not described')
    expect(validate(document, 'GET', '/livez', 200, { status: 'broken' })).not.toEqual([])
    expect(() => schemaProblems({ type: 'object', patternProperties: {} }, {})).toThrow('patternProperties')
  })
})

test('a test server turns an answer that is not as described into a 500 that says so', async () => {
  const server = serve(database.pool)
  server.register(async (scope) => {
    scope.get('/lie', { schema: { response: { 200: z.object({ status: z.string() }) } } }, async (_request, reply) =>
      (reply as FastifyReply).code(202).send(),
    )
  })
  const answer = await get(server, '/lie')
  expect([answer.statusCode, answer.json()]).toEqual([500, { error: 'not as described: GET /lie may not answer 202' }])
  await server.close()
})

describe('the metric dictionary', () => {
  test('is the registry, in the open', async () => {
    const answer = await get(app, '/api/v1/metrics')
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'application/json; charset=utf-8'])
    const entries = answer.json() as Record<string, unknown>[]
    expect(entries.map(({ name }) => name)).toEqual(metricNames)
    for (const entry of entries) {
      const { title, definition, unit, direction, business } = metrics[entry['name'] as keyof typeof metrics]
      expect(entry).toMatchObject({ title, definition, unit, direction, business_hours: business !== undefined })
    }
    const of = (name: string) => entries.find((entry) => entry['name'] === name)
    const everything = ['account', 'inbox', 'agent', 'team', 'label']
    expect(of('conversations_count')).toMatchObject({ additive: true, dimensions: everything })
    expect(of('avg_resolution_time')).toMatchObject({ additive: false, business_hours: true, dimensions: everything })
    expect(of('bot_handoffs_count')).toMatchObject({ additive: false })
    expect(of('csat_score')).toMatchObject({ additive: false, unit: 'percent', direction: 'higher' })
    expect(of('tagged_resolutions_count')).toMatchObject({ additive: true, dimensions: ['label'] })
    expect(of('created_reply_time')).toMatchObject({ dimensions: ['label'] })
  })

  test('errors are problem documents', async () => {
    const limited = serve(database.pool, { rateLimitMax: 1 })
    await get(limited, '/api/v1/metrics')
    const refused = await get(limited, '/api/v1/metrics')
    expect([refused.statusCode, refused.headers['content-type']]).toEqual([429, 'application/problem+json; charset=utf-8'])
    expect(refused.json()).toMatchObject({ title: 'Too Many Requests', status: 429, code: 'rate_limited' })
    expect((await get(app, '/api/v1/metrics/none')).json()).toMatchObject({ status: 404, code: 'not_found' })
    await limited.close()
  })
})
