import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { z } from 'zod'
import type { App } from '../../src/http/app.ts'
import { buildServer, type ServerOptions } from '../../src/http/server.ts'
import { many, openPool, run, type Pool } from '../../src/db.ts'
import { requestBackfill } from '../../src/rollups/backfill/backfill.ts'
import { rollDirty, spreadMarks } from '../../src/rollups/rolling/roll-dirty.ts'
import { runBackfill } from '../../src/rollups/backfill/run-backfill.ts'
import { attach } from '../../src/source/attach.ts'
import { templateDatabase } from '../support/database.ts'
import { validate, type Description } from '../support/openapi.ts'

/** A template with Chatwoot's tables (from the reference folder), attached; `statements` are run on top. */
export function chatwootTemplate(shared: string, name: string, statements = ''): Promise<string> {
  return templateDatabase(name, async (url) => {
    const pool = openPool(url, { max: 2 })
    await pool.query(readFileSync(join(shared, 'chatwoot/schema.sql'), 'utf8'))
    await attach(pool, url)
    if (statements !== '') await pool.query(statements)
    await pool.end()
  })
}

/** Gives every user the token `token-<id>`. */
export async function giveTokens(pool: Pool): Promise<void> {
  await run(
    pool,
    `insert into access_tokens (owner_type, owner_id, token, created_at, updated_at)
     select 'User', id, 'token-' || id, now(), now() from users`,
  )
}

/** Rolls all that there is until `until`, so that reports need no raw rows. */
export async function rollEverything(pool: Pool, until = Infinity): Promise<void> {
  for (const { id } of await many<{ id: number }>(pool, 'select id from accounts order by id')) {
    const asked = await requestBackfill(pool, { accountId: id, since: -Infinity, until, reason: 'test' })
    await runBackfill(pool, id, asked.id)
    // What was marked before: relabelled conversations are looked up when rolled.
    await spreadMarks(pool)
    await rollDirty(pool, id)
  }
}

/** What the framework answers on any route, before or instead of its handler; 500 says itself what is wrong. */
const ofAnyRoute = new Set([304, 400, 414, 500])

/**
 * A server on a test database; nothing is limited unless the test says so. An answer that is not exactly what its
 * response schema and openapi.json describe becomes a 500.
 */
export function serve(pool: Pool, options: Partial<ServerOptions> = {}): App {
  const app = buildServer({ pool, ready: async () => [], rateLimitMax: 1_000_000, chatwootUi: false, ...options })
  app.setSerializerCompiler(({ schema }) => (data) => {
    expect((schema as unknown as z.ZodType).parse(data)).toEqual(data)
    return JSON.stringify(data)
  })
  app.addHook('onSend', async ({ method, routeOptions }, reply, payload) => {
    const { schema, url = '' } = routeOptions
    if (!schema || schema.hide || method === 'HEAD' || ofAnyRoute.has(reply.statusCode)) return payload
    const isJson = String(reply.getHeader('content-type') ?? '').includes('json')
    const body: unknown = isJson ? JSON.parse(String(payload)) : typeof payload === 'string' ? payload : ''
    const path = url.replaceAll(/:(\w+)/g, '{$1}')
    const problems = validate(app.swagger() as Description, method, path, reply.statusCode, body)
    if (problems.length === 0) return payload
    reply.code(500).header('content-type', 'application/json').removeHeader('content-length')
    return JSON.stringify({ error: `not as described: ${problems.join('; ')}` })
  })
  return app
}

/** Query values as the recorded requests have them. */
export type Given = Record<string, string | number | boolean | (string | number)[]>

/** A GET as a browser would send it: lists as `name[]=`. */
export function get(app: App, path: string, query: Given = {}, headers: Record<string, string> = {}) {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (Array.isArray(value)) for (const one of value) parameters.append(`${name}[]`, String(one))
    else parameters.append(name, String(value))
  }
  return app.inject({ method: 'GET', url: `${path}?${parameters.toString()}`, headers })
}
