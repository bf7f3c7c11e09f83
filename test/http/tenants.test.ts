// Whose is whose: no account is told anything of another, whatever operation is asked, and by whichever id.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { createToken } from '../../src/access/tokens.ts'
import { byCommand } from '../../src/audit/change.ts'
import { many, maybeOne, one, run } from '../../src/db.ts'
import type { App } from '../../src/http/app.ts'
import { requestBackfill } from '../../src/rollups/backfill/backfill.ts'
import { signToken } from '../../src/signing.ts'
import type { TestDatabase } from '../support/database.ts'
import { randomOf, scaled, scaledTime } from '../support/seed.ts'
import { serve } from './desk.ts'
import { asking, weekly } from './digests.ts'
import { NOON, openOffice } from './office.ts'
import { operationsOf } from './operations.ts'
import { bodies, idOfParameter, idsIn, keyOf, leaksOf, places, type Asked, type Theirs } from './tenant-leaks.ts'

let database: TestDatabase
let app: App
let theirs: Theirs
let asked: Asked
beforeAll(async () => {
  database = await openOffice()
  app = serve(database.pool, { clock: () => NOON })
  const { pool } = database
  const ask = asking(app)
  const eve = { token: 'token-5', account: 2 }
  const group = (await ask('POST', 'recipient_groups', { name: 'zq7 group', recipients: [{ user_id: 5 }] }, eve)).json.id
  const digest = (
    await ask('POST', 'digests', { ...weekly, name: 'zq7 digest', recipients: [{ address: 'zq7@example.net' }] }, eve)
  ).json.id
  expect((await ask('POST', `digests/${digest}/run`, undefined, eve)).json.state).toBe('done')
  const mailed = await one<{ delivery: string; slot: number; link: string }>(
    pool,
    `select d.id as delivery, d.slot_id as slot, l.id as link from tidemark.deliveries d
     join tidemark.links l on l.account_id = 2 and l.delivery_id = d.id where d.account_id = 2`,
  )
  const backfill = (await requestBackfill(pool, { accountId: 2, since: NOON - 86400, until: NOON, reason: 'zq7' })).id
  const made = async (account: number | null) =>
    createToken(pool, account, { name: 'zq7 token', role: 'administrator', userId: null, expiresAt: null }, byCommand(NOON))
  const [foreign, operator, own] = [await made(2), await made(null), await made(1)]
  theirs = { account: 2, user: 5, inbox: 2, team: 2, label: 2, digest, group, backfill, token: foreign.token.id, ...mailed }
  asked = {
    app,
    pool,
    theirs,
    callers: { ours: ['token-1', own.text], strangers: ['token-5', foreign.text, operator.text] },
    marks: /zq7|Neighbour|eve@|\bEve\b|"theirs"/,
    random: randomOf('tenants'),
    odd: scaled('TIDEMARK_TENANT_IDS', 1),
  }
})
afterAll(async () => {
  await app.close()
  await database.drop()
})

test('the harness knows every id that the description of the API has', async () => {
  const operations = await operationsOf(app)
  const below = operations.filter(({ path }) => /\/(accounts|admin)\//.test(path))
  expect(below.length).toBeGreaterThan(90)
  const inPaths = new Set(below.flatMap(({ path }) => [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)))
  expect([...inPaths].filter((name) => name !== 'account_id' && theirs[name!] === undefined)).toEqual([])
  const inQueries = below.flatMap(({ query }) => query.map(idOfParameter))
  expect(inQueries.filter((of) => of !== undefined && of !== 'subject' && theirs[of] === undefined)).toEqual([])
  const inBodies = below.filter(({ body }) => idsIn(body).length > 0)
  expect(inBodies.filter((operation) => !bodies[keyOf(operation)]).map(keyOf)).toEqual([])
  expect(inBodies.flatMap(({ body }) => idsIn(body)).filter((property) => !places[property])).toEqual([])
})

test(
  'no account is told anything of another, and nothing of the other is changed',
  async () => {
    const tables = await many<{ name: string }>(
      database.pool,
      `select table_schema || '.' || table_name as name from information_schema.columns
     where column_name = 'account_id' and table_schema in ('tidemark', 'public') order by 1`,
    )
    const theirRows = () => Promise.all(tables.map(({ name }) => many(database.pool, `select to_jsonb(t) - 'used_at' as row from ${name} t where account_id = 2 order by t::text`))) // prettier-ignore
    const before = await theirRows()
    expect(await leaksOf(asked)).toEqual([])
    expect(await theirRows()).toEqual(before)
  },
  scaledTime(120_000, 'TIDEMARK_TENANT_IDS', 1),
)

test('a link to a file opens nothing under another account’s name', async () => {
  const open = async (account: number) => {
    const { statusCode, body } = await app.inject(`/digests/${signToken('link', [account, String(theirs['link'])])}`)
    return [statusCode, body]
  }
  expect((await open(2))[0]).toBe(200)
  const [status, body] = await open(1)
  expect(status).toBe(404)
  expect(body).not.toMatch(asked.marks)
})

test('the harness finds routes that tell too much', async () => {
  const broken = serve(database.pool, { clock: () => NOON })
  const prefix = '/api/v1/accounts/:account_id'
  const account = z.object({ account_id: z.string() })
  const answer = { 200: z.unknown(), 404: z.unknown() }
  broken.register(async (scope: App) => {
    const schema = { tags: ['Digests'], response: answer }
    // Looks up by the id alone.
    const one = { ...schema, params: account.extend({ digest: z.string() }) }
    scope.get(`${prefix}/broken/:digest`, { schema: one }, async ({ params }, reply) => {
      const found = await maybeOne(database.pool, 'select name from tidemark.digests where id = $1', [Number(params.digest)])
      return found ?? reply.code(404).send({})
    })
    // Names nothing, yet tells that there is something.
    const hint = { ...schema, params: account, querystring: z.object({ inbox_ids: z.string().optional() }) }
    scope.get(`${prefix}/hint`, { schema: hint }, async ({ query }) =>
      ({ inboxes: await run(database.pool, 'select from inboxes where id = $1', [Number(query.inbox_ids ?? 0)]) })) // prettier-ignore
    // Takes what is another's.
    const body = z.object({ user_id: z.int().optional(), parent_id: z.int().optional() })
    scope.post(`${prefix}/take`, { schema: { ...schema, params: account, body } }, async () => ({}))
  })
  await broken.ready()
  const found = await leaksOf({ ...asked, app: broken, only: /broken|hint|take/ })
  await broken.close()
  for (const expected of [
    /^GET \/broken\/\{digest\} tells an id in the path from what does not exist/,
    /^GET \/broken\/\{digest\} names what is another account's/,
    /^GET \/hint tells inbox_ids of another account's inbox from what does not exist/,
    /^GET \/hint answers 200 for an account that is not there/,
    /^POST \/take takes another account's user_id/,
    /^POST \/take takes an id as parent_id: say how it stands there/,
  ])
    expect(found).toContainEqual(expect.stringMatching(expected))
}, 120_000)
