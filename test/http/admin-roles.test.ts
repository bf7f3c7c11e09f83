// Who may what below /api/v1/admin: every operation that the description of the API has there, asked with a token of every kind.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Role } from '../../src/access/own-token.ts'
import { createToken } from '../../src/access/tokens.ts'
import { byCommand } from '../../src/audit/change.ts'
import { one, run } from '../../src/db.ts'
import type { App } from '../../src/http/app.ts'
import { requestBackfill } from '../../src/rollups/backfill/backfill.ts'
import type { TestDatabase } from '../support/database.ts'
import { serve } from './desk.ts'
import { NOON, openOffice } from './office.ts'
import { operationsOf, type Operation } from './operations.ts'

const callers = [
  'operator',
  'operator who may only look',
  'super administrator',
  'administrator',
  'administrator’s token',
  'report_manager',
  'viewer',
  'agent',
  'agent of Chatwoot',
  'member with reports of Chatwoot',
  'administrator of a suspended account',
  'nobody',
] as const
type Caller = (typeof callers)[number]

/** What becomes of somebody: he may look and change, may only look, or is refused whatever he asks. */
const standing: Record<Caller, 'changes' | 'looks' | 403 | 401> = {
  operator: 'changes',
  'operator who may only look': 'looks',
  'super administrator': 'changes',
  administrator: 'changes',
  'administrator’s token': 'changes',
  report_manager: 403,
  viewer: 403,
  agent: 403,
  'agent of Chatwoot': 403,
  'member with reports of Chatwoot': 403,
  'administrator of a suspended account': 403,
  nobody: 401,
}

/** The operations that change something, with a body of account 1 that does; a new one needs a line. */
const changes: Record<string, object> = {
  'POST /backfills': { account_id: 1, since: '2026-06-10', until: '2026-06-12', reason: 'a test', dry_run: false },
  'POST /rollups/verify': { account_id: 1, since: '2026-06-10', until: '2026-06-12', repair: true },
  'POST /backfills/{backfill}/pause': {},
  'POST /backfills/{backfill}/resume': {},
  'POST /backfills/{backfill}/cancel': {},
  'POST /backfills/{backfill}/retry': {},
}
/** The same where who may only look may ask them, too: nothing is changed. */
const looks: Record<string, object> = {
  'POST /backfills': { account_id: 1, since: '2026-06-10', until: '2026-06-12' },
  'POST /rollups/verify': { account_id: 1, since: '2026-06-10', until: '2026-06-12' },
}
/** What some need to be answered. */
const needed: Record<string, string> = { 'GET /rollups/grid': '?account_id=1' }

let database: TestDatabase
let app: App
let operations: Operation[]
const tokens = {} as Record<Caller, string | undefined>
/** Backfills that have ended, of the accounts 1 and 2. */
const backfills: number[] = []
beforeAll(async () => {
  database = await openOffice()
  const { pool } = database
  app = serve(pool, { clock: () => NOON })
  operations = (await operationsOf(app)).filter(({ path }) => path.startsWith('/api/v1/admin/'))
  await run(pool, 'insert into tidemark.accounts (account_id) select id from accounts on conflict do nothing')
  await run(
    pool,
    `insert into users (id, uid, name, type, created_at, updated_at)
     values (6, 'root', 'Root', 'SuperAdmin', now(), now()), (7, 'sue', 'Sue', null, now(), now())`,
  )
  await run(pool, `insert into account_users (account_id, user_id, role, created_at, updated_at) values (3, 7, 1, now(), now())`)
  await run(
    pool,
    `insert into access_tokens (owner_type, owner_id, token, created_at, updated_at)
     values ('User', 6, 'token-6', now(), now()), ('User', 7, 'token-7', now(), now())`,
  )
  const made = async (account: number | null, role: Role, userId: number | null = null) =>
    (await createToken(pool, account, { name: role, role, userId, expiresAt: null }, byCommand(NOON))).text
  Object.assign(tokens, {
    operator: await made(null, 'administrator'),
    'operator who may only look': await made(null, 'viewer'),
    'super administrator': 'token-6',
    administrator: 'token-1',
    'administrator’s token': await made(1, 'administrator'),
    report_manager: await made(1, 'report_manager'),
    viewer: await made(1, 'viewer'),
    agent: await made(1, 'agent', 2),
    'agent of Chatwoot': 'token-2',
    'member with reports of Chatwoot': 'token-3',
    'administrator of a suspended account': 'token-7',
    nobody: undefined,
  })
  for (const accountId of [1, 2]) {
    const { id } = await requestBackfill(pool, { accountId, since: NOON - 86_400, until: NOON, reason: 'zq7' })
    backfills.push(id)
    await run(pool, `update tidemark.backfills set state = 'cancelled', finished_at = now() where account_id = $1`, [accountId])
  }
})
afterAll(async () => {
  await app.close()
  await database.drop()
})

const inShort = ({ method, path }: Operation) => `${method} ${path.replace('/api/v1/admin', '')}`

interface Given {
  backfill?: number | string
  query?: string
  payload?: object | undefined
}

async function ask({ method, path }: Operation, caller: Caller, { backfill = backfills[0], query = '', payload }: Given = {}) {
  const token = tokens[caller]
  const answer = await app.inject({
    method,
    url: path.replace('{backfill}', String(backfill)) + query,
    headers: token === undefined ? {} : { api_access_token: token },
    ...(method !== 'GET' && { payload: payload ?? {} }),
  })
  return { status: answer.statusCode, body: answer.body.replace(/"request_id":"[^"]*"/, '') }
}

const left = () =>
  one(
    database.pool,
    `select (select count(*) from tidemark.audit_log)::int as acts, (select count(*) from tidemark.backfills)::int as backfills,
       (select string_agg(state, ',' order by id) from tidemark.backfills) as states`,
  )

test('every operation reads, or is known to change something, and what is known is there', () => {
  const names = operations.map(inShort)
  expect(names.length).toBeGreaterThan(10)
  expect(names.filter((name) => !name.startsWith('GET ') && !changes[name])).toEqual([])
  expect(Object.keys({ ...changes, ...looks }).filter((name) => !names.includes(name))).toEqual([])
})

describe.each(callers)('%s', (caller) => {
  const stands = standing[caller]
  const mayLook = stands === 'changes' || stands === 'looks'

  test(mayLook ? 'may look' : 'is told the same whatever he asks, of whatever there is or is not', async () => {
    const before = await left()
    const told: unknown[] = []
    for (const operation of operations) {
      const name = inShort(operation)
      if (mayLook) {
        if (operation.method !== 'GET' && !looks[name]) continue
        const { status } = await ask(operation, caller, { query: needed[name] ?? '', payload: looks[name] })
        told.push([name, status])
        continue
      }
      for (const given of [
        { backfill: backfills[0]!, payload: changes[name] },
        { backfill: backfills[1]!, query: '?account_id=2', payload: { account_id: 2 } },
        { backfill: 'x', query: '?no=1', payload: { account_id: 'x' } },
      ])
        told.push(await ask(operation, caller, given))
    }
    if (mayLook) expect(told.filter((one) => (one as [string, number])[1] !== 200)).toEqual([])
    else expect([...new Set(told.map((one) => JSON.stringify(one)))]).toEqual([expect.stringContaining(`"status":${stands}`)])
    expect(await left()).toEqual(before)
  })

  if (!mayLook) return
  test(stands === 'changes' ? 'may change' : 'is told that he may only look where he would change', async () => {
    const before = await left()
    const told: [string, number][] = []
    for (const operation of operations.filter(({ method }) => method !== 'GET')) {
      const name = inShort(operation)
      told.push([name, (await ask(operation, caller, { payload: changes[name] })).status])
    }
    if (stands === 'looks') {
      expect(told.filter(([, status]) => status !== 403)).toEqual([])
      expect(await left()).toEqual(before)
      return
    }
    // Of a backfill that was cancelled: cancelling it again changes nothing, all else does not fit.
    expect(Object.fromEntries(told)).toEqual({
      'POST /backfills': 201,
      'POST /rollups/verify': 200,
      'POST /backfills/{backfill}/pause': 409,
      'POST /backfills/{backfill}/resume': 409,
      'POST /backfills/{backfill}/cancel': 200,
      'POST /backfills/{backfill}/retry': 409,
    })
    await run(database.pool, `delete from tidemark.backfills where account_id = 1 and id <> $1`, [backfills[0]])
  })
})

describe.each(['administrator', 'administrator’s token'] as const)('of other accounts %s', (caller) => {
  test('is told what he is told of those that are not there, whatever he asks', async () => {
    const before = await left()
    for (const operation of operations) {
      const name = inShort(operation)
      const of = async (account: number, backfill: number) => {
        const query = operation.query.includes('account_id') ? `?account_id=${account}` : ''
        const payloads = [changes[name], looks[name]].filter((payload) => payload && 'account_id' in payload)
        const answers = await Promise.all(
          (payloads.length > 0 ? payloads : [undefined]).map((payload) =>
            ask(operation, caller, { backfill, query, payload: payload && { ...payload, account_id: account } }),
          ),
        )
        return answers.map(({ status, body }) => [
          status,
          body.replaceAll(String(account), 'N').replaceAll(String(backfill), 'N'),
        ])
      }
      const theirs = await of(2, backfills[1]!)
      expect([name, theirs.map(([status]) => status)]).toEqual([name, theirs.map(() => 404)])
      expect([name, theirs]).toEqual([name, await of(999_999, 999_999)])
    }
    expect(await left()).toEqual(before)
  })

  test('reads nothing of them in any list', async () => {
    for (const operation of operations.filter(({ method, path }) => method === 'GET' && !path.includes('{backfill}'))) {
      const { status, body } = await ask(operation, caller, { query: needed[inShort(operation)] ?? '' })
      const accounts = [...body.matchAll(/"account_id":(\d+|null)/g)].map(([, id]) => id)
      expect([inShort(operation), status, accounts.filter((id) => id !== '1'), /zq7|Neighbour/.test(body) && accounts.length === 0]).toEqual([inShort(operation), 200, [], false]) // prettier-ignore
    }
    // Who runs the installation reads of both.
    const list = operations.find((operation) => inShort(operation) === 'GET /backfills')!
    expect((await ask(list, 'operator')).body).toMatch(/"account_id":2/)
  })
})
