import { connect, createServer, type AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPool, run } from '../../src/db.ts'
import type { App } from '../../src/http/app.ts'
import type { TestDatabase } from '../support/database.ts'
import { serve } from './desk.ts'
import { NOON, openOffice, WEEK } from './office.ts'

let database: TestDatabase
let app: App
let origin: string
beforeAll(async () => {
  database = await openOffice()
  app = serve(database.pool, { clock: () => NOON })
  origin = await app.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(async () => {
  await app.close()
  await database.drop()
})

const week = `since=${WEEK.since}&until=${WEEK.until}`
const summary = `/api/v2/accounts/1/reports/summary?type=account&${week}`
const ask = (path: string, { headers, ...rest }: RequestInit = {}) =>
  fetch(origin + path, { ...rest, headers: { api_access_token: 'token-1', ...(headers as Record<string, string>) } })

/** What the server writes to someone who sends these bytes. */
function send(bytes: string): Promise<string> {
  const { port } = app.server.address() as AddressInfo
  return new Promise((resolve, reject) => {
    let heard = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    socket.on('data', (data) => (heard += data.toString()))
    socket.on('error', reject).on('close', () => resolve(heard))
  })
}

describe('what is too long or no request at all is refused in the words of other errors', () => {
  test.each([
    [16_000, 401],
    [16_400, 414],
    [30_000, 414],
    [100_000, 431],
  ])('an address of about %d characters: %d', async (length, status) => {
    const answer = await fetch(`${origin}/api/v2/accounts/1/reports?metric=${'x'.repeat(length)}`)
    expect(answer.status).toBe(status)
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(Object.keys((await answer.json()) as object)).toEqual([status === 401 ? 'errors' : 'error'])
  })

  test('what is not HTTP', async () => {
    expect(await send('HELO there\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n[^]*\r\n\r\n\{"error":"[^"]+"\}$/)
  })

  test('what dribbles in is given up after a minute', () => {
    expect([app.server.requestTimeout, app.server.headersTimeout]).toEqual([60_000, 60_000])
  })

  test('an address that cannot be decoded has the headers of every answer', async () => {
    const answer = await ask('/api/v2/accounts/%zz/reports')
    expect(answer.status).toBe(400)
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
  })
})

describe('methods', () => {
  test('HEAD is answered as GET, without the body', async () => {
    const [head, whole] = [await ask(summary, { method: 'HEAD' }), await ask(summary)]
    expect([head.status, await head.text()]).toEqual([200, ''])
    for (const name of ['content-type', 'content-length', 'etag', 'x-report-source']) {
      expect([name, head.headers.get(name)]).toEqual([name, whole.headers.get(name)])
    }
    expect((await ask('/api/v2/accounts/2/reports/summary', { method: 'HEAD' })).status).toBe(401)
  })

  test('others are not found, whatever their body; it is not even read', async () => {
    for (const [type, body] of [
      ['application/json', '{bad'],
      ['application/json', 'x'.repeat(3_000_000)],
      ['text/weird', 'x'],
    ] as const) {
      const answer = await ask(summary, { method: 'POST', headers: { 'content-type': type }, body })
      expect([answer.status, await answer.json()]).toEqual([404, { error: 'Resource could not be found' }])
    }
  })

  test('pages of other origins are let in nowhere', async () => {
    const headers = { origin: 'https://elsewhere.example', 'access-control-request-method': 'GET' }
    for (const method of ['GET', 'OPTIONS']) {
      const answer = await ask(summary, { method, headers })
      expect(answer.status).toBe(method === 'GET' ? 200 : 404)
      expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
    }
  })
})

describe('ETags', () => {
  test('who has the answer already is told 304, until something changes', async () => {
    const first = await ask(summary)
    expect(first.headers.get('cache-control')).toBe('max-age=0, private, must-revalidate')
    const tag = first.headers.get('etag')!
    for (const known of [tag, `"other", ${tag}`, tag.replace('W/', ''), '*']) {
      for (const method of ['GET', 'HEAD']) {
        const again = await ask(summary, { method, headers: { 'if-none-match': known } })
        expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', tag])
      }
    }
    await run(database.pool, `update conversations set created_at = created_at - interval '30 days' where id = 2`)
    expect((await ask(summary, { headers: { 'if-none-match': tag } })).status).toBe(200)
  })

  test('they open no door', async () => {
    const tag = (await ask(summary)).headers.get('etag')!
    expect((await ask(summary, { headers: { api_access_token: 'token-2', 'if-none-match': tag } })).status).toBe(401)
  })

  test('a list that may be JSON or a file says that Accept decides', async () => {
    const list = `/api/v2/accounts/1/reports/agents?${week}`
    const [json, file] = [await ask(list), await ask(list, { headers: { accept: 'text/csv' } })]
    expect([json.headers.get('vary'), file.headers.get('vary')]).toEqual(['accept', 'accept'])
    expect(json.headers.get('etag')).not.toBe(file.headers.get('etag'))
  })
})

test('a database connection that breaks off in the middle is a 503', async () => {
  const hangsUp = createServer((socket) => socket.on('data', () => socket.destroy()))
  await new Promise<void>((resolve) => hangsUp.listen(0, '127.0.0.1', resolve))
  const readPool = openPool(`postgresql://postgres@127.0.0.1:${(hangsUp.address() as AddressInfo).port}/none`, { max: 1 })
  const server = serve(database.pool, { readPool, clock: () => NOON })
  const answer = await server.inject({ url: summary, headers: { api_access_token: 'token-1' } })
  expect([answer.statusCode, answer.json()]).toEqual([503, { error: expect.stringContaining('database') as string }])
  await server.close()
  await readPool.end()
  await new Promise((resolve) => hangsUp.close(resolve))
})
