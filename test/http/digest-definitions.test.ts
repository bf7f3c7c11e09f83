// What a digest is made from: good definitions are kept as they are, bad ones are refused with what to change.
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { many } from '../../src/db.ts'
import type { App } from '../../src/http/app.ts'
import type { TestDatabase } from '../support/database.ts'
import { scaled, seed } from '../support/seed.ts'
import { serve } from './desk.ts'
import { asking, weekly } from './digests.ts'
import { wildDefinition } from './fuzz-requests.ts'
import { NOON, openOffice } from './office.ts'

let database: TestDatabase
let app: App
let ask: ReturnType<typeof asking>
let now = NOON
let group: number
beforeAll(async () => {
  database = await openOffice()
  app = serve(database.pool, { clock: () => now })
  ask = asking(app)
  group = (await ask('POST', 'recipient_groups', { name: 'Leads', recipients: [{ user_id: 2 }] })).json.id
})
afterAll(async () => {
  await app.close()
  await database.drop()
})

const everything = () =>
  many(
    database.pool,
    `select d.*, array(select to_jsonb(r) from tidemark.recipients r where r.digest_id = d.id order by id) as people,
       array(select group_id from tidemark.digest_groups g where g.digest_id = d.id) as groups
     from tidemark.digests d order by id`,
  )

const full = {
  ...weekly,
  owner_id: 3,
  window: { unit: 'day', count: 14 },
  first_weekday: 0,
  starts_on: '2026-06-01',
  ends_on: '2027-06-01',
  comparison: 'year',
  filter: { inbox: [1], team: [0, 1], agent: [1, 2], label: [1] },
  business_hours: true,
  formats: ['inline', 'csv', 'zip', 'xlsx'],
  csv_delimiter: 'tab',
  language: 'ar',
  condition: {
    when: 'missed',
    thresholds: [{ metric: 'avg_first_response_time', limit: 'above', value: 3600.5 }],
    targets: true,
  },
  when_incomplete: 'hold',
  patience_hours: 0.1,
  recipients: [
    { address: 'ana@example.com', lens: { team: [1] } },
    { user_id: 2, lens: 'own' },
    { user_id: 3, lens: 'own_teams' },
    { address: 'Bo.Ek+tag@xn--bcher-kva.example', lens: 'all' },
  ],
}

const at = { time: '08:00' }
const month = (on: unknown) => ({ cadence: { every: 'month', on, ...at } })

describe('good definitions are stored and read back as they are', () => {
  test.each<[string, object]>([
    ['with everything', full],
    ['every day', { cadence: { every: 'day', time: '00:00' }, window: { unit: 'day', count: 1 } }],
    ['on several weekdays', { cadence: { every: 'week', weekdays: [1, 3, 5], time: '23:59' }, window: { unit: 'slot' } }],
    ['on a day of the month', { ...month(31), window: { unit: 'month', count: 3 } }],
    ['on the last day', { ...month('last'), window: { unit: 'month', count: 1 } }],
    ['on the first Monday', { ...month({ nth: 'first', weekday: 1 }), window: { unit: 'month', count: 1 } }],
    ['on the last working day', { ...month({ nth: 'last', weekday: 'working' }), window: { unit: 'slot' } }],
    ['by cron', { cadence: { every: 'cron', expression: '30 7 1 1,4,7,10 *' }, window: { unit: 'month', count: 3 } }],
    ['without a comparison', { comparison: 'none', formats: ['csv'] }],
    ['for nobody’s conversations', { filter: { agent: [0] } }],
    ['with nobody who owns it', { owner_id: null }],
    ['with a name in other scripts', { name: '‎تقرير 📈 "Führung" <b>' }],
  ])('%s', async (_, given) => {
    const body = { ...weekly, ...given }
    const made = await ask('POST', 'digests', body)
    expect([made.status, made.json]).toEqual([201, expect.objectContaining({ next_due: expect.any(Array) })])
    const read = (await ask('GET', `digests/${made.json.id}`)).json
    expect(read).toMatchObject({ ...body, recipients: made.json.recipients })
    if (given === full) expect(read.recipients).toEqual(full.recipients)
    // A changed answer may be sent back as it is: what it tells besides the definition is not taken for a field.
    const same = await ask('PUT', `digests/${read.id}`, read)
    expect([same.status, same.json]).toEqual([200, read])
    const renamed = (await ask('PUT', `digests/${read.id}`, { ...read, name: 'Renamed' })).json
    expect(renamed).toEqual({ ...read, name: 'Renamed' })
    await ask('DELETE', `digests/${read.id}`)
  })

  test('a group alone is enough; an address is kept in one form and once, with the last lens', async () => {
    const recipients = [
      { address: ' Ana@Bücher.EXAMPLE ' },
      { address: 'ana@xn--bcher-kva.example', lens: { inbox: [1] } },
      { user_id: 2 },
      { user_id: 2 },
    ]
    const both = (await ask('POST', 'digests', { ...weekly, recipients, groups: [group, group] })).json
    expect([both.recipients, both.groups, both.recipients_count]).toEqual([
      [
        { address: 'ana@xn--bcher-kva.example', lens: { inbox: [1] } },
        { user_id: 2, lens: 'all' },
      ],
      [group],
      2,
    ])
    const alone = (await ask('PUT', `digests/${both.id}`, { ...weekly, recipients: [], groups: [group] })).json
    expect([alone.recipients, alone.recipients_count]).toEqual([[], 1])
    await ask('DELETE', `digests/${both.id}`)
  })
})

const long = 'x'.repeat(121)
const bad: [what: string, given: unknown, detail: string][] = [
  ['no object', [], 'The definition: must be an object'],
  ['no name', { ...weekly, name: undefined }, 'name: is missing'],
  ['a blank name', { ...weekly, name: '   ' }, 'name: must have at least 1 character'],
  ['too long a name', { ...weekly, name: long }, 'name: must have at most 120 characters'],
  ['a name that would be another header', { ...weekly, name: 'a\r\nBcc: b@example.com' }, 'name: must be one line'],
  ['a field of another version', { ...weekly, weekday: 1 }, 'there is no field weekday here, only name, owner_id, zone, cadence'],
  ['a name in the other spelling', { ...weekly, businessHours: true }, 'there is no field businessHours here'],
  ['several things at once', { ...weekly, name: 5, language: 'fr' }, 'name: must be text; language: must be one of en, de, ar.'],
  ['no zone', { ...weekly, zone: 'Mars/Base' }, 'There is no time zone "Mars/Base". Name one of the IANA list'],
  ['no cadence', { ...weekly, cadence: undefined }, 'cadence: is missing'],
  ['a cadence of another kind', { ...weekly, cadence: { every: 'year', ...at } }, 'cadence.every: must be "day", "week", "month" or "cron"'],
  ['a cadence with a field of another', { ...weekly, cadence: { every: 'day', weekdays: [1], ...at } }, 'cadence: there is no field weekdays here, only every, time'],
  ['no weekday', { ...weekly, cadence: { every: 'week', weekdays: [], ...at } }, 'cadence.weekdays: must have at least 1 entry'],
  ['a weekday that is none', { ...weekly, cadence: { every: 'week', weekdays: [7], ...at } }, 'cadence.weekdays.0: must be a weekday from 0 (Sunday) to 6'],
  ['a time that is none', { ...weekly, cadence: { every: 'day', time: '24:00' } }, 'cadence.time: must be a time from 00:00 to 23:59'],
  ['a day of the month that is none', { ...weekly, ...month(32) }, 'cadence.on: must be at most 31'],
  ['a day of the month that is no day', { ...weekly, ...month('first') }, 'cadence.on: must be a day from 1 to 31, "last", or the first or last weekday'],
  ['a cron expression that is none', { ...weekly, cadence: { every: 'cron', expression: 'every monday' } }, 'cron'],
  ['a cron expression that is never due', { ...weekly, cadence: { every: 'cron', expression: '0 8 30 2 *' } }, 'never falls due'],
  ['a cron expression that is due all day', { ...weekly, cadence: { every: 'cron', expression: '* * * * *' } }, 'once'],
  ['the same week twice', { ...weekly, cadence: { every: 'week', weekdays: [1, 4], ...at }, window: { unit: 'week', count: 1 } }, 'twice, because it is due more often than once in the week of its window. Use'],
  ['too long a window', { ...weekly, window: { unit: 'month', count: 13 } }, 'give at most 12 as the count of the unit month'],
  ['a window of another kind', { ...weekly, window: { unit: 'year', count: 1 } }, 'window.unit: must be "day", "week", "month" or "slot"'],
  ['a start that is no date', { ...weekly, starts_on: '2026-02-30' }, 'starts_on: must be a date such as 2026-05-04'],
  ['a start before time', { ...weekly, starts_on: '0000-01-01' }, 'starts_on: must be a date from 1970 to 2099'],
  ['an end before the start', { ...weekly, starts_on: '2026-07-01', ends_on: '2026-06-01' }, 'give a later end, or none'],
  ['no due day before the end', { ...weekly, starts_on: '2026-06-16', ends_on: '2026-06-20' }, 'is never due from 2026-06-16 until 2026-06-20'],
  ['nobody', { ...weekly, recipients: [] }, 'Give at least one recipient or recipient group'],
  ['no address', { ...weekly, recipients: [{ address: 'ana' }] }, '"ana" is no e-mail address. Give one such as ana@example.com'],
  ['two addresses in one', { ...weekly, recipients: [{ address: 'a@example.com, b@example.com' }] }, 'is no e-mail address'],
  ['an address with another header', { ...weekly, recipients: [{ address: 'a@example.com\nBcc: b@example.com' }] }, 'is no e-mail address'],
  ['a recipient that is two', { ...weekly, recipients: [{ address: 'a@example.com', user_id: 2 }] }, 'recipients.0: must have either user_id (a user of the account) or address'],
  ['a lens without its user', { ...weekly, recipients: [{ address: 'a@example.com', lens: 'own' }] }, 'is only an address, so it has no teams or figures of its own. Name the user'],
  ['a lens that is none', { ...weekly, recipients: [{ user_id: 2, lens: 'some' }] }, 'recipients.0.lens: must be "all", "own_teams", "own" or ids'],
  ['a lens of nothing', { ...weekly, recipients: [{ user_id: 2, lens: {} }] }, 'recipients.0.lens: must'],
  ['too many recipients', { ...weekly, recipients: Array.from({ length: 1001 }, (_, i) => ({ address: `p${i}@example.com` })) }, 'recipients: must have at most 1000 entries'],
  ['a user of another account', { ...weekly, recipients: [{ user_id: 5 }] }, 'This account has no user 5. Leave it out or give another'],
  ['an owner of another account', { ...weekly, owner_id: 5 }, 'This account has no user 5'],
  ['a team of another account, in a lens', { ...weekly, recipients: [{ address: 'a@example.com', lens: { team: [2] } }] }, 'This account has no team 2'],
  ['an inbox of another account', { ...weekly, filter: { inbox: [1, 2] } }, 'This account has no inbox 2'],
  ['an id that is none', { ...weekly, filter: { agent: ['1'] } }, 'filter.agent.0: must be a number'],
  ['ids of nothing', { ...weekly, filter: { agent: [] } }, 'filter.agent: must have at least 1 entry'],
  ['a group that is not there', { ...weekly, groups: [999_999] }, 'This account has no recipient group 999999'],
  ['no format', { ...weekly, formats: [] }, 'formats: must have at least 1 entry'],
  ['a format of another kind', { ...weekly, formats: ['pdf'] }, 'formats.0: must be one of inline, csv, zip, xlsx'],
  ['a threshold of no metric', { ...weekly, condition: { when: 'missed', thresholds: [{ metric: 'speed', limit: 'above', value: 1 }] } }, 'condition.thresholds.0.metric: must be one of conversations_count'],
  ['a threshold below nothing', { ...weekly, condition: { when: 'missed', thresholds: [{ metric: 'reply_time', limit: 'above', value: -1 }] } }, 'condition.thresholds.0.value: must be at least 0'],
  ['endless patience', { ...weekly, patience_hours: 73 }, 'patience_hours: must be at most 72'],
] // prettier-ignore

describe('bad definitions are refused with what to change, and change nothing', () => {
  test.each(bad)('%s', async (_, given, detail) => {
    const { id } = (await ask('POST', 'digests', weekly)).json
    const before = await everything()
    for (const [method, path] of [
      ['POST', 'digests'],
      ['PUT', `digests/${id}`],
      ['POST', 'digests/check'],
    ] as const) {
      const answer = await ask(method, path, given)
      expect([answer.status, answer.json]).toEqual([
        422,
        expect.objectContaining({ status: 422, code: 'invalid', detail: expect.stringContaining(detail) }),
      ])
      expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
      expect(answer.json.detail.length).toBeLessThan(1200)
    }
    expect(await everything()).toEqual(before)
    await ask('DELETE', `digests/${id}`)
  })

  test('a body that is none, is of another type, or is too large', async () => {
    const post = async (payload: string, type = 'application/json') =>
      (await app.inject({ method: 'POST', url: '/api/v1/accounts/1/digests', headers: { api_access_token: 'token-1', 'content-type': type }, payload })).statusCode // prettier-ignore
    expect(await post('{"name":')).toBe(400)
    expect(await post('<digest/>', 'text/xml')).toBe(415)
    expect(await post(JSON.stringify({ ...weekly, name: 'x'.repeat(1_100_000) }))).toBe(413)
    expect(await post(`{"owner":${'['.repeat(20_000)}${']'.repeat(20_000)}}`)).toBe(422)
    expect((await app.inject({ method: 'POST', url: '/api/v1/accounts/1/digests', headers: { api_access_token: 'token-1' } })).statusCode).toBe(422) // prettier-ignore
  })
})

test('whatever is given is stored and read back as the answer says, or refused', async () => {
  const fine = { ...weekly, recipients: [{ address: 'ana@example.com' }, { user_id: 2, lens: 'own' }] }
  const some = wildDefinition.chain((wild) => fc.subarray(Object.entries(wild), { maxLength: 3 }))
  const counts = { stored: 0, refused: 0 }
  await fc.assert(
    fc.asyncProperty(some, async (fields) => {
      const body = { ...fine, ...Object.fromEntries(fields) }
      const made = await ask('POST', 'digests', body)
      if (made.status === 422) {
        counts.refused += 1
        expect(made.json.detail).toMatch(/^\S.{10,1200}$/s)
        return
      }
      counts.stored += 1
      expect([made.status, made.json]).toEqual([201, expect.anything()])
      const read = (await ask('GET', `digests/${made.json.id}`)).json
      expect(read).toEqual(made.json)
      expect((await ask('PUT', `digests/${read.id}`, read)).json).toEqual(read)
      expect((await ask('DELETE', `digests/${read.id}`)).status).toBe(204)
    }),
    { numRuns: scaled('TIDEMARK_RUNS', 100), seed, endOnFailure: true },
  )
  expect(counts.stored).toBeGreaterThan(5)
  expect(counts.refused).toBeGreaterThan(5)
})

describe('due times', () => {
  const due = async (given: object) =>
    (await ask('POST', 'digests/check', { ...weekly, ...given })).json.next_due.map((next: { local: string }) => next.local)

  test('a time that the clocks skip is the first after, one that they show twice is the first of both', async () => {
    now = Date.parse('2027-03-26T12:00:00Z') / 1000
    const daily = { cadence: { every: 'day', time: '02:30' } }
    expect(await due(daily)).toEqual([
      '2027-03-27T02:30:00+01:00',
      '2027-03-28T03:00:00+02:00',
      '2027-03-29T02:30:00+02:00',
      '2027-03-30T02:30:00+02:00',
      '2027-03-31T02:30:00+02:00',
    ])
    now = Date.parse('2026-10-24T12:00:00Z') / 1000
    expect((await due(daily)).slice(0, 2)).toEqual(['2026-10-25T02:30:00+02:00', '2026-10-26T02:30:00+01:00'])
    expect((await due({ ...daily, zone: 'Asia/Kathmandu' }))[0]).toBe('2026-10-25T02:30:00+05:45')
    now = NOON
  })

  test('each has its own days, which a change of summer time does not move', async () => {
    now = Date.parse('2026-10-20T12:00:00Z') / 1000
    const { next_due } = (await ask('POST', 'digests/check', { ...weekly, cadence: { every: 'week', weekdays: [1, 4], ...at } }))
      .json
    expect(
      next_due.map(({ due_at, period }: { due_at: string; period: object }) => [due_at, Object.values(period).join(' ')]),
    ).toEqual([
      ['2026-10-22T06:00:00Z', '2026-10-19 2026-10-21'],
      ['2026-10-26T07:00:00Z', '2026-10-22 2026-10-25'],
      ['2026-10-29T07:00:00Z', '2026-10-26 2026-10-28'],
      ['2026-11-02T07:00:00Z', '2026-10-29 2026-11-01'],
      ['2026-11-05T07:00:00Z', '2026-11-02 2026-11-04'],
    ])
    now = NOON
  })

  test('there are fewer when it ends, and none after', async () => {
    expect(await due({ ends_on: '2026-06-29' })).toHaveLength(2)
    const ended = await ask('POST', 'digests', { ...weekly, starts_on: '2026-01-01', ends_on: '2026-06-10' })
    expect([ended.json.next_due, ended.json.health]).toEqual([[], 'ended'])
    await ask('DELETE', `digests/${ended.json.id}`)
  })
})
