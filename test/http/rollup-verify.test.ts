// Whether rollups are right, over HTTP: who may look and mend, what is refused and why, and nothing of anybody else's.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createToken } from '../../src/access/tokens.ts'
import { byCommand } from '../../src/audit/change.ts'
import { now } from '../../src/clock.ts'
import { many, run } from '../../src/db.ts'
import type { App } from '../../src/http/app.ts'
import { dueReconciliations, reconcileAccount } from '../../src/rollups/verify/reconcile.ts'
import type { TestDatabase } from '../support/database.ts'
import { rollEverything, serve } from './desk.ts'
import { NOON, openOffice } from './office.ts'

let database: TestDatabase
let app: App
beforeAll(async () => {
  database = await openOffice()
  await rollEverything(database.pool)
  app = serve(database.pool, { clock: () => NOON })
})
afterAll(async () => {
  await app.close()
  await database.drop()
})

async function ask(method: 'GET' | 'POST', path: string, body?: object, token = 'token-1') {
  const answer = await app.inject({
    method,
    url: `/api/v1/admin/rollups/${path}`,
    headers: { api_access_token: token },
    ...(body && { payload: body }),
  })
  return { status: answer.statusCode, json: answer.json<Record<string, unknown> & { detail?: string }>() }
}

const range = { account_id: 1, since: '2026-06-01', until: '2026-06-30' }
const wrong = () =>
  run(database.pool, `update tidemark.rollup_daily set conversations = conversations + 1 where account_id = 1 and dimension = 0`)

test('some days are verified while one waits, mended when asked to, and the mismatches are told page by page', async () => {
  const clean = await ask('POST', 'verify', range)
  expect(clean).toMatchObject({
    status: 200,
    json: { account_id: 1, match_rate: 1, differing: 0, differences: [], repaired: false },
  })
  expect(clean.json.rows).toBeGreaterThan(10)

  const rows = await wrong()
  const looked = await ask('POST', 'verify', range)
  const differing = looked.json.differing as number
  expect(looked).toMatchObject({ status: 200, json: { repaired: false } })
  expect((looked.json.differences as object[])[0]).toMatchObject({ table: 'rollup_daily', dimension: 0 })
  expect([differing > 0, differing <= rows]).toEqual([true, true])
  expect((await ask('GET', 'mismatches')).json).toEqual({ mismatches: [], next: null })

  expect((await ask('POST', 'verify', { ...range, repair: true, reason: 'a figure was doubted' })).json).toMatchObject({
    differing,
    repaired: true,
  })
  expect((await ask('POST', 'verify', range)).json).toMatchObject({ differing: 0 })
  const acts = await many<{ action: string; actor: number; after: object }>(
    database.pool,
    `select action, actor_id as actor, reason, request_id as request, after from tidemark.audit_log where account_id = 1 and action = 'rollup.repair'`,
  )
  expect(acts.length).toBeGreaterThan(0)
  expect(acts[0]).toMatchObject({ actor: 1, reason: 'a figure was doubted', request: expect.stringMatching(/./) as string })

  const seen: number[] = []
  for (let next: number | null | undefined; next !== null;) {
    const page = await ask('GET', `mismatches?limit=2${next === undefined ? '' : `&before=${next}`}`)
    expect(page.status).toBe(200)
    const mismatches = page.json.mismatches as { id: number; repaired_at: string }[]
    expect(mismatches.every((one) => one.repaired_at !== null)).toBe(true)
    seen.push(...mismatches.map((one) => one.id))
    next = page.json.next as number | null
  }
  expect(seen).toEqual([...new Set(seen)].sort((a, b) => b - a))
  expect(seen).toHaveLength(differing)
})

test('who runs the installation is told which rows are wrong, and no figure of theirs', async () => {
  const operator = { name: 'ops', role: 'administrator', userId: null, expiresAt: null } as const
  const { text } = await createToken(database.pool, null, operator, byCommand(now()))
  await wrong()
  const { json } = await ask('POST', 'verify', { ...range, repair: true }, text)
  const mismatches = (await ask('GET', 'mismatches?account_id=1', undefined, text)).json.mismatches as object[]
  for (const told of [json.differences as object[], mismatches]) {
    expect(told.length).toBeGreaterThan(0)
    for (const one of told) expect(one).toMatchObject({ table: 'rollup_daily', stored: null, recomputed: null })
  }
  expect((await ask('GET', 'mismatches?limit=1')).json.mismatches).toMatchObject([
    { stored: { conversations: expect.any(Number) as number } },
  ])
})

test('how much is verified is told per account, after a turn of reconciliation', async () => {
  await dueReconciliations(database.pool, NOON)
  for (const account of [1, 2]) await reconcileAccount(database.pool, account, NOON, { cycleDays: 0.001 })
  const { status, json } = await ask('GET', 'verify')
  expect({ status, total: json.total_count }).toEqual({ status: 200, total: 1 })
  const [share] = json.accounts as Record<string, number>[]
  expect(share).toMatchObject({ account_id: 1, recent_verified_at: new Date(NOON * 1000).toISOString().replace('.000', '') })
  expect(share!.verified_days).toBeLessThanOrEqual(share!.days!)
  expect(share!.coverage_ratio).toBeGreaterThan(0)
})

test('what is too long, wrong, of another account or not allowed is refused with what to do', async () => {
  const long = await ask('POST', 'verify', { ...range, since: '2026-01-01' })
  expect({ status: long.status, said: long.json.detail }).toMatchObject({
    status: 422,
    said: expect.stringContaining('tidemark rollup verify') as string,
  })
  const statuses = async (token: string) => [
    (await ask('GET', 'verify?account_id=1', undefined, token)).status,
    (await ask('GET', 'mismatches?account_id=1', undefined, token)).status,
    (await ask('POST', 'verify', range, token)).status,
  ]
  expect(await statuses('token-5')).toEqual([404, 404, 404])
  expect(await statuses('token-2')).toEqual([403, 403, 403])
  expect(await statuses('token-nobody')).toEqual([401, 401, 401])
  const bad = [{ ...range, since: 'soon' }, { ...range, until: range.since }, { ...range, more: 1 }, { account_id: 1 }]
  for (const body of bad) expect((await ask('POST', 'verify', body)).status, JSON.stringify(body)).toBe(422)
  for (const query of ['mismatches?limit=0', 'mismatches?before=x', 'verify?account_id=x', 'verify?more=1'])
    expect((await ask('GET', query)).status, query).toBe(422)
})
