import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createToken } from '../../src/access/tokens.ts'
import { byCommand } from '../../src/audit/change.ts'
import { recordAct } from '../../src/audit/record.ts'
import { many, one, run, transaction } from '../../src/db.ts'
import type { App } from '../../src/http/app.ts'
import { parseCsv } from '../support/csv.ts'
import type { TestDatabase } from '../support/database.ts'
import { serve } from './desk.ts'
import { asking, weekly } from './digests.ts'
import { NOON, openOffice } from './office.ts'

let database: TestDatabase
let app: App
let ask: ReturnType<typeof asking>
beforeAll(async () => {
  database = await openOffice()
  app = serve(database.pool, { clock: () => NOON })
  ask = asking(app)
})
afterAll(async () => {
  await app.close()
  await database.drop()
})

const log = async (query = '', token = 'token-1') => {
  const answer = await app.inject({ url: `/api/v1/admin/audit?${query}`, headers: { api_access_token: token } })
  return { status: answer.statusCode, json: String(answer.headers['content-type']).includes('json') ? answer.json() : null, body: answer.body } // prettier-ignore
}
/** What was written since an id, the oldest first, without what differs each time. */
const lastId = async () =>
  (await one<{ id: number }>(database.pool, 'select coalesce(max(id), 0) as id from tidemark.audit_log')).id
const acts = (after: number) =>
  many(
    database.pool,
    `select action, subject_kind as kind, subject_id as id, actor_kind || ' ' || actor_id as who, reason, before, after
     from tidemark.audit_log where account_id = 1 and id > $1 order by audit_log.id`,
    [after],
  )

describe('what is recorded', () => {
  test('a digest’s life, with what changed', async () => {
    const start = await lastId()
    const { id } = (await ask('POST', 'digests', weekly, { headers: { 'x-request-id': 'order-66' } })).json
    await ask('PUT', `digests/${id}`, { ...weekly, name: 'Chiefs', language: 'de' })
    await ask('PUT', `digests/${id}`, { ...weekly, name: 'Chiefs', language: 'de' })
    await ask('POST', `digests/${id}/pause`, { reason: 'holidays' }, { token: 'token-3' })
    await ask('POST', `digests/${id}/resume`)
    await ask('POST', `digests/${id}/resume`)
    await ask('POST', 'digests/reassign', { from: 1, to: 3 })
    await ask('DELETE', `digests/${id}`)
    const kind = { kind: 'digest', id, who: 'user 1', reason: null }
    expect(await acts(start)).toEqual([
      { ...kind, action: 'digest.create', before: null, after: expect.objectContaining({ name: 'Managers', recipients: [{ address: 'ana@example.com', lens: 'all' }] }) as unknown }, // prettier-ignore
      {
        ...kind,
        action: 'digest.update',
        before: { name: 'Managers', language: 'en' },
        after: { name: 'Chiefs', language: 'de' },
      },
      { ...kind, who: 'user 3', reason: 'holidays', action: 'digest.pause', before: { paused: false, pause_reason: null }, after: { paused: true, pause_reason: 'holidays' } }, // prettier-ignore
      { ...kind, action: 'digest.resume', before: { paused: true, pause_reason: 'holidays' }, after: { paused: false, pause_reason: null } }, // prettier-ignore
      { ...kind, action: 'digest.reassign', before: { owner_id: 1 }, after: { owner_id: 3 } },
      {
        ...kind,
        action: 'digest.delete',
        before: expect.objectContaining({ name: 'Chiefs', owner_id: 3 }) as unknown,
        after: null,
      },
    ])
    const { json } = await log(`account_id=1&subject=digest:${id}`)
    expect(json.acts.at(-1)).toMatchObject({ request_id: 'order-66', actor: { kind: 'user', id: 1, name: 'Ann' }, at: '2026-06-15T12:00:00Z' }) // prettier-ignore
  })

  test('groups, targets, the recipient policy with its reason, suppressions and who is removed', async () => {
    const start = await lastId()
    const { id } = (await ask('POST', 'recipient_groups', { name: 'Heads', recipients: [{ user_id: 2 }] })).json
    await ask('PUT', `recipient_groups/${id}`, { name: 'Heads', recipients: [{ user_id: 3 }] })
    await ask('DELETE', `recipient_groups/${id}`)
    await ask('PUT', 'targets', { targets: [{ type: 'account', id: 1, times: 'reply', seconds: 60 }] })
    await ask('PUT', 'targets', { targets: [{ type: 'account', id: 1, times: 'reply', seconds: 60 }] })
    const policy = { external: true, domains: ['example.com'], most_recipients: 10, reason: 'no strangers' }
    await ask('PUT', 'recipient_policy', policy)
    await ask('POST', 'suppressions', { email: 'zoe@example.com' })
    await ask('POST', 'suppressions', { email: 'zoe@example.com' })
    await ask('DELETE', 'suppressions?email=zoe@example.com')
    await ask('DELETE', 'recipients?user_id=2&suppress=false')
    const own = { who: 'user 1', reason: null }
    const group = { ...own, kind: 'recipient_group', id }
    const of = (user: number) => [{ user_id: user, lens: 'all' }]
    const none = { suppressions: [] }
    const entered = { suppressions: [{ email: 'zoe@example.com', digest_id: null, own_wish: false, entered: true }] }
    expect(await acts(start)).toEqual([
      { ...group, action: 'recipient_group.create', before: null, after: { name: 'Heads', recipients: of(2) } },
      { ...group, action: 'recipient_group.update', before: { recipients: of(2) }, after: { recipients: of(3) } },
      { ...group, action: 'recipient_group.delete', before: { name: 'Heads', recipients: of(3) }, after: null },
      { ...own, kind: 'targets', id: null, action: 'targets.update', before: { targets: [] }, after: { targets: [{ type: 'account', id: 1, times: 'reply', seconds: 60 }] } }, // prettier-ignore
      { ...own, kind: 'policy', id: null, reason: 'no strangers', action: 'policy.update', before: { domains: [], most_recipients: 1000 }, after: { domains: ['example.com'], most_recipients: 10 } }, // prettier-ignore
      { ...own, kind: 'suppression', id: null, action: 'suppression.enter', before: none, after: entered },
      { ...own, kind: 'suppression', id: null, action: 'suppression.lift', before: entered, after: null },
      { ...own, kind: 'person', id: 2, action: 'person.remove', before: null, after: expect.objectContaining({ user_ids: [2], suppressed: false }) as unknown }, // prettier-ignore
    ])
  })

  test('what a token that stands for nobody does, as that token’s', async () => {
    const start = await lastId()
    const { id, token } = (await ask('POST', 'tokens', { name: 'Bot', role: 'administrator' })).json
    await ask('PUT', 'targets', { targets: [] }, { token })
    expect(await acts(start)).toMatchObject([
      { action: 'token.create', who: 'user 1' },
      { action: 'targets.update', who: `token ${id}` },
    ])
    const { json } = await log(`actor=token:${id}`, token)
    expect(json.acts[0].actor).toEqual({ kind: 'token', id, name: 'Bot' })
    expect(JSON.stringify(await acts(0))).not.toContain(token)
  })
})

test('nothing is changed that is not recorded: where the log takes no act, no change is made', async () => {
  const { id } = (await ask('POST', 'digests', weekly)).json
  const group = (await ask('POST', 'recipient_groups', { name: 'Kept' })).json.id
  const token = (await ask('POST', 'tokens', { name: 'Kept', role: 'viewer' })).json.id
  const everything = () =>
    Promise.all(
      'digests recipient_groups recipients digest_groups suppressions targets recipient_policies tokens audit_log'
        .split(' ')
        .map((table) => many(database.pool, `select * from tidemark.${table} t order by t::text`)),
    )
  const before = await everything()
  await run(database.pool, 'alter table tidemark.audit_log add constraint shut check (false) not valid')
  const changes = [
    ['POST', 'digests', { ...weekly, name: 'Other' }],
    ['PUT', `digests/${id}`, { ...weekly, name: 'Other' }],
    ['POST', `digests/${id}/pause`, {}],
    ['POST', 'digests/reassign', { from: 1, to: 3 }],
    ['DELETE', `digests/${id}`, undefined],
    ['POST', 'recipient_groups', { name: 'Other' }],
    ['PUT', `recipient_groups/${group}`, { name: 'Renamed' }],
    ['DELETE', `recipient_groups/${group}`, undefined],
    ['PUT', 'targets', { targets: [{ type: 'account', id: 1, times: 'reply', seconds: 90 }] }],
    ['PUT', 'recipient_policy', { external: false, domains: [], most_recipients: 9, reason: 'r' }],
    ['POST', 'suppressions', { email: 'yan@example.com' }],
    ['DELETE', 'recipients?email=ana@example.com', undefined],
    ['POST', 'tokens', { name: 'Other', role: 'viewer' }],
    ['DELETE', `tokens/${token}`, undefined],
  ] as const
  for (const [method, path, body] of changes)
    expect([method, path, (await ask(method, path, body)).status]).toEqual([method, path, 500])
  await run(database.pool, 'alter table tidemark.audit_log drop constraint shut')
  expect(await everything()).toEqual(before)
  // Each of them does change something where the log is open.
  const { n } = await one<{ n: number }>(database.pool, 'select count(*) as n from tidemark.audit_log')
  for (const [method, path, body] of changes) expect((await ask(method, path, body)).status).toBeLessThan(300)
  // Two digests were given to another owner.
  expect((await one<{ n: number }>(database.pool, 'select count(*) as n from tidemark.audit_log')).n).toBe(n + changes.length + 1)
})

test('a reason that says nothing, or too much, is refused as a fault of whoever gives it', async () => {
  const record = (reason: string) =>
    transaction(database.pool, (tx) => recordAct(tx, { ...byCommand(NOON), accountId: 1, action: 'thing.explain', reason }))
  for (const reason of ['', ' ', 'x'.repeat(501)])
    await expect(record(reason)).rejects.toMatchObject({ status: 422, exitCode: 2 })
  await record('x'.repeat(500))
})

describe('what is told of it', () => {
  test('pages follow each other without a gap, the newest first', async () => {
    await transaction(database.pool, async (tx) => {
      for (let i = 0; i < 7; i++)
        await recordAct(tx, { ...byCommand(NOON - 10_000 + i), accountId: 1, action: 'thing.do', subjectId: i })
    })
    const found: number[] = []
    for (let next: number | null | undefined; next !== null;) {
      const { json } = await log(`action=thing.do&limit=3${next ? `&before=${next}` : ''}`)
      found.push(...json.acts.map(({ subject }: { subject: { id: number } }) => subject.id))
      next = json.next as number | null
    }
    expect(found).toEqual([6, 5, 4, 3, 2, 1, 0])
    const [since, until] = [NOON - 9998, NOON - 9996]
    expect((await log(`subject=thing&since=${since}&until=${until}`)).json.acts).toHaveLength(2)
    expect((await log('subject=thing:4&actor=command')).json.acts).toHaveLength(1)
    expect((await log('subject=thing:4&actor=user')).json.acts).toEqual([])
  })

  test('an administrator sees his accounts, an operator all and the installation, others nothing', async () => {
    await transaction(database.pool, async (tx) => {
      await recordAct(tx, { ...byCommand(NOON), accountId: 2, action: 'theirs.do' })
      await recordAct(tx, { ...byCommand(NOON), accountId: null, action: 'all.do' })
      // A user of account 2 and one of account 1 in acts of the other: neither is named.
      await recordAct(tx, { actor: { kind: 'user', id: 5 }, at: NOON, accountId: 1, action: 'odd.do' })
    })
    expect((await log()).json.acts.every((act: { account_id: number }) => act.account_id === 1)).toBe(true)
    expect((await log('action=odd.do')).json.acts[0].actor).toEqual({ kind: 'user', id: 5, name: null })
    expect((await log('action=theirs.do')).json.acts).toEqual([])
    expect((await log('action=theirs.do', 'token-5')).json.acts).toHaveLength(1)
    const operator = await createToken(
      database.pool,
      null,
      { name: 'o', role: 'viewer', userId: null, expiresAt: null },
      byCommand(NOON),
    )
    for (const action of ['theirs.do', 'all.do', 'odd.do'])
      expect((await log(`action=${action}`, operator.text)).json.acts).toHaveLength(1)
    const [foreign, unknown] = [await log('account_id=2'), await log('account_id=77')]
    expect([foreign.status, { ...foreign.json, request_id: '', detail: '' }]).toEqual([
      404,
      { ...unknown.json, request_id: '', detail: '' },
    ])
    expect([(await log('', 'token-2')).status, (await log('', 'token-3')).status, (await log('', 'nope')).status]).toEqual([
      403, 403, 401,
    ])
  })

  test.each([
    'actor=User',
    'subject=digest:x',
    'limit=0',
    'limit=101',
    'since=yesterday',
    'account_id=1,2',
    'before=-1',
    'format=xml',
    'who=me',
  ])('%s is refused', async (query) => expect((await log(query)).status).toBe(422))

  test('a file has all of it, and nothing in it is a formula', async () => {
    await transaction(database.pool, (tx) =>
      recordAct(tx, {
        ...byCommand(NOON),
        accountId: 1,
        action: 'file.do',
        reason: '=HYPERLINK("http://x")',
        after: { a: 'b,"c"' },
      }),
    )
    const { body } = await log('action=file.do&format=csv&bom=0')
    const [headings, row] = parseCsv(body)
    expect(headings?.slice(0, 4)).toEqual(['id', 'at', 'account_id', 'actor_kind'])
    expect(row?.slice(6)).toEqual(['file.do', 'file', '', `'=HYPERLINK("http://x")`, '', '{"a":"b,\\"c\\""}', ''])
    const { n } = await one<{ n: number }>(database.pool, 'select count(*) as n from tidemark.audit_log where account_id = 1')
    expect(parseCsv((await log('format=csv')).body)).toHaveLength(n + 1)
  })
})
