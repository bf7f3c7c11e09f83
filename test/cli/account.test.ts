// `tidemark account`: that it takes what people type, tells what the API tells, and is on record.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { settingsJson } from '../../src/accounts/settings-json.ts'
import { many } from '../../src/db.ts'
import { openOffice } from '../http/office.ts'
import { tidemark } from '../support/command.ts'
import type { TestDatabase } from '../support/database.ts'

let database: TestDatabase
let folder: string
beforeAll(async () => {
  database = await openOffice()
  folder = await mkdtemp(join(tmpdir(), 'tidemark-account-'))
})
afterAll(async () => {
  await database.drop()
  await rm(folder, { recursive: true })
})

/** Runs `tidemark account …` at the office. */
async function account(...given: string[]) {
  const env = { DATABASE_URL: database.url, TIDEMARK_CLOCK: '2026-06-15T12:00:00Z', LOG_LEVEL: 'silent' }
  const { code, stdout, stderr } = await tidemark(['account', ...given], env)
  return { code, out: stdout, err: stderr }
}

test('accounts are listed with their zones; one that there is not is said to be none', async () => {
  const [text, json, none] = await Promise.all([account('list'), account('list', '--json'), account('show', '--account', '9')])
  expect(text.out).toBe('id  name       zone\n1   Office     America/New_York\n2   Neighbour  Etc/UTC\n3   Closed     Etc/UTC\n')
  expect(JSON.parse(json.out)).toMatchObject({ total_count: 3, page: 1, accounts: [{ id: 1, name: 'Office' }, {}, {}] })
  expect(none).toMatchObject({ code: 2, out: '', err: 'There is no account 9 here.\n' })
})

test('options change a part, files all of it or a part; what is shown is what the API tells, and each change is on record', async () => {
  const of = ['--account', '1']
  const options = [
    ['--zone', 'asia/kolkata', '--first-weekday', 'sunday', '--reason', 'We moved.'],
    ['--hours', 'mon=09:00-12:00,13:00-17:00', 'friday=all_day'],
    ['--holiday', '2026-12-25=Christmas Day', '2026-05-01=Labour Day'],
    ['--keep', 'logs=90', '--accent', '#8A1C4A', '--footer', 'Office Ltd'],
  ]
  const set = await account('set', ...of, ...options.flat())
  expect(set).toEqual({
    code: 0,
    err: '',
    out: `Account 1: Office
Zone: Asia/Kolkata.
Weeks begin on: sunday.
Working hours:
  monday     09:00-12:00, 13:00-17:00
  tuesday    closed
  wednesday  closed
  thursday   closed
  friday     all day
  saturday   closed
  sunday     closed
Holidays:
  2026-05-01 Labour Day
  2026-12-25 Christmas Day
Kept: raw for ever, hourly for ever, daily for ever, snapshots for ever, files for ever, logs 90 days.
Mail, name: as everybody’s
Mail, accent: #8a1c4a
Mail, logo: as everybody’s
Mail, footer: Office Ltd
`,
  })
  const part = join(folder, 'part.json')
  await writeFile(part, JSON.stringify({ first_weekday: 6, branding: { name: 'Insights' }, reason: 'From a file.' }))
  const more = ['--remove-holiday', '2026-05-01', '--hours', 'default', '--zone', 'default', '--json']
  const patched = JSON.parse((await account('set', ...of, '--file', part, ...more)).out) as object
  expect(patched).toMatchObject({
    zone: null,
    first_weekday: 6,
    working_hours: null,
    holidays: [{ date: '2026-12-25', name: 'Christmas Day' }],
    branding: { name: 'Insights', accent: '#8a1c4a', footer: 'Office Ltd' },
    in_force: { zone: 'America/New_York' },
  })
  expect(patched).toEqual(await settingsJson(database.pool, 1))
  const replaced = JSON.parse((await account('set', ...of, '--file', part, '--replace', '--json')).out) as object
  expect(replaced).toMatchObject({ holidays: [], branding: { name: 'Insights', accent: null }, retention: { logs: null } })
  const acts = await many(
    database.pool,
    'select account_id, actor_kind, actor_id, action, reason from tidemark.audit_log order by id',
  )
  const by = { account_id: 1, actor_kind: 'command', actor_id: null, action: 'settings.update' }
  expect(acts).toEqual(['We moved.', 'From a file.', 'From a file.'].map((reason) => ({ ...by, reason })))
})

test.each<[string, string[], RegExp]>([
  ['a zone that there is not', ['--zone', 'Mars'], /no time zone "Mars"/],
  ['hours of no form', ['--hours', 'monday=nine'], /Give monday=09:00-12:00,13:00-17:00/],
  ['holidays of no form', ['--holiday', 'Christmas'], /Give a date and a name/],
  ['what is not kept', ['--keep', 'coffee=9'], /days, or forever, of raw, hourly/],
  ['a colour that is too light', ['--accent', '#ffff00'], /contrast of 1\.07 to white/],
  ['a replacement by nothing', ['--replace'], /give --file/],
])('%s: exit 2 with a sentence, and nothing is changed', async (_, options, message) => {
  const before = await settingsJson(database.pool, 1)
  expect(await account('set', '--account', '1', ...options)).toMatchObject({
    code: 2,
    out: '',
    err: expect.stringMatching(message),
  })
  expect(await settingsJson(database.pool, 1)).toEqual(before)
})
