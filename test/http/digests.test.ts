// Digests over HTTP: made once, listed with how they stand, kept, handed on, and nobody else's.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { many, run } from '../../src/db.ts'
import { planDueDigests } from '../../src/digests/composing/plan.ts'
import type { App } from '../../src/http/app.ts'
import type { TestDatabase } from '../support/database.ts'
import { serve } from './desk.ts'
import { asking, weekly } from './digests.ts'
import { NOON, openOffice } from './office.ts'

let database: TestDatabase
let app: App
let ask: ReturnType<typeof asking>
let now = NOON
beforeAll(async () => {
  database = await openOffice()
  app = serve(database.pool, { clock: () => now })
  ask = asking(app)
})
afterEach(async () => {
  now = NOON
  await run(database.pool, 'delete from tidemark.digests')
  await run(database.pool, 'delete from tidemark.recipient_groups')
})
afterAll(async () => {
  await app.close()
  await database.drop()
})

const stored = async () =>
  (await many<{ id: number }>(database.pool, 'select id from tidemark.digests order by id')).map(({ id }) => id)
const make = async (given: object = {}) => (await ask('POST', 'digests', { ...weekly, ...given })).json
const list = async (query = '') => (await ask('GET', `digests${query}`)).json

describe('a digest', () => {
  test('is stored with what it leaves out filled in, belongs to who asks, and tells when it is due', async () => {
    const { status, json } = await ask('POST', 'digests', weekly, { token: 'token-3' })
    expect(status).toBe(201)
    expect(json).toEqual({
      id: expect.any(Number) as number,
      ...weekly,
      owner_id: 3,
      window: { unit: 'week', count: 1 },
      first_weekday: 1,
      starts_on: null,
      ends_on: null,
      comparison: 'previous',
      filter: {},
      business_hours: false,
      formats: ['inline', 'xlsx'],
      csv_delimiter: ',',
      language: 'en',
      condition: { when: 'always', thresholds: [], targets: false },
      when_incomplete: 'send',
      patience_hours: 2,
      recipients: [{ address: 'ana@example.com', lens: 'all' }],
      groups: [],
      owner: { id: 3, name: 'Cleo, "C"', member: true },
      recipients_count: 1,
      unreachable_count: 0,
      paused: false,
      paused_at: null,
      pause_reason: null,
      health: 'ok',
      last_result: null,
      next_due: expect.any(Array) as unknown[],
      created_at: '2026-06-15T12:00:00Z',
      updated_at: '2026-06-15T12:00:00Z',
    })
    expect(json.next_due).toHaveLength(5)
    expect(json.next_due[0]).toEqual({
      due_at: '2026-06-22T06:00:00Z',
      local: '2026-06-22T08:00:00+02:00',
      period: { first_date: '2026-06-15', last_date: '2026-06-21' },
    })
    expect((await ask('GET', `digests/${json.id}.json`)).json).toEqual(json)
  })

  test('keeps its owner when somebody else changes it, unless he has left', async () => {
    const { id } = await make({ owner_id: 4 })
    expect((await ask('PUT', `digests/${id}`, { ...weekly, name: 'Changed' }, { token: 'token-3' })).json).toMatchObject({
      name: 'Changed',
      owner_id: 4,
    })
    await run(database.pool, 'delete from account_users where account_id = 1 and user_id = 4')
    expect((await ask('GET', `digests/${id}`)).json).toMatchObject({
      owner: { id: 4, name: null, member: false },
      health: 'owner_missing',
    })
    expect((await ask('PUT', `digests/${id}`, weekly, { token: 'token-3' })).json).toMatchObject({ owner_id: 3, health: 'ok' })
    await run(database.pool, 'insert into account_users (account_id, user_id, role, created_at, updated_at) values (1, 4, 0, now(), now())') // prettier-ignore
  })

  test('is deleted, once', async () => {
    const { id } = await make()
    const gone = await ask('DELETE', `digests/${id}`)
    expect([gone.status, gone.raw.length]).toEqual([204, 0])
    for (const [method, path, body] of [['DELETE', `digests/${id}`], ['GET', `digests/${id}`], ['PUT', `digests/${id}`, weekly]] as const) {
      const answer = await ask(method, path, body)
      expect([answer.status, answer.json.detail]).toEqual([404, `There is no digest ${id} in this account.`])
    } // prettier-ignore
    for (const none of ['0', '-1', 'abc', '1e3', '9'.repeat(30)]) expect((await ask('GET', `digests/${none}`)).status).toBe(404)
  })
})

describe('a request that is sent again', () => {
  const keyed = (key: string, body: unknown = weekly, token = 'token-1') =>
    ask('POST', 'digests', body, { token, headers: { 'idempotency-key': key } })

  test('with its key makes no second digest, in whatever order its fields are', async () => {
    const [first, again] = [await keyed('k-1'), await keyed('k-1', Object.fromEntries(Object.entries(weekly).toReversed()))]
    expect([first.status, again.status, again.json]).toEqual([201, 200, first.json])
    expect(await stored()).toEqual([first.json.id])
  })

  test('many times at once makes one', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => keyed('k-2')))
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 200, 200, 200, 200, 200, 200, 201])
    expect(await stored()).toEqual([...new Set(answers.map(({ json }) => json.id))])
  })

  test('with its key and another definition is refused', async () => {
    const { json } = await keyed('k-3')
    const other = await keyed('k-3', { ...weekly, name: 'Another' })
    expect([other.status, other.json.detail]).toEqual([409, expect.stringContaining(`has made digest ${json.id} from another`)])
    expect(await stored()).toEqual([json.id])
  })

  test('is another when somebody else chose the same key, when there is none, and after a refusal', async () => {
    expect((await keyed('k-4')).status).toBe(201)
    expect((await keyed('k-4', weekly, 'token-3')).status).toBe(201)
    expect((await keyed('k-5', { ...weekly, zone: 'Mars' })).status).toBe(422)
    expect((await keyed('k-5')).status).toBe(201)
    expect([(await make()).id, (await make()).id].length).toBe(2)
    expect(await stored()).toHaveLength(5)
    expect((await keyed('k'.repeat(201))).json.detail).toContain('must be 1 to 200 visible characters')
  })
})

describe('the list', () => {
  test('is by name, in pages, and found by name, owner, address and member of a group', async () => {
    const group = (await ask('POST', 'recipient_groups', { name: 'Leads', recipients: [{ user_id: 2 }] })).json
    await make({ name: 'Weekly', recipients: [{ address: 'Zoe@Example.com' }] })
    await make({ name: 'board', owner_id: 3, recipients: [], groups: [group.id] })
    await make({ name: '100 % sure_thing' })
    const names = async (query: string) => (await list(query)).digests.map((digest: { name: string }) => digest.name)
    expect(await names('')).toEqual(['100 % sure_thing', 'board', 'Weekly'])
    expect(await list('?page=2&per_page=2')).toMatchObject({
      total_count: 3,
      page: 2,
      per_page: 2,
      digests: [{ name: 'Weekly' }],
    })
    expect(await list('?page=9')).toMatchObject({ total_count: 3, digests: [] })
    for (const [search, found] of [['zoe@example', ['Weekly']], ['ben@', ['board']], ['=1+1', ['board']], ['cleo', ['board']], ['BOARD', ['board']], ['%', ['100 % sure_thing']], ['_', ['100 % sure_thing']], ['eve@example.com', []]] as const) {
      expect([search, await names(`?search=${encodeURIComponent(search)}`)]).toEqual([search, found])
    } // prettier-ignore
    expect((await ask('GET', `digests?search=${'x'.repeat(201)}`)).status).toBe(422)
    expect((await ask('GET', 'digests?search=%00')).status).toBe(422)
    expect((await ask('GET', 'digests?owner=1')).json.detail).toContain('There is no parameter owner here')
    const [row] = (await list('?search=board')).digests
    expect(row).toMatchObject({ recipients_count: 1, groups: [group.id], owner: { id: 3 }, health: 'ok', last_result: null })
    expect([row.next_due.length, row.recipients]).toEqual([5, undefined])
  })

  test('tells what is missed, of whom nobody is left, and who cannot be reached', async () => {
    const { id } = await make({ recipients: [{ user_id: 2 }, { address: 'ana@example.com' }] })
    now = NOON + 10 * 86400
    await planDueDigests(database.pool, now)
    const [row] = (await list()).digests
    expect(row).toMatchObject({
      id,
      health: 'failing',
      last_result: {
        period: { first_date: '2026-06-15', last_date: '2026-06-21' },
        due_at: '2026-06-22T06:00:00Z',
        state: 'missed',
        at: '2026-06-25T12:00:00Z',
        deliveries: {},
      },
    })
    expect(row.last_result.note).toContain('48 hours')
    expect(row.next_due[0].local).toBe('2026-06-29T08:00:00+02:00')
    await run(database.pool, 'delete from account_users where account_id = 1 and user_id = 2')
    expect((await list()).digests[0]).toMatchObject({ recipients_count: 1, unreachable_count: 1, health: 'failing' })
    await ask('PUT', `digests/${id}`, { ...weekly, recipients: [{ user_id: 3 }] })
    await run(database.pool, 'update tidemark.recipients set user_id = 2 where account_id = 1')
    expect((await list()).digests[0]).toMatchObject({ recipients_count: 0, unreachable_count: 1, health: 'no_recipients' })
    await run(database.pool, 'insert into account_users (account_id, user_id, role, created_at, updated_at) values (1, 2, 0, now(), now())') // prettier-ignore
  })

  test('of an edited digest names no time whose period was planned before', async () => {
    now = NOON - 7 * 3600
    const { id } = await make()
    now = NOON
    await planDueDigests(database.pool, now)
    const later = await ask('PUT', `digests/${id}`, { ...weekly, cadence: { ...weekly.cadence, time: '18:00' } })
    expect(later.json.next_due.map(({ local }: { local: string }) => local).slice(0, 2)).toEqual([
      '2026-06-22T18:00:00+02:00',
      '2026-06-29T18:00:00+02:00',
    ])
  })
})

describe('pausing and handing on', () => {
  test('a paused digest says why and since when; resumed, it makes up for nothing', async () => {
    const { id } = await make()
    const paused = (await ask('POST', `digests/${id}/pause`, { reason: 'summer break' })).json
    expect(paused).toMatchObject({
      paused: true,
      pause_reason: 'summer break',
      paused_at: '2026-06-15T12:00:00Z',
      health: 'paused',
    })
    expect(paused.next_due).toHaveLength(5)
    now = NOON + 8 * 86400
    const still = await ask('POST', `digests/${id}/pause`)
    expect(still.json).toMatchObject({ pause_reason: 'paused by hand', paused_at: '2026-06-15T12:00:00Z' })
    const resumed = await ask('POST', `digests/${id}/resume`)
    expect(resumed.json).toMatchObject({ paused: false, pause_reason: null, paused_at: null, health: 'ok' })
    expect(resumed.json.next_due[0].local).toBe('2026-06-29T08:00:00+02:00')
    expect(await planDueDigests(database.pool, now + 3600)).toMatchObject({ planned: 0, missed: 0 })
    for (const body of [{ reason: '' }, { reason: 'x'.repeat(501) }, { reason: 'a\nb' }, { why: 'x' }, []])
      expect((await ask('POST', `digests/${id}/pause`, body)).status).toBe(422)
    expect((await ask('POST', 'digests/999999/pause', {})).status).toBe(404)
    expect((await ask('POST', 'digests/999999/resume')).status).toBe(404)
  })

  test('all digests of one owner, or of nobody, are given to another', async () => {
    const [a, b, c] = [await make({ owner_id: 2 }), await make({ owner_id: 2 }), await make({ owner_id: null })]
    const give = (body: unknown) => ask('POST', 'digests/reassign', body)
    expect((await give({ from: 2, to: 3 })).json).toEqual({ reassigned: [a.id, b.id] })
    expect((await give({ from: null, to: 3 })).json).toEqual({ reassigned: [c.id] })
    expect((await give({ from: 2, to: 1 })).json).toEqual({ reassigned: [] })
    for (const [body, detail] of [
      [{ from: 3, to: 5 }, 'This account has no user 5'],
      [{ from: 3 }, 'to: is missing'],
      [{ from: 3, to: null }, 'to: must be a number'],
      [{ from: '3', to: 1 }, 'from: must be a number'],
      [null, 'The body: must be an object'],
    ] as const) {
      const refused = await give(body)
      expect([refused.status, refused.json.detail]).toEqual([422, expect.stringContaining(detail)])
    }
    expect((await list()).digests.map((digest: { owner: { id: number } }) => digest.owner.id)).toEqual([3, 3, 3])
  })
})

describe('recipient groups', () => {
  const group = (given: object = {}) => ({ name: 'Leads', recipients: [{ user_id: 2, lens: 'own_teams' }, { address: 'Ana@EXAMPLE.com' }], ...given }) // prettier-ignore

  test('are made, listed by name, changed and deleted', async () => {
    const made = await ask('POST', 'recipient_groups', group())
    const answer = {
      id: made.json.id,
      name: 'Leads',
      recipients: [
        { user_id: 2, lens: 'own_teams' },
        { address: 'Ana@example.com', lens: 'all' },
      ],
      used_by: [],
    }
    expect([made.status, made.json]).toEqual([201, answer])
    const board = (await ask('POST', 'recipient_groups', { name: 'Board' })).json
    expect((await ask('GET', 'recipient_groups')).json).toEqual({ recipient_groups: [board, answer] })
    expect((await ask('GET', `recipient_groups/${made.json.id}`)).json).toEqual(answer)
    const changed = { ...answer, name: 'Team leads', recipients: [answer.recipients[1]] }
    expect((await ask('PUT', `recipient_groups/${made.json.id}`, changed)).json).toEqual(changed)
    expect((await ask('DELETE', `recipient_groups/${made.json.id}`)).status).toBe(204)
    expect((await ask('DELETE', `recipient_groups/${made.json.id}`)).status).toBe(404)
  })

  test('who joins or leaves counts at once; one that is used cannot be deleted, and it is said by what', async () => {
    const { id } = (await ask('POST', 'recipient_groups', group())).json
    const digest = await make({ name: 'Monday', recipients: [], groups: [id] })
    expect(digest.recipients_count).toBe(2)
    await ask('PUT', `recipient_groups/${id}`, group({ recipients: [{ user_id: 3 }] }))
    expect((await ask('GET', `digests/${digest.id}`)).json.recipients_count).toBe(1)
    expect((await ask('GET', `recipient_groups/${id}`)).json.used_by).toEqual([{ id: digest.id, name: 'Monday' }])
    const refused = await ask('DELETE', `recipient_groups/${id}`)
    expect([refused.status, refused.json.detail]).toEqual([409, expect.stringContaining(`digest ${digest.id} (Monday)`)])
    await ask('DELETE', `digests/${digest.id}`)
    expect((await ask('DELETE', `recipient_groups/${id}`)).status).toBe(204)
  })

  test.each<[unknown, number, string]>([
    [group({ name: 'Taken' }), 409, 'another recipient group called "Taken"'],
    [group({ name: '' }), 422, 'name: must have at least 1 character'],
    [group({ name: 'a\nb' }), 422, 'name: must be one line'],
    [group({ name: 'x'.repeat(121) }), 422, 'name: must have at most 120'],
    [group({ members: [] }), 422, 'there is no field members here, only name, recipients'],
    [group({ recipients: [{ address: 'ana' }] }), 422, 'is no e-mail address'],
    [group({ recipients: [{ user_id: 5 }] }), 422, 'This account has no user 5'],
    [group({ recipients: [{ user_id: 2, lens: { team: [2] } }] }), 422, 'This account has no team 2'],
    [group({ recipients: 'ana@example.com' }), 422, 'recipients: must be a list'],
    [null, 422, 'The group: must be an object'],
  ])('%j is refused and changes nothing', async (body, status, detail) => {
    await ask('POST', 'recipient_groups', { name: 'Taken' })
    const { id } = (await ask('POST', 'recipient_groups', group({ name: 'Mine' }))).json
    const before = (await ask('GET', 'recipient_groups')).json
    for (const [method, path] of [['POST', 'recipient_groups'], ['PUT', `recipient_groups/${id}`]] as const) {
      const answer = await ask(method, path, body)
      expect([answer.status, answer.json.detail]).toEqual([status, expect.stringContaining(detail)])
    } // prettier-ignore
    expect((await ask('GET', 'recipient_groups')).json).toEqual(before)
  })
})
