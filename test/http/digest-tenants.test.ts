// Whose digests are whose, beside what tenants.test.ts asks of every route: lenses, lists, and who may manage them.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { many, run } from '../../src/db.ts'
import type { App } from '../../src/http/app.ts'
import type { TestDatabase } from '../support/database.ts'
import { serve } from './desk.ts'
import { asking, weekly } from './digests.ts'
import { NOON, openOffice } from './office.ts'

type Method = Parameters<ReturnType<typeof asking>>[0]

let database: TestDatabase
let app: App
let ask: ReturnType<typeof asking>
/** All routes of digests, below their account. */
let routes: { method: Method; path: string }[]
/** The ids of account 2, in the words of the paths. */
let theirs: Record<string, number>
beforeAll(async () => {
  database = await openOffice()
  app = serve(database.pool, { clock: () => NOON })
  ask = asking(app)
  const eve = { token: 'token-5', account: 2 }
  const group = (await ask('POST', 'recipient_groups', { name: 'Theirs', recipients: [{ user_id: 5 }] }, eve)).json.id
  const digest = (await ask('POST', 'digests', { ...weekly, name: 'Theirs', groups: [group] }, eve)).json.id
  theirs = { digest, group }
  const { paths } = (await app.inject('/openapi.json')).json<{ paths: Record<string, Record<string, { tags?: string[] }>> }>()
  routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { tags }]) => tags?.includes('Digests') && path.startsWith('/api/v1/accounts/{account_id}/'))
      .map(([method]) => ({ method: method.toUpperCase() as Method, path: path.split('{account_id}/')[1]! })),
  )
})
afterAll(async () => {
  await app.close()
  await database.drop()
})

const everything = async () =>
  Promise.all(
    ['digests', 'recipient_groups', 'recipients', 'digest_groups', 'digest_slots', 'deliveries', 'test_mails'].map((table) =>
      many(database.pool, `select * from tidemark.${table} t order by t::text`),
    ),
  )
/** A path with ids that exist nowhere, but for those that are given. */
const filled = (path: string, ids: Record<string, number> = {}) =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => String(ids[name] ?? (name === 'delivery' ? '00000000-0000-4000-8000-000000000000' : 999_999))) // prettier-ignore
const bodyOf = (method: Method) => (method === 'POST' || method === 'PUT' ? weekly : undefined)
/** What an answer says, but for the ids that were asked for. */
const said = ({ status, json }: { status: number; json: { detail?: string } }) => ({
  status,
  json: { ...json, request_id: '', detail: json.detail?.replace(/\d+/g, 'n') },
})

test('there are routes to be asked', () => {
  expect(routes.length).toBeGreaterThan(15)
  expect(routes.filter(({ path }) => path.startsWith('recipient_groups'))).toHaveLength(5)
})

test('agents without the right are told so, before anything of what they ask is looked at; nobody is asked to sign in', async () => {
  const before = await everything()
  for (const { method, path } of routes) {
    const status = async (token: string) => (await ask(method, filled(path), bodyOf(method), { token })).status
    expect({ method, path, agents: [await status('token-2'), await status('token-4')] }).toEqual({
      method,
      path,
      agents: [403, 403],
    })
    expect({ method, path, nobody: [await status(''), await status('nope')] }).toEqual({ method, path, nobody: [401, 401] })
    // A body that is none changes nothing about it.
    if (bodyOf(method)) expect((await ask(method, filled(path), { nothing: 1 }, { token: 'token-2' })).status).toBe(403)
  }
  expect(await everything()).toEqual(before)
})

test('ids of another account, in a body or a query, are as unknown as any that nobody has', async () => {
  const { id } = (await ask('POST', 'digests', weekly)).json
  const group = (await ask('POST', 'recipient_groups', { name: 'Ours' })).json.id
  const before = await everything()
  const pairs: [Method, string, (ids: { user: number; entity: number; group: number }) => unknown][] = [
    ...(['POST digests', `PUT digests/${id}`, 'POST digests/check'] as const).flatMap((route) => {
      const [method, path] = route.split(' ') as [Method, string]
      return [
        [method, path, ({ user }) => ({ ...weekly, owner_id: user })],
        [method, path, ({ user }) => ({ ...weekly, recipients: [{ user_id: user }] })],
        [method, path, ({ group }) => ({ ...weekly, groups: [group] })],
        [method, path, ({ entity }) => ({ ...weekly, filter: { inbox: [entity] } })],
        [method, path, ({ entity }) => ({ ...weekly, filter: { label: [entity] } })],
        [method, path, ({ user }) => ({ ...weekly, filter: { agent: [user] } })],
        [method, path, ({ entity }) => ({ ...weekly, recipients: [{ user_id: 2, lens: { team: [entity] } }] })],
      ] as [Method, string, (ids: { user: number; entity: number; group: number }) => unknown][]
    }),
    ['POST', 'recipient_groups', ({ user }) => ({ name: 'G', recipients: [{ user_id: user }] })],
    ['PUT', `recipient_groups/${group}`, ({ user }) => ({ name: 'G', recipients: [{ user_id: user }] })],
    ['POST', 'digests/reassign', ({ user }) => ({ from: 1, to: user })],
  ]
  for (const [method, path, body] of pairs) {
    const foreign = await ask(method, path, body({ user: 5, entity: 2, group: theirs['group']! }))
    const unknown = await ask(method, path, body({ user: 999_999, entity: 999_999, group: 999_999 }))
    expect([path, said(foreign)]).toEqual([path, said(unknown)])
    expect(foreign.status).toBe(422)
  }
  for (const query of ['user_id=5&lens=own', 'lens=team:2', 'lens=inbox:2']) {
    const foreign = await ask('GET', `digests/${id}/preview?${query}`)
    const unknown = await ask('GET', `digests/${id}/preview?${query.replace(/\d+/, '999999')}`)
    expect([query, said(foreign)]).toEqual([query, said(unknown)])
    expect(foreign.status).toBe(422)
  }
  expect(await everything()).toEqual(before)
})

test('nothing of another account is listed, counted or found', async () => {
  await run(database.pool, 'delete from tidemark.digests where account_id = 1')
  await run(database.pool, 'delete from tidemark.recipient_groups where account_id = 1')
  expect((await ask('GET', 'digests')).json).toMatchObject({ total_count: 0, digests: [] })
  expect((await ask('GET', 'digests?search=theirs')).json).toMatchObject({ total_count: 0, digests: [] })
  expect((await ask('GET', 'recipient_groups')).json).toEqual({ recipient_groups: [] })
  expect((await ask('POST', 'digests/reassign', { from: 5, to: 1 })).json).toEqual({ reassigned: [] })
  const own = await ask('GET', 'digests', undefined, { token: 'token-5', account: 2 })
  expect(own.json).toMatchObject({ total_count: 1, digests: [{ name: 'Theirs', owner: { id: 5 }, recipients_count: 2 }] })
})
