// Where a token may be found: with whom it was given to, and nowhere else.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { digestOf } from '../../src/access/own-token.ts'
import { createToken, revokeToken } from '../../src/access/tokens.ts'
import { byCommand } from '../../src/audit/change.ts'
import { now } from '../../src/clock.ts'
import { many, openPool, run, type Pool } from '../../src/db.ts'
import type { Random } from '../../src/demo/random.ts'
import type { App } from '../../src/http/app.ts'
import { identify } from '../../src/http/auth.ts'
import type { TestDatabase } from '../support/database.ts'
import { programArguments } from '../support/program.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'
import { randomOf, scaled } from '../support/seed.ts'
import { root } from '../support/sources.ts'
import { serve } from './desk.ts'
import { openOffice } from './office.ts'

let database: TestDatabase
let redis: TestRedis | undefined
beforeAll(async () => {
  database = await openOffice()
  redis = await startRedis()
})
afterAll(async () => {
  await redis?.stop()
  await database.drop()
})

const make = (pool: Pool, accountId: number | null = 1) =>
  createToken(pool, accountId, { name: 'a', role: 'administrator', userId: null, expiresAt: null }, byCommand(now()))

/** The names of the places whose text has one of the secrets in it, whole or from its tenth character on, also in hex. */
function leaking(places: Record<string, string>, secrets: readonly string[]): string[] {
  const forms = secrets.flatMap((secret) => {
    const bytes = Buffer.from(secret.slice(4), 'base64url')
    return [secret, secret.slice(10), Buffer.from(secret).toString('hex'), bytes.toString('hex'), bytes.toString('base64')]
  })
  return Object.entries(places).flatMap(([name, text]) => (forms.some((form) => text.includes(form)) ? [name] : []))
}

/** All rows of all tables, as a dump would have them. */
async function dumpOf(pool: Pool): Promise<Record<string, string>> {
  const tables = await many<{ name: string }>(
    pool,
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'`,
  )
  const texts = await Promise.all(tables.map(({ name }) => many<{ row: string }>(pool, `select t::text as row from ${name} t`)))
  return Object.fromEntries(tables.map(({ name }, i) => [name, texts[i]!.map(({ row }) => row).join('\n')]))
}

/** All keys with their values. Not compressed: that would cut a token into pieces. */
async function redisDump(url: string): Promise<Record<string, string>> {
  const client = new Redis(url)
  await client.config('SET', 'rdbcompression', 'no')
  const keys = await client.keys('*')
  const texts = await Promise.all(keys.map(async (key) => [key, `${key} ${(await client.dumpBuffer(key))?.toString('latin1')}`]))
  client.disconnect()
  return Object.fromEntries(texts) as Record<string, string>
}

/** `tidemark all` on a free port, as talkative as it gets. */
async function startAll(url: string, redisUrl: string) {
  const env = { ...process.env, NODE_ENV: 'test', DATABASE_URL: url, REDIS_URL: redisUrl, LOG_LEVEL: 'trace', LOG_FORMAT: 'json', PORT: '0', PROBE_PORT: '0' } // prettier-ignore
  const child = spawn(process.execPath, [...programArguments(), 'all'], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] }) // prettier-ignore
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const ended = once(child, 'exit')
  let port: string | undefined
  for (let i = 0; i < 600 && port === undefined; i++) {
    await sleep(100)
    port = /https?:\/\/[\w.[\]:]+?:(\d+)/.exec(output)?.[1]
    if (child.exitCode !== null) throw new Error(`it did not start: ${output}`)
  }
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
    return output
  }
  return { base: `http://127.0.0.1:${port}`, stop }
}

test('no token is in a dump of the database, of Redis, or in the log', { timeout: 120_000 }, async () => {
  const { base, stop } = await startAll(database.url, redis?.url ?? '')
  const [own, operator] = [await make(database.pool), await make(database.pool, null)]
  const secrets = [own.text, operator.text]
  const asked = async (path: string, headers: Record<string, string>, init: RequestInit = {}) =>
    fetch(base + path, { ...init, headers: { ...headers, 'content-type': 'application/json' } })
  const summary = '/api/v1/accounts/1/reports/summary?since=2026-06-08&until=2026-06-15'
  const made = await asked('/api/v1/accounts/1/tokens', { api_access_token: own.text }, { method: 'POST', body: JSON.stringify({ name: 'b', role: 'viewer' }) }) // prettier-ignore
  const { token } = (await made.json()) as { token: string }
  secrets.push(token)
  const statuses = []
  for (const secret of secrets) {
    statuses.push((await asked(summary, { api_access_token: secret })).status)
    statuses.push((await asked(summary, { authorization: `Bearer ${secret}` })).status)
    await asked('/api/v1/admin/audit', { api_access_token: secret })
    // Where it does not belong.
    await asked(`${summary}&api_access_token=${secret}`, {})
    await asked(`/api/v1/accounts/${secret}/digests`, { api_access_token: secret })
    await asked(`/${secret}`, {})
    await asked('/api/v1/accounts/1/digests', { api_access_token: own.text }, { method: 'POST', body: `{"${secret}": 1}` })
  }
  expect(statuses).toEqual([200, 200, 404, 404, 200, 200])
  // A failure that nobody foresaw is logged with all that is known of it.
  await run(database.pool, 'alter table tidemark.audit_log add constraint shut check (false) not valid')
  const failed = await asked('/api/v1/accounts/1/tokens', { api_access_token: own.text }, { method: 'POST', body: JSON.stringify({ name: 'c', role: 'viewer' }) }) // prettier-ignore
  expect(failed.status).toBe(500)
  await run(database.pool, 'alter table tidemark.audit_log drop constraint shut')
  // Revoked here, refused there, at once.
  await revokeToken(database.pool, 1, own.token.id, byCommand(now()))
  expect((await asked(summary, { api_access_token: own.text })).status).toBe(401)

  const kept = redis ? await redisDump(redis.url) : {}
  const log = await stop()
  expect(log).toContain('request failed')
  if (redis) expect(Object.keys(kept).length).toBeGreaterThan(0)
  const places = { ...(await dumpOf(database.pool)), ...kept, log }
  expect(places).toHaveProperty(['tidemark.tokens'])
  expect(leaking(places, secrets)).toEqual([])

  // It is found where it is, in any of the three: kept as its text, as its bits instead of their digest, in a job, in a line.
  await run(database.pool, `update tidemark.tokens set name = $1 where id = $2`, [own.text, own.token.id])
  expect(leaking(await dumpOf(database.pool), [own.text])).toEqual(['tidemark.tokens'])
  const bits = Buffer.from(operator.text.slice(4), 'base64url')
  await run(database.pool, `update tidemark.tokens set sha256 = $1 where id = $2`, [bits, operator.token.id])
  expect(leaking(await dumpOf(database.pool), [operator.text])).toEqual(['tidemark.tokens'])
  expect(leaking({ log: `${log}\n{"level":30,"api_access_token":"${token}"}` }, secrets)).toEqual(['log'])
  if (!redis) return
  const client = new Redis(redis.url)
  await client.hset('bull:digests:9', {
    name: 'deliver-digests',
    data: JSON.stringify({ asked: 'again and again and again', by: token }),
  })
  client.disconnect()
  expect(leaking(await redisDump(redis.url), secrets)).toEqual(['bull:digests:9'])
})

const alphabet = 'ABCxyz019-_= .%\u00e9\u007f\t'.split('')

/** A text that is nearly a token: longer or shorter, with a letter changed, or of any characters that a header may have. */
function malformed(random: Random, real: string): string {
  const at = Math.floor(random.between(0, real.length))
  const letter = random.pick(alphabet)
  return random.pick([
    () => real.slice(0, at),
    () => real + letter,
    () => real.slice(0, at) + letter + real.slice(at + 1),
    () => real.toUpperCase(),
    () => `tmk_${random.hex().repeat(5)}abc`,
    () => Array.from({ length: at + 1 }, () => random.pick(alphabet)).join(''),
    () => letter.repeat(Math.floor(random.between(1, 3000))),
    () => `${real},${real}`,
  ])()
}

/** How many malformed tokens are answered with each status, by header. */
async function answersTo(app: App, random: Random, real: string, times: number): Promise<Record<number, number>> {
  const counts: Record<number, number> = {}
  const urls = ['/api/v1/accounts/1/digests', '/api/v2/accounts/1/year_in_review', '/api/v1/admin/audit']
  for (let i = 0; i < times; i++) {
    const text = malformed(random, real)
    // Blanks around a bearer token are no part of it.
    if (text.trim() === real) continue
    const headers = random.chance(0.5) ? { api_access_token: text } : { authorization: `Bearer ${text}` }
    const { statusCode } = await app.inject({ url: random.pick(urls), headers })
    counts[statusCode] = (counts[statusCode] ?? 0) + 1
  }
  return counts
}

test('malformed tokens are refused, and never break anything', { timeout: 600_000 }, async () => {
  const { text } = await make(database.pool)
  const times = scaled('TIDEMARK_MALFORMED_TOKENS', 400)
  const app = serve(database.pool)
  expect(Object.keys(await answersTo(app, randomOf('malformed tokens'), text, times))).toEqual(['401'])
  await app.close()
  // Seen where something does break.
  const ended = openPool(database.url)
  await ended.end()
  const broken = serve(ended)
  const counts = await answersTo(broken, randomOf('malformed tokens'), text, 30)
  expect(Object.keys(counts).filter((status) => Number(status) >= 500)).not.toEqual([])
  await broken.close()
})

test('a token is looked up by its digest, and its text never reaches the database', async () => {
  const { text } = await make(database.pool)
  const seen: unknown[] = []
  const query = (...given: unknown[]) => {
    seen.push(...given)
    return (database.pool.query as (...values: unknown[]) => Promise<unknown>)(...given)
  }
  expect(await identify({ query } as unknown as Pool, text, '1')).toMatchObject({ accountId: 1, role: 'administrator' })
  expect(seen.flatMap((given) => (given as { values?: unknown[] }).values ?? [])).toContainEqual(digestOf(text))
  expect(JSON.stringify(seen)).not.toContain(text.slice(10))
})
