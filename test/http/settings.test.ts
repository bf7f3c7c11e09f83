// What an account settles for itself: who may, what is refused and why, what the audit log keeps, and what it does to reports.
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { retentionOf, settingsOf } from '../../src/accounts/settings.ts'
import { settingsFrom, wireOf } from '../../src/accounts/settings-schema.ts'
import { contrastOf } from '../../src/contrast.ts'
import { many, run } from '../../src/db.ts'
import type { App } from '../../src/http/app.ts'
import { activeBackfills, followZone } from '../../src/rollups/backfill/backfill.ts'
import { runBackfill } from '../../src/rollups/backfill/run-backfill.ts'
import type { TestDatabase } from '../support/database.ts'
import { scaled, seed } from '../support/seed.ts'
import { rollEverything, serve } from './desk.ts'
import { asking, weekly } from './digests.ts'
import { NOON, openOffice } from './office.ts'
import { wildSettings } from './wild-settings.ts'

let database: TestDatabase
let app: App
let ask: ReturnType<typeof asking>
beforeAll(async () => {
  database = await openOffice()
  app = serve(database.pool, { clock: () => NOON })
  ask = asking(app)
})
afterEach(async () => {
  await run(database.pool, 'delete from tidemark.settings')
  await run(database.pool, 'update tidemark.accounts set zone = null')
})
afterAll(async () => {
  await app.close()
  await database.drop()
})

const nothingKept = { raw: null, hourly: null, daily: null, snapshots: null, files: null, logs: null }
const unbranded = { name: null, accent: null, logo: null, footer: null }
const defaults = {
  zone: null,
  first_weekday: null,
  working_hours: null,
  holidays: [],
  retention: nothingKept,
  branding: unbranded,
  in_force: { zone: 'America/New_York', first_weekday: 1 },
  links: { targets: '/api/v1/accounts/1/targets', recipient_policy: '/api/v1/accounts/1/recipient_policy' },
}
const week = {
  sunday: 'closed',
  monday: [
    { from: '09:00', until: '12:00' },
    { from: '13:00', until: '24:00' },
  ],
  tuesday: 'all_day',
  wednesday: 'closed',
  thursday: 'closed',
  friday: [{ from: '00:00', until: '06:30' }],
  saturday: 'closed',
}
const everything = {
  zone: 'Asia/Kolkata',
  first_weekday: 0,
  working_hours: week,
  holidays: [
    { date: '2026-05-01', name: 'Labour Day' },
    { date: '2026-12-25', name: 'عيد الميلاد' },
  ],
  retention: { raw: 400, hourly: 400, daily: 1000, snapshots: 730, files: 30, logs: 365 },
  branding: { name: 'Acme Insights', accent: '#8a1c4a', logo: 'https://example.com/logo.png', footer: 'Acme Ltd, Berlin' },
}

const acts = (accountId = 1) =>
  many<Record<string, unknown>>(
    database.pool,
    `select account_id, actor_kind, actor_id, action, subject_kind, reason, before, after, request_id,
       extract(epoch from at)::float8 as at
     from tidemark.audit_log where account_id = $1 order by id`,
    [accountId],
  )

describe('who may', () => {
  test.each(['GET', 'PUT', 'PATCH'] as const)('%s', async (method) => {
    const body = method === 'GET' ? undefined : {}
    const status = async (token: string, account = 1) => (await ask(method, 'settings', body, { token, account })).status
    expect(await status('token-1')).toBe(200)
    expect([await status('token-2'), await status('token-4'), await status('token-5'), await status('')]).toEqual([
      403, 403, 404, 401,
    ])
    expect(await status('token-3')).toBe(method === 'GET' ? 200 : 403)
    expect(await status('token-1', 2)).toBe(404)
  })

  test('settings of one account are nothing to another', async () => {
    expect((await ask('PUT', 'settings', everything)).status).toBe(200)
    const theirs = await ask('GET', 'settings', undefined, { token: 'token-5', account: 2 })
    expect(theirs.json).toMatchObject({ zone: null, holidays: [], retention: nothingKept, in_force: { zone: 'Etc/UTC' } })
    expect(JSON.stringify(theirs.json)).not.toContain('Acme')
    expect(await acts(2)).toEqual([])
  })
})

describe('reading and changing', () => {
  test('an account that has settled nothing has the defaults, and what is in force is told', async () => {
    expect((await ask('GET', 'settings')).json).toEqual(defaults)
    expect(await retentionOf(database.pool, 1)).toEqual(nothingKept)
  })

  test('PUT replaces all of it, an answer may be sent back, and what is left out has its default again', async () => {
    const set = await ask('PUT', 'settings', everything)
    const now = { ...defaults, ...everything, in_force: { zone: 'Asia/Kolkata', first_weekday: 0 } }
    expect(set.json).toEqual(now)
    expect((await ask('GET', 'settings')).json).toEqual(now)
    expect((await ask('PUT', 'settings', set.json)).json).toEqual(now)
    expect(await retentionOf(database.pool, 1)).toEqual(everything.retention)
    expect((await ask('PUT', 'settings', { first_weekday: 6 })).json).toEqual({
      ...defaults,
      first_weekday: 6,
      in_force: { zone: 'America/New_York', first_weekday: 6 },
    })
  })

  test('PATCH changes a part: objects in part, lists as a whole, null gives back the default', async () => {
    await ask('PUT', 'settings', everything)
    const patch = {
      zone: null,
      branding: { footer: null, accent: '#0D6470' },
      retention: { logs: 90 },
      working_hours: { friday: 'closed' },
      holidays: [{ date: '2027-01-01', name: 'New Year' }],
    }
    const { json } = await ask('PATCH', 'settings', patch)
    expect(json).toEqual({
      ...defaults,
      first_weekday: 0,
      working_hours: { ...week, friday: 'closed' },
      holidays: patch.holidays,
      retention: { ...everything.retention, logs: 90 },
      branding: { ...everything.branding, footer: null, accent: '#0d6470' },
      in_force: { zone: 'America/New_York', first_weekday: 0 },
    })
    const none = Object.fromEntries(Object.keys(everything).map((name) => [name, null]))
    expect((await ask('PATCH', 'settings', none)).json).toEqual(defaults)
  })

  test('each setting has one form: zones as the database spells them, stretches and holidays in order, colours in lower case', async () => {
    const { json } = await ask('PUT', 'settings', {
      zone: 'asia/kolkata',
      working_hours: { monday: [week.monday[1], week.monday[0]] },
      holidays: everything.holidays.toReversed(),
      branding: { accent: '#8A1C4A', name: '  Acme ', logo: 'https://EXAMPLE.com/a b.png'.replace(' ', '%20') },
    })
    expect(json).toMatchObject({
      zone: 'Asia/Kolkata',
      working_hours: { monday: week.monday, tuesday: 'closed' },
      holidays: everything.holidays,
      branding: { accent: '#8a1c4a', name: 'Acme', logo: 'https://example.com/a%20b.png' },
    })
  })

  test('an account that has no row of its own yet is covered once it is rolled, as all of its history is in the dirty log', async () => {
    await run(database.pool, 'delete from tidemark.accounts where account_id = 2')
    await ask('PATCH', 'settings', { zone: 'Europe/Paris' }, { token: 'token-5', account: 2 })
    const rows = await many(database.pool, 'select zone, rolled_zone, covered::text from tidemark.accounts where account_id = 2')
    expect(rows).toEqual([{ zone: 'Europe/Paris', rolled_zone: null, covered: '{[-infinity,infinity)}' }])
  })
})

describe('the audit log', () => {
  test('keeps what was changed, as it was and is, who did it and why; nothing where nothing changed or it was refused', async () => {
    const before = (await acts()).length
    await ask('PATCH', 'settings', { first_weekday: 0, reason: 'We begin on Sundays.' }, { headers: { 'x-request-id': 'r-1' } })
    await ask('PATCH', 'settings', { first_weekday: 0, branding: { name: null } })
    expect((await ask('PATCH', 'settings', { first_weekday: 3, zone: 'Mars/Olympus' })).status).toBe(422)
    await ask('PATCH', 'settings', { branding: { name: 'Acme' }, first_weekday: null })
    const by = { account_id: 1, actor_kind: 'user', actor_id: 1, action: 'settings.update', subject_kind: 'settings', at: NOON }
    expect((await acts()).slice(before)).toEqual([
      { ...by, reason: 'We begin on Sundays.', before: { first_weekday: null }, after: { first_weekday: 0 }, request_id: 'r-1' },
      {
        ...by,
        reason: null,
        before: { first_weekday: 0, branding: unbranded },
        after: { first_weekday: null, branding: { ...unbranded, name: 'Acme' } },
        request_id: expect.any(String) as string,
      },
    ])
    expect((await settingsOf(database.pool, 1)).firstWeekday).toBeNull()
  })

  test('changes at once wait for each other, so that each part is kept and each is told', async () => {
    const before = (await acts()).length
    const patches = [
      { first_weekday: 6 },
      { branding: { name: 'Acme' } },
      { branding: { footer: 'Berlin' } },
      { retention: { logs: 90 } },
      { zone: 'Europe/Rome' },
    ]
    const answers = await Promise.all(patches.map((patch) => ask('PATCH', 'settings', patch)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    expect((await ask('GET', 'settings')).json).toMatchObject({
      zone: 'Europe/Rome',
      first_weekday: 6,
      retention: { logs: 90 },
      branding: { name: 'Acme', footer: 'Berlin' },
    })
    expect((await acts()).length).toBe(before + 5)
  })
})

describe('the first weekday', () => {
  const starts = async (path: string) => {
    const range = 'since=2026-06-08&until=2026-06-15&timezone=UTC'
    const { json } = await ask('GET', `reports/timeseries?${range}&group_by=week${path}`)
    return (json.points.conversations_count as { start: number; value: number }[]).map(({ start, value }) => [
      new Date(start * 1000).toISOString().slice(0, 10),
      value,
    ])
  }
  const chatwoots = async () => {
    const range = `since=${NOON - 14 * 86400}&until=${NOON}&group_by=week&metric=conversations_count&type=account`
    const headers = { api_access_token: 'token-1' }
    return (await app.inject({ url: `/api/v2/accounts/1/reports?${range}`, headers })).json<{ timestamp: number }[]>()
  }

  test('cuts the weeks of our own reports where no other is asked for; those of Chatwoot begin on Sunday all the same', async () => {
    const parity = await chatwoots()
    expect(parity.length).toBeGreaterThan(1)
    expect(await starts('')).toEqual([['2026-06-08', 2]])
    await ask('PATCH', 'settings', { first_weekday: 6 })
    expect(await starts('')).toEqual([
      ['2026-06-06', 1],
      ['2026-06-13', 1],
    ])
    expect(await starts('&week_start=monday')).toEqual([['2026-06-08', 2]])
    const theirs = await ask('GET', 'reports/timeseries?since=2026-06-08&until=2026-06-15&group_by=week', undefined, {
      token: 'token-5',
      account: 2,
    })
    expect(theirs.json.points.conversations_count).toHaveLength(1)
    expect(await chatwoots()).toEqual(parity)
  })

  test('is that of the digests that are made from then on, unless they say otherwise', async () => {
    const made = async (more = {}) => (await ask('POST', 'digests', { ...weekly, ...more })).json as Record<string, unknown>
    const before = await made()
    await ask('PATCH', 'settings', { first_weekday: 0 })
    expect(before.first_weekday).toBe(1)
    expect((await ask('GET', `digests/${String(before.id)}`)).json.first_weekday).toBe(1)
    expect((await made()).first_weekday).toBe(0)
    expect((await made({ first_weekday: 6 })).first_weekday).toBe(6)
  })
})

describe('the zone', () => {
  test('moves days at once, exactly as if it had been asked for, and is what the account is rolled by once it is through', async () => {
    await rollEverything(database.pool, NOON + 86400)
    const days = async (more = '') => {
      const answer = await ask(
        'GET',
        `reports/timeseries?since=2026-06-10&until=2026-06-15&group_by=day&metrics=${metrics}${more}`,
      )
      return {
        points: answer.json.points as unknown,
        zone: answer.json.timezone as string,
        source: answer.headers['x-report-source'],
      }
    }
    const [before, asked] = [await days(), await days('&timezone=Asia/Kolkata')]
    expect(before).toMatchObject({ zone: 'America/New_York', source: 'rollup' })
    expect(asked.points).not.toEqual(before.points)
    await ask('PATCH', 'settings', { zone: 'Asia/Kolkata' })
    expect(await days()).toMatchObject({ points: asked.points, zone: 'Asia/Kolkata' })
    expect(await days('&timezone=America/New_York')).toMatchObject({ points: before.points })

    expect(await followZone(database.pool, 1)).toBe(true)
    const [wanted] = await activeBackfills(database.pool, 1)
    expect(await days()).toMatchObject({ points: asked.points, source: 'raw' })
    await runBackfill(database.pool, 1, wanted!.id)
    expect(await days()).toMatchObject({ points: asked.points, source: 'rollup' })
    expect(await followZone(database.pool, 1)).toBe(false)
    expect(await days('&timezone=America/New_York')).toMatchObject({ points: before.points })
  })
})

const metrics = 'conversations_count,avg_first_response_time,resolutions_count,outgoing_messages_count'
const hours = (...stretches: [string, string][]) => ({
  working_hours: { monday: stretches.map(([from, until]) => ({ from, until })) },
})
const manyHolidays = (n: number) => ({
  holidays: Array.from({ length: n }, (_, i) => ({ date: new Date(i * 86_400_000).toISOString().slice(0, 10), name: 'x' })),
})

describe('what is refused says what to give', () => {
  test.each<[string, unknown, RegExp]>([
    [
      'a setting that there is not',
      { timezone: 'UTC' },
      /there is no field timezone here, only zone, first_weekday, working_hours/,
    ],
    ['one within another', { branding: { colour: '#000000' } }, /branding: there is no field colour here, only name, accent/],
    ['a list', [], /must be an object/],
    ['no zone', { zone: 'Mars/Olympus' }, /There is no time zone "Mars\/Olympus"\. Name one of the IANA list/],
    ['an offset', { zone: 'ABC3' }, /There is no time zone/],
    ['a weekday by name', { first_weekday: 'monday' }, /first_weekday: must be a weekday from 0 \(Sunday\) to 6/],
    ['a seventh weekday', { first_weekday: 7 }, /first_weekday: must be a weekday/],
    ['a stretch backwards', hours(['17:00', '09:00']), /working_hours\.monday: 17:00–09:00 ends before it begins/],
    ['an empty stretch', hours(['09:00', '09:00']), /ends before it begins/],
    ['stretches that overlap', hours(['09:00', '12:00'], ['11:59', '13:00']), /a stretch begins at 11:59, before the one before/],
    ['five stretches', hours(...[1, 3, 5, 7, 9].map((h): [string, string] => [`0${h}:00`, `0${h}:30`])), /or up to 4 stretches/],
    [
      'a word that is none',
      { working_hours: { monday: 'open' } },
      /monday: must be one of closed, all_day|monday: must be "closed"/,
    ],
    ['no stretch', hours(), /working_hours\.monday: must have at least 1 entry/],
    ['a time that no clock shows', hours(['09:60', '12:00']), /monday\.0\.from: must be a time from 00:00 to 23:59/],
    ['24:00 as a beginning', hours(['24:00', '24:00']), /from: must be a time from 00:00 to 23:59/],
    ['no open day', { working_hours: {} }, /working_hours: has no open day; give null/],
    ['a date that there is not', { holidays: [{ date: '2026-02-30', name: 'x' }] }, /holidays\.0\.date: must be a date such as/],
    ['a date of another century', { holidays: [{ date: '2100-01-01', name: 'x' }] }, /must be a date from 1970 to 2099/],
    ['a holiday twice', { holidays: [{ date: '2026-05-01', name: 'a' }, { date: '2026-05-01', name: 'b' }] }, /holidays: has 2026-05-01 more than once/], // prettier-ignore
    ['a holiday of two lines', { holidays: [{ date: '2026-05-01', name: 'a\nb' }] }, /holidays\.0\.name: must be one line/],
    ['half a character', { holidays: [{ date: '2026-05-01', name: 'a\ud800' }] }, /holidays\.0\.name: must be text/],
    ['too many holidays', manyHolidays(501), /holidays: must have at most 500 entries/],
    ['days below the least', { retention: { logs: 29 } }, /retention\.logs: must be at least 30/],
    ['days by year, of a year', { retention: { daily: 366 } }, /retention\.daily: must be at least 367/],
    ['parts of days', { retention: { logs: 30.5 } }, /retention\.logs: must be a whole number/],
    ['a thousand years', { retention: { logs: 36_501 } }, /retention\.logs: must be at most 36500/],
    ['hours gone before raw rows', { retention: { raw: 100, hourly: 99 } }, /retention\.hourly: must be 100 days or more, as raw is kept so long/], // prettier-ignore
    ['days gone before raw rows', { retention: { raw: 400, daily: 399 } }, /retention\.daily: must be 400 days or more, as raw/],
    [
      'days gone before hours',
      { retention: { hourly: 500, daily: 400 } },
      /retention\.daily: must be 500 days or more, as hourly/,
    ],
    [
      'days gone, hours not',
      { retention: { daily: 400 } },
      /retention\.daily: must be for ever \(null\), as hourly is kept so long/,
    ],
    ['files without snapshots', { retention: { snapshots: 100, files: 200 } }, /retention\.snapshots: must be 200 days or more, as files/], // prettier-ignore
    ['a colour by name', { branding: { accent: 'teal' } }, /branding\.accent: must be a colour such as #0d6470/],
    ['a short colour', { branding: { accent: '#abc' } }, /must be a colour/],
    [
      'a colour that is too light',
      { branding: { accent: '#777777' } },
      /#777777 has a contrast of 4\.47 to white; text needs 4\.5/,
    ],
    ['a logo over http', { branding: { logo: 'http://example.com/a.png' } }, /branding\.logo: must be an https address/],
    ['a logo that is a script', { branding: { logo: 'javascript:alert(1)' } }, /must be an https address/],
    ['a logo with a password', { branding: { logo: 'https://a:b@example.com/a.png' } }, /must be an https address/],
    ['a logo that ends its attribute', { branding: { logo: 'https://example.com/"onload="x' } }, /must be an https address/],
    [
      'a footer of 201 characters',
      { branding: { footer: 'x'.repeat(201) } },
      /branding\.footer: must have at most 200 characters/,
    ],
    ['a footer of two lines', { branding: { footer: 'a\u2028b' } }, /branding\.footer: must be one line/],
    ['an empty name', { branding: { name: ' ' } }, /branding\.name: must have at least 1 character/],
    ['an empty reason', { reason: '' }, /reason: must have at least 1 character/],
    ['a reason that is no text', { reason: 5 }, /reason: must be text/],
  ])('%s', async (_, body, detail) => {
    for (const method of ['PUT', 'PATCH'] as const) {
      const { status, json } = await ask(method, 'settings', body)
      expect([status, json.detail]).toEqual([422, expect.stringMatching(detail)])
    }
    expect((await ask('GET', 'settings')).json).toEqual(defaults)
  })

  test('what is at a bound is taken', async () => {
    const bodies = [
      hours(['00:00', '01:00'], ['01:00', '02:00'], ['23:00', '24:00']),
      manyHolidays(500),
      { retention: { raw: 32, hourly: 32, daily: 367, snapshots: 32, files: 32, logs: 30 } },
      { retention: { hourly: 32 } },
      { retention: { raw: 32 } },
      { branding: { accent: '#767676', footer: 'x'.repeat(200), name: 'x'.repeat(60) } },
    ]
    for (const body of bodies) expect((await ask('PUT', 'settings', body)).status).toBe(200)
    expect(contrastOf('#767676', '#ffffff')).toBeCloseTo(4.54, 2)
    expect(contrastOf('#000000', '#ffffff')).toBeCloseTo(21, 10)
  })

  test('raw rows that are Chatwoot’s are never purged', async () => {
    await run(database.pool, 'alter table tidemark.raw_migrations rename to raw_migrations_elsewhere')
    const { status, json } = await ask('PATCH', 'settings', { retention: { raw: 400, hourly: null } })
    await run(database.pool, 'alter table tidemark.raw_migrations_elsewhere rename to raw_migrations')
    expect([status, json.detail]).toEqual([422, expect.stringMatching(/^retention\.raw: this installation reads Chatwoot’s own/)])
  })
})

test('whatever is sent, it is taken or refused with a sentence; what is taken reads back as it is and may be sent again', async () => {
  console.info(`settings: TIDEMARK_SEED=${seed}`)
  let taken = 0
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('PUT' as const, 'PATCH' as const), wildSettings, async (method, body) => {
      const before = await settingsOf(database.pool, 1)
      const { status, json } = await ask(method, 'settings', body)
      const after = await settingsOf(database.pool, 1)
      if (status !== 200) {
        expect([400, 422]).toContain(status)
        expect(json.detail).toMatch(/\S/)
        expect(after).toEqual(before)
        return
      }
      taken += 1
      const { in_force, links, ...wire } = json as Record<string, unknown>
      expect([in_force, links]).toEqual([expect.anything(), expect.anything()])
      expect(wireOf(after)).toEqual(wire)
      expect(settingsFrom(wire)).toEqual(after)
      expect((await ask('PUT', 'settings', json)).json).toEqual(json)
    }),
    { seed, numRuns: scaled('TIDEMARK_SETTINGS_FUZZ', 120) },
  )
  expect(taken).toBeGreaterThan(10)
})
