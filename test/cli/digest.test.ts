// Digests and groups at the command line: it takes and tells what the API does. (What each option means: digest-definition.test.ts.)
import { afterAll, beforeAll, expect, test } from 'vitest'
import { many } from '../../src/db.ts'
import type { App } from '../../src/http/app.ts'
import { serve } from '../http/desk.ts'
import { asking, weekly } from '../http/digests.ts'
import { NOON, openOffice } from '../http/office.ts'
import { tidemark } from '../support/command.ts'
import type { TestDatabase } from '../support/database.ts'

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

const command = (args: string[], input?: string) =>
  tidemark(
    [...args, '--account', '1'],
    { DATABASE_URL: database.url, TIDEMARK_CLOCK: new Date(NOON * 1000).toISOString() },
    input,
  )
/** What a verb prints as JSON. */
async function json(args: string[], input?: string) {
  const { code, stdout, stderr } = await command([...args, '--json'], input)
  expect([code, stderr]).toEqual([0, ''])
  return JSON.parse(stdout)
}
const api = async (path: string) => (await ask('GET', path)).json

test('a digest is what the API says of it, and comes back the same from JSON', async () => {
  const made = await json(['digest', 'create', '--to', 'ana@example.com=team:1', 'user:2', '--every', 'month', '--on', 'last'])
  expect(made).toMatchObject({
    name: 'Monthly report',
    owner: null,
    health: 'owner_missing',
    zone: 'America/New_York',
    cadence: { every: 'month', on: 'last', time: '08:00' },
    window: { unit: 'month', count: 1 },
    recipients: [
      { address: 'ana@example.com', lens: { team: [1] } },
      { user_id: 2, lens: 'all' },
    ],
  })
  expect(await api(`digests/${made.id}`)).toEqual(made)
  const [edited, copy] = await Promise.all([
    json(['digest', 'edit', '--digest', String(made.id), '--file', '-'], JSON.stringify(made)),
    json(['digest', 'create', '--file', '-', '--name', 'Copy'], JSON.stringify(made)),
  ])
  expect(edited).toEqual(made)
  expect(copy).toEqual({ ...made, id: copy.id, name: 'Copy' })
})

test('show, list and check tell people when it is due; check makes nothing', async () => {
  const { id } = (await ask('POST', 'digests', { ...weekly, name: 'Board', recipients: [{ user_id: 2 }] })).json
  const before = await many(database.pool, 'select * from tidemark.digests order by id')
  const [shown, listed, found, checked] = await Promise.all([
    command(['digest', 'show', '--digest', String(id)]),
    command(['digest', 'list']),
    json(['digest', 'list', '--search', 'board']),
    command(['digest', 'check', '--every', 'day', '--time', '02:30', '--zone', 'Europe/Berlin', '--to', 'a@example.com']),
  ])
  expect(shown.stdout).toContain(`Digest ${id}: Board\nDue every Monday at 08:00 (Europe/Berlin). Owner: Ann (1). 1 recipient.`)
  expect(shown.stdout).toContain('  2026-06-22T08:00:00+02:00  2026-06-15 to 2026-06-21\n')
  expect(listed.stdout).toMatch(/Board +every Monday at 08:00 +Europe\/Berlin +Ann \(1\) +1 +ok +2026-06-22T08:00:00\+02:00 +none yet/) // prettier-ignore
  expect(found).toEqual({ total_count: 1, digests: [await api(`digests/${id}`)] })
  expect(checked.stdout.match(/^ {2}2026-06-\d\dT02:30:00\+02:00 {2}2026-06-\d\d$/gm)).toHaveLength(5)
  expect(await many(database.pool, 'select * from tidemark.digests order by id')).toEqual(before)
})

test('what is wrong ends with 2 and says what to change; deleting wants to be confirmed', async () => {
  const { id } = (await ask('POST', 'digests', weekly)).json
  const on = ['--digest', String(id)]
  const wrong: [string[], string, string?][] = [
    [
      ['digest', 'create', '--to', 'a@example.com', '--on', 'monday,thursday', '--window', 'week'],
      'twice, because it is due more often',
    ],
    [['digest', 'create', '--to', 'user:5'], 'This account has no user 5'],
    [['digest', 'edit', ...on, '--file', '/nowhere/digest.json'], 'cannot be read (ENOENT)'],
    [['digest', 'edit', ...on, '--file', '-'], 'Standard input is no JSON', 'x'],
    [['digest', 'delete', ...on], 'Confirm with --yes'],
    [['digest', 'show', '--digest', '999999'], 'There is no digest 999999 in this account'],
  ]
  await Promise.all(
    wrong.map(async ([args, message, input]) => {
      const { code, stdout, stderr } = await command(args, input)
      expect([args, code, stdout, stderr]).toEqual([args, 2, '', expect.stringContaining(message)])
    }),
  )
  expect(await json(['digest', 'pause', ...on, '--reason', 'summer'])).toMatchObject({ health: 'paused', pause_reason: 'summer' })
  expect(await json(['digest', 'resume', ...on])).toMatchObject({ health: 'ok', paused: false })
  expect(await json(['digest', 'delete', ...on, '--yes'])).toEqual({ deleted: id })
  expect((await ask('GET', `digests/${id}`)).status).toBe(404)
})

test('groups are made, changed, listed, and deleted when nothing uses them', async () => {
  const made = await json(['group', 'create', '--name', 'Team leads', '--to', 'user:2=own_teams', 'ana@example.com'])
  expect(await api(`recipient_groups/${made.id}`)).toEqual(made)
  const on = ['--group', String(made.id)]
  const changed = await json(['group', 'edit', ...on, '--to', 'user:3'])
  expect(changed).toEqual({ ...made, recipients: [{ user_id: 3, lens: 'all' }] })
  const digest = (await ask('POST', 'digests', { ...weekly, name: 'For leads', recipients: [], groups: [made.id] })).json
  const [listed, used, unconfirmed] = await Promise.all([
    command(['group', 'list']),
    command(['group', 'delete', ...on, '--yes']),
    command(['group', 'delete', ...on]),
  ])
  expect(listed.stdout).toMatch(new RegExp(`Team leads +1 +${digest.id}`))
  expect([used.code, used.stderr]).toEqual([4, expect.stringContaining(`digest ${digest.id} (For leads)`)])
  expect(unconfirmed.code).toBe(2)
  await ask('DELETE', `digests/${digest.id}`)
  expect(await json(['group', 'delete', ...on, '--yes'])).toEqual({ deleted: made.id })
})
