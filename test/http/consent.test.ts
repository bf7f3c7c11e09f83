import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { many, run } from '../../src/db.ts'
import { queueNotice } from '../../src/digests/delivery/notice.ts'
import { mayBeSent } from '../../src/digests/delivery/may-be-sent.ts'
import { queueWelcomes } from '../../src/digests/audience/welcome.ts'
import type { App } from '../../src/http/app.ts'
import type { TestDatabase } from '../support/database.ts'
import { ledgerOf, pauseOf } from '../digests/consent.ts'
import { serve } from './desk.ts'
import { asking, weekly } from './digests.ts'
import { isoOf } from '../../src/time/local-text.ts'
import { NOON, openOffice } from './office.ts'

const ADMINISTRATOR = 'token-1'
const AGENT = 'token-2'
const REPORT_MANAGER = 'token-3'
const OTHER_ROLE = 'token-4'
const NEIGHBOUR = 'token-5'

const NOON_ISO = isoOf(NOON)
let database: TestDatabase
let app: App
let ask: ReturnType<typeof asking>
beforeAll(async () => {
  database = await openOffice()
  app = serve(database.pool, { clock: () => NOON })
  ask = asking(app)
})
afterEach(async () => {
  for (const table of ['digests', 'recipient_groups', 'suppressions', 'recipient_policies']) {
    await run(database.pool, `delete from tidemark.${table} where account_id in (1, 2)`)
  }
})
afterAll(async () => {
  await app.close()
  await database.drop()
})

const policy = { external: true, domains: [] as string[], most_recipients: 1000 }
/** The policy with why it is set. */
const newPolicy = { ...policy, reason: 'as the works council asked' }
/** Makes a digest, or a group, and returns its id. */
async function made(path: string, body: object, options = {}): Promise<number> {
  const { status, json } = await ask('POST', path, body, options)
  expect([status, json]).toEqual([201, expect.anything()])
  return json.id as number
}
const to = (...recipients: (string | number | object)[]) => ({
  ...weekly,
  recipients: recipients.map((one) =>
    typeof one === 'string' ? { address: one } : typeof one === 'number' ? { user_id: one } : one,
  ),
})
const email = (address: string) => `email=${encodeURIComponent(address)}`

test.each([
  ['GET', 'suppressions', 200],
  ['GET', 'recipients?email=ana@example.com', 200],
  ['GET', 'recipient_policy', 200],
  ['POST', 'suppressions', 200],
  ['DELETE', 'suppressions?email=nobody@example.com', 404],
  ['DELETE', 'recipients?email=ana@example.com', 403],
  ['PUT', 'recipient_policy', 403],
] as const)('%s %s: who may', async (method, path, asManager) => {
  const body = method === 'POST' ? { email: 'zoe@example.com' } : method === 'PUT' ? newPolicy : undefined
  const status = async (token: string, account = 1) => (await ask(method, path, body, { token, account })).status
  expect([await status(AGENT), await status(OTHER_ROLE), await status(NEIGHBOUR), await status('')]).toEqual([403, 403, 404, 401])
  expect(await status(REPORT_MANAGER)).toBe(asManager)
  expect(await status(ADMINISTRATOR)).toBe(asManager === 403 ? 200 : asManager)
  expect(await status(ADMINISTRATOR, 2)).toBe(404)
})

describe('the recipient policy', () => {
  test('lets everybody pass at first, and is told with whom it refuses', async () => {
    await made('digests', to('ana@example.com', 'bo@partner.net', 2))
    const before = await ask('GET', 'recipient_policy')
    expect(before.json).toEqual({ ...policy, recipients_count: 3, refused_count: 0, refused: [] })
    const set = await ask('PUT', 'recipient_policy', {
      external: true,
      domains: ['EXAMPLE.com', '*.exämple.org'],
      most_recipients: 3,
      reason: 'partners are told by others',
    })
    expect(set.json).toEqual({
      external: true,
      domains: ['*.xn--exmple-cua.org', 'example.com'],
      most_recipients: 3,
      recipients_count: 3,
      refused_count: 1,
      refused: [{ email: 'bo@partner.net', reason: 'partner.net is none of the domains that digests may be sent to' }],
    })
    expect((await ask('GET', 'recipient_policy', undefined, { token: NEIGHBOUR, account: 2 })).json.domains).toEqual([])
  })

  test.each([
    ['a domain that is none', { ...newPolicy, domains: ['exa mple'] }, 'must be a domain such as example.com'],
    ['a star in the middle', { ...newPolicy, domains: ['mail.*.com'] }, 'must be a domain'],
    ['an address', { ...newPolicy, domains: ['ana@example.com'] }, 'must be a domain'],
    ['nobody', { ...newPolicy, most_recipients: 0 }, 'most_recipients'],
    ['a field that there is not', { ...newPolicy, external_allowed: true }, 'external_allowed'],
    ['a part of it', { external: true }, 'domains'],
    ['no reason', policy, 'reason: is missing'],
    ['a blank reason', { ...policy, reason: '  ' }, 'reason'],
    ['a reason that is a novel', { ...policy, reason: 'x'.repeat(501) }, 'reason'],
  ])('%s is refused', async (_, body, message) => {
    const { status, json } = await ask('PUT', 'recipient_policy', body)
    expect([status, json.detail]).toEqual([422, expect.stringContaining(message)])
  })

  test('names whom it refuses when a digest or group is saved, and what to change', async () => {
    await ask('PUT', 'recipient_policy', { ...newPolicy, domains: ['example.com', '*.partner.net'] })
    const refusal = async (path: string, body: object) => {
      const { status, json } = await ask('POST', path, body)
      expect(status).toBe(422)
      return json.detail as string
    }
    expect(await refusal('digests', to('ana@example.com', 'bo@partner.net', 'cy@mail.partner.net'))).toBe(
      'The recipient policy of this account refuses bo@partner.net (partner.net is none of the domains that digests may be sent to). ' +
        'Leave them out, or have an administrator change the policy.',
    )
    expect(await refusal('digests', to('eve@badexample.com'))).toContain('eve@badexample.com')
    expect(await refusal('recipient_groups', { name: 'Leads', recipients: [{ address: 'bo@partner.net' }] })).toContain(
      'bo@partner.net',
    )
    await run(database.pool, `update users set email = 'ben@home.org' where id = 2`)
    expect(await refusal('digests', to(2))).toContain('ben@home.org')
    await run(database.pool, `update users set email = 'ben@example.com' where id = 2`)
    await made('digests', to('ana@EXAMPLE.com', 'cy@mail.partner.net', 2))
  })

  test('refuses members of a group by the time that a digest takes it up', async () => {
    const group = await made('recipient_groups', { name: 'Board', recipients: [{ address: 'bo@partner.net' }] })
    await ask('PUT', 'recipient_policy', { ...newPolicy, external: false })
    const { status, json } = await ask('POST', 'digests', { ...to(), groups: [group] })
    expect([status, json.detail]).toEqual([
      422,
      expect.stringContaining('bo@partner.net of the group "Board" (only users of the account may be sent digests)'),
    ])
    // Also where one is written as an address: it is a user's.
    await made('digests', to(2, 'Cleo@example.com'))
  })

  test('holds back at sending what it would refuse now', async () => {
    const digestId = await made('digests', to('bo@partner.net', 2))
    await ask('PUT', 'recipient_policy', { ...newPolicy, external: false })
    const asked = { accountId: 1, digestId, notice: null }
    expect(await mayBeSent(database.pool, { ...asked, recipient: 'bo@partner.net', userId: null })).toEqual({
      state: 'skipped',
      reason: 'only users of the account may be sent digests',
    })
    expect(await mayBeSent(database.pool, { ...asked, recipient: 'ben@example.com', userId: 2 })).toBe('send')
    expect(await mayBeSent(database.pool, { ...asked, accountId: 2, recipient: 'bo@partner.net', userId: null })).toBe('send')
  })

  test('bounds how many different people there are, also for two who save at once', async () => {
    await ask('PUT', 'recipient_policy', { ...newPolicy, most_recipients: 3 })
    const id = await made('digests', to('a@example.com', 'b@example.com'))
    await made('recipient_groups', { name: 'Same', recipients: [{ address: 'A@example.com' }, { address: 'b@example.com' }] })
    const answers = await Promise.all(['c', 'd', 'e'].map((name) => ask('POST', 'digests', to(`${name}@example.com`))))
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 422, 422])
    expect(answers.find(({ status }) => status === 422)?.json.detail).toContain(
      'would have 4 different recipients; its policy allows 3',
    )
    // A bound that has become too small keeps nobody from changing what is there.
    await ask('PUT', 'recipient_policy', { ...newPolicy, most_recipients: 1 })
    expect((await ask('PUT', `digests/${id}`, { ...to('a@example.com', 'b@example.com'), name: 'Other' })).status).toBe(200)
  })
})

describe('suppressions', () => {
  test('are entered by people, listed by address, and lifted', async () => {
    const digest = await made('digests', to('ana@example.com', 2))
    const { status, json } = await ask('POST', 'suppressions', { email: 'Ana@example.com', digest_id: digest }, { token: REPORT_MANAGER }) // prettier-ignore
    const his = {
      email: 'ana@example.com',
      user_id: null,
      digest_id: digest,
      digest_name: 'Managers',
      own_wish: false,
      entered: { user_id: 3, name: 'Cleo, "C"', at: NOON_ISO },
      at: NOON_ISO,
    }
    expect([status, json]).toEqual([200, { suppressions: [his] }])
    await ask('POST', 'suppressions', { user_id: 2 })
    const { json: all } = await ask('GET', 'suppressions')
    expect(all).toMatchObject({
      total_count: 2,
      page: 1,
      suppressions: [his, { email: 'ben@example.com', user_id: 2, digest_id: null }],
    })
    expect((await ask('GET', `suppressions?user_id=2`)).json.suppressions).toHaveLength(1)
    expect((await ask('GET', `suppressions?digest_id=${digest}`)).json.suppressions).toEqual([his])
    expect((await ask('GET', `suppressions?per_page=1&page=2`)).json).toMatchObject({
      total_count: 2,
      suppressions: [{ user_id: 2 }],
    })
    expect((await ask('GET', 'suppressions', undefined, { token: NEIGHBOUR, account: 2 })).json.total_count).toBe(0)

    const lifted = await ask('DELETE', `suppressions?email=ana@example.com&digest_id=${digest}`)
    expect(lifted.json).toEqual({ lifted: [his], warning: null })
    expect((await ask('DELETE', `suppressions?email=ana@example.com&digest_id=${digest}`)).status).toBe(404)
  })

  test('that are the person’s own wish say so when they are lifted', async () => {
    const digest = await made('digests', to('ana@example.com', 2))
    await run(
      database.pool,
      `insert into tidemark.suppressions (account_id, digest_id, address, reason, at)
       values (1, $1, 'ana@example.com', 'unsubscribed', to_timestamp($2))`,
      [digest, NOON - 86400],
    )
    await ask('POST', 'suppressions', { email: 'ana@example.com', digest_id: digest })
    const { json } = await ask('DELETE', `suppressions?email=ana@example.com&digest_id=${digest}`)
    expect(json).toMatchObject({ lifted: [{ own_wish: true, entered: { user_id: 1 } }] })
    expect(json.warning).toBe(
      'ana@example.com unsubscribed himself on 2026-06-14 (UTC): it was his own wish. Lift it only because he has asked for it.',
    )
  })

  test.each([
    ['nobody', {}, 'Give an e-mail address or the id of a user'],
    ['two', { email: 'ana@example.com', user_id: 2 }, 'one of them'],
    ['no address', { email: 'ana' }, 'is no e-mail address'],
    ['digest 0', { email: 'ana@example.com', digest_id: 0 }, 'digest_id'],
  ])('of %s are refused', async (_, body, message) => {
    const { status, json } = await ask('POST', 'suppressions', body)
    expect([status, json.detail]).toEqual([422, expect.stringContaining(message)])
  })

  test('of another account’s digest are refused as of none', async () => {
    const theirs = await made('digests', to('ana@example.com'), { token: NEIGHBOUR, account: 2 })
    expect((await ask('POST', 'suppressions', { email: 'ana@example.com', digest_id: theirs })).status).toBe(404)
    expect(await many(database.pool, 'select from tidemark.suppressions')).toEqual([])
  })
})

describe('one person everywhere', () => {
  /** Ben (user 2): directly as a user, by his address, in a group of two digests; owner of one. Mails are queued for him. */
  async function benEverywhere() {
    const group = await made('recipient_groups', { name: 'Leads', recipients: [{ user_id: 2 }, { address: 'ana@example.com' }] })
    const alone = await made('digests', { ...to(2), name: 'Alone', owner_id: 2 })
    const byAddress = await made('digests', { ...to('Ben@example.com', 'ana@example.com'), name: 'By address' })
    const grouped = await made('digests', { ...to(), name: 'Grouped', groups: [group] })
    const theirs = await made('digests', to('ben@example.com'), { token: NEIGHBOUR, account: 2 })
    const notice = { language: 'en' as const, subject: 'Welcome', body: [], toSubscriber: true as const }
    for (const [accountId, digestId] of [
      [1, alone],
      [1, byAddress],
      [2, theirs],
    ] as const) {
      // prettier-ignore
      await queueNotice(database.pool, { accountId, digestId, key: `x/${digestId}` }, notice, [{ address: 'ben@example.com', userId: null }], NOON)
    }
    await run(
      database.pool,
      `insert into tidemark.links (account_id, id, delivery_id, expires_at, created_at)
       select account_id, gen_random_uuid(), id, to_timestamp($1), to_timestamp($2) from tidemark.deliveries`,
      [NOON + 86400, NOON],
    )
    return { group, alone, byAddress, grouped, theirs }
  }

  test('is found by address and as a user alike', async () => {
    const { group, alone, byAddress, grouped } = await benEverywhere()
    const { json } = await ask('GET', `recipients?${email('BEN@example.com')}`)
    expect(json).toMatchObject({
      emails: ['ben@example.com'],
      user_ids: [2],
      digests: [
        { id: alone, name: 'Alone', email: null, user_id: 2, lens: 'all', added_by: 1, added_by_name: 'Ann', added_at: NOON_ISO },
        { id: byAddress, name: 'By address', email: 'Ben@example.com', user_id: null },
      ],
      groups: [{ id: group, name: 'Leads', user_id: 2, reaches: [{ id: grouped, name: 'Grouped' }] }],
      owns: [{ id: alone, name: 'Alone' }],
      suppressions: [],
      deliveries: { queued: 2 },
      open_links: 2,
    })
    expect((await ask('GET', 'recipients?user_id=2')).json).toEqual(json)
    expect((await ask('GET', 'recipients?email=nobody@example.com')).json).toMatchObject({
      digests: [],
      groups: [],
      deliveries: {},
    })
  })

  test('is taken off all lists in one action, stays off, and digests without anybody pause', async () => {
    const { group, alone, byAddress, theirs } = await benEverywhere()
    const { status, json } = await ask('DELETE', 'recipients?user_id=2')
    expect([status, json]).toEqual([
      200,
      {
        emails: ['ben@example.com'],
        user_ids: [2],
        digests: [alone, byAddress],
        groups: [group],
        withdrawn: 2,
        links_revoked: 2,
        suppressed: true,
        paused: [alone],
      },
    ])
    expect(await pauseOf(database.pool, 1, alone)).toContain('nobody is left')
    const ledger = await ledgerOf(database.pool, 1)
    expect(ledger.map(({ recipient, state, error }) => [recipient, state, error])).toEqual([
      // He answered for the digest that has paused, and is told nothing any more: an administrator is.
      ['ann@example.com', 'queued', null],
      ['ben@example.com', 'skipped', 'has been taken off all lists'],
      ['ben@example.com', 'skipped', 'has been taken off all lists'],
    ])
    expect((await ask('GET', 'recipients?user_id=2')).json).toMatchObject({
      digests: [],
      groups: [],
      suppressions: [{ email: 'ben@example.com', user_id: 2, digest_id: null, own_wish: false, entered: { user_id: 1 } }],
      open_links: 0,
    })
    // The neighbour's is another matter.
    const neighbour = await ask('GET', `recipients?${email('ben@example.com')}`, undefined, { token: NEIGHBOUR, account: 2 })
    expect(neighbour.json).toMatchObject({
      digests: [{ id: theirs }],
      deliveries: { queued: 1 },
      open_links: 1,
      suppressions: [],
    })
    const again = await ask('DELETE', 'recipients?user_id=2')
    expect(again.json).toMatchObject({ digests: [], groups: [], withdrawn: 0, links_revoked: 0, paused: [] })
  })

  test('may be added again where that was asked for', async () => {
    const digestId = await made('digests', to('ana@example.com', 2))
    const { json } = await ask('DELETE', `recipients?${email('ana@example.com')}&suppress=false`)
    expect(json).toMatchObject({ digests: [digestId], suppressed: false })
    const asked = { accountId: 1, digestId, recipient: 'ana@example.com', userId: null, notice: null }
    expect(await mayBeSent(database.pool, asked)).toBe('send')
    await ask('DELETE', `recipients?${email('ana@example.com')}`)
    expect(await mayBeSent(database.pool, asked)).toEqual({ state: 'suppressed', reason: 'has been taken off all lists' })
  })
})

describe('people from outside', () => {
  const welcomes = async () =>
    (await ledgerOf(database.pool, 1))
      .filter(({ kind }) => kind === 'notice')
      .map(({ recipient, subject }) => [recipient, subject])

  test('are told once who added them to what, in its language; users are not', async () => {
    const group = await made('recipient_groups', { name: 'Board', recipients: [{ address: 'bo@partner.net' }] })
    const body = { ...to('ana@partner.net', 'cleo@example.com', 2), name: 'Wöchentlich', language: 'de', groups: [group] }
    const id = await made('digests', body)
    expect(await queueWelcomes(database.pool, NOON)).toBe(2)
    const subject = 'Sie erhalten künftig „Wöchentlich“, einen Bericht von Office'
    expect(await welcomes()).toEqual([
      ['ana@partner.net', subject],
      ['bo@partner.net', subject],
    ])
    const [{ said } = { said: '' }] = await many<{ said: string }>(
      database.pool,
      `select notice ->> 'body' as said from tidemark.deliveries`,
    )
    expect(said).toContain('Ann hat Sie zu „Wöchentlich“ hinzugefügt')

    // Off and on again, in another spelling.
    await ask('PUT', `digests/${id}`, { ...body, recipients: [{ user_id: 2 }] })
    await ask('PUT', `digests/${id}`, { ...body, recipients: [{ user_id: 2 }, { address: 'Ana@partner.net' }] })
    expect(await queueWelcomes(database.pool, NOON + 60)).toBe(0)
    await made('digests', to('ana@partner.net'))
    expect(await queueWelcomes(database.pool, NOON + 120)).toBe(1)
  })

  test('who want nothing of it, or may not be sent it, are not told', async () => {
    await made('digests', to('ana@partner.net', 'bo@partner.net', 'cy@example.com'))
    await ask('POST', 'suppressions', { email: 'ana@partner.net' })
    await ask('PUT', 'recipient_policy', { ...newPolicy, domains: ['example.com'] })
    await queueWelcomes(database.pool, NOON)
    expect((await welcomes()).map(([recipient]) => recipient)).toEqual(['cy@example.com'])
  })
})
