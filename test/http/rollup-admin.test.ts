// What administrators are told of their accounts' rollups over HTTP: their own accounts alone, as described, as the command says it.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run } from '../../src/db.ts'
import type { App } from '../../src/http/app.ts'
import type { PlanJson } from '../../src/rollups/backfill/plan-json.ts'
import { tidemark } from '../support/command.ts'
import type { TestDatabase } from '../support/database.ts'
import { get, rollEverything, serve, type Given } from './desk.ts'
import { NOON, openOffice } from './office.ts'

let database: TestDatabase
let app: App

beforeAll(async () => {
  database = await openOffice()
  app = serve(database.pool, { clock: () => NOON })
  await run(database.pool, `update tidemark.accounts set covered = '{}'`)
  await rollEverything(database.pool, NOON + 86400)
  await run(database.pool, `update users set type = 'SuperAdmin' where id = 3`)
  await run(
    database.pool,
    `insert into tidemark.dirty_hours (account_id, hour, failures, retry_at, error)
     values (1, '2026-06-14 10:00Z', 3, '2026-06-15 13:00Z', 'double precision out of range'), (2, '2026-06-13 10:15Z', 0, null, null)`,
  )
})
afterAll(async () => {
  await app.close()
  await database.drop()
})

const ask = async (path: string, token: string, query: Given = {}) => {
  const answer = await get(app, `/api/v1/admin/rollups/${path}`, query, { api_access_token: token })
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() }
}

const command = (...args: string[]) =>
  tidemark(args, { DATABASE_URL: database.url, TIDEMARK_CLOCK: new Date(NOON * 1000).toISOString() })

test('an administrator is told of his own accounts, whoever runs the installation of all', async () => {
  const mine = await ask('status', 'token-1')
  expect(mine).toMatchObject({ status: 200, body: { total_count: 1, accounts: [{ account_id: 1, zone: 'America/New_York' }] } })
  const all = await ask('status', 'token-3')
  expect((all.body.accounts as { account_id: number }[]).map((one) => one.account_id)).toEqual([1, 2, 3])
  const [page] = (await ask('status', 'token-3', { page: 2, per_page: 1 })).body.accounts as { account_id: number }[]
  expect(page?.account_id).toBe(2)
  for (const path of ['status', 'dirty', 'grid']) {
    expect((await ask(path, 'token-1', { account_id: 2 })).status, path).toBe(404)
    expect((await ask(path, 'token-1', { account_id: 999 })).body.detail, path).toBe(
      'There is no account 999 that you administer.',
    )
    expect((await ask(path, 'token-2', { account_id: 1 })).status, path).toBe(403)
    expect((await ask(path, 'nobody', { account_id: 1 })).status, path).toBe(401)
    expect((await ask(path, 'token-1', { account_id: 'x' })).status, path).toBe(422)
    expect((await ask(path, 'token-1', { account_id: 1, unknown: 1 })).status, path).toBe(422)
  }
})

test('the failed hour is told with its error and next try, of hours, days and months', async () => {
  const { body } = await ask('status', 'token-1', { account_id: 1 })
  const [{ grains, ...account }] = body.accounts as [
    Record<string, unknown> & { grains: Record<string, Record<string, unknown>> },
  ]
  expect(account).toMatchObject({ dirty_quarters: 1, wide_marks: 0 })
  const failed = { failures: 3, error: 'double precision out of range', next_try_at: '2026-06-15T13:00:00Z' }
  expect(grains['hour']).toMatchObject({
    complete_through: '2026-06-14T10:00:00Z',
    lag_seconds: 26 * 3600,
    dirty_buckets: 1,
    failed_buckets: 1,
    first_failed: { ...failed, since: '2026-06-14T10:00:00Z', until: '2026-06-14T11:00:00Z' },
  })
  expect(grains['day']).toMatchObject({
    complete_through: '2026-06-14T04:00:00Z',
    first_failed: { since: '2026-06-14T04:00:00Z' },
  })
  expect(grains['month']).toMatchObject({ complete_through: '2026-06-01T04:00:00Z', lag_seconds: 0 })
})

test('dirty hours are listed of the accounts asked for, at most as many as asked for', async () => {
  const all = await ask('dirty', 'token-3')
  expect(all.body).toMatchObject({
    dirty_hours: [
      { account_id: 1, since: '2026-06-14T10:00:00Z', failures: 3, next_try_at: '2026-06-15T13:00:00Z' },
      { account_id: 2, since: '2026-06-13T10:00:00Z', failures: 0, error: null, next_try_at: null },
    ],
    more: false,
  })
  expect((await ask('dirty', 'token-3', { limit: 1 })).body).toMatchObject({ dirty_hours: [{ account_id: 1 }], more: true })
  expect((await ask('dirty', 'token-1')).body).toMatchObject({ dirty_hours: [{ account_id: 1 }], more: false })
  expect((await ask('dirty', 'token-1', { limit: 1001 })).status).toBe(422)
})

test('the grid has a state for every day and, zoomed in, for every hour, within its bounds', async () => {
  const { body } = await ask('grid', 'token-1', { account_id: 1, since: '2026-06-13', until: '2026-06-20', zoom: 'hours' })
  const days = body.days as { date: string; state: string; hours: object; cells: { state: string }[] }[]
  expect(days.map(({ date, state }) => `${date} ${state}`)).toEqual(['2026-06-13 ok', '2026-06-14 failed', '2026-06-15 ok'])
  expect(days[1]).toMatchObject({ hours: { failed: 1, ok: 23 } })
  expect(days[1]!.cells.map(({ state }) => state).indexOf('failed')).toBe(6)
  expect(body.counts).toMatchObject({ days: { ok: 2, failed: 1, missing: 0 }, hours: { ok: 71, failed: 1 } })
  const usual = (await ask('grid', 'token-1', { account_id: 1 })).body.days as object[]
  expect([usual.length, 'cells' in usual[0]!]).toEqual([91, false])
  for (const wrong of [
    { since: '2026-06-13', until: '2026-06-13' },
    { since: '2020-01-01' },
    { since: '2026-05-01', zoom: 'hours' },
    { since: 'yesterday' },
    { since: '99999999999' },
    { zoom: 'minutes' },
  ]) {
    const { status, body: problem } = await ask('grid', 'token-1', { account_id: 1, ...wrong })
    expect({ wrong, status, said: String(problem.detail) !== '' }).toEqual({ wrong, status: 422, said: true })
  }
  expect((await ask('grid', 'token-1', { account_id: 1, per_page: 10 })).body.detail).toContain('leave them out, or account_id')
})

test('without an account the grid has a row of days for each of one’s own, page by page, and a picture of them', async () => {
  interface Grid {
    total_count: number
    as_of: string
    accounts: { account_id: number; zone: string; since: string; until: string; days: { date: string; state: string }[] }[]
  }
  const range = { since: '2026-06-10', until: '2026-06-16' }
  const grid = async (token: string, query: Given = {}) => (await ask('grid', token, query)).body as unknown as Grid
  const mine = await grid('token-1', range)
  expect(mine).toMatchObject({ total_count: 1, page: 1, per_page: 25, as_of: '2026-06-15T12:00:00Z' })
  const alone = (await ask('grid', 'token-1', { account_id: 1, ...range })).body
  expect(mine.accounts.map((row) => ({ ...row, as_of: mine.as_of }))).toEqual([alone])
  const all = await grid('token-3', range)
  expect(all.accounts.map(({ account_id, zone, since, until }) => [account_id, zone, since, until])).toEqual([
    [1, 'America/New_York', '2026-06-10T04:00:00Z', '2026-06-16T04:00:00Z'],
    [2, 'Etc/UTC', '2026-06-10T00:00:00Z', '2026-06-16T00:00:00Z'],
    [3, 'Etc/UTC', '2026-06-10T00:00:00Z', '2026-06-16T00:00:00Z'],
  ])
  expect(await grid('token-3', { ...range, page: 2, per_page: 2 })).toEqual({
    ...all,
    page: 2,
    per_page: 2,
    accounts: all.accounts.slice(2),
  })
  expect((await grid('token-3')).accounts.map(({ days }) => [days.length, days[0]?.date])).toEqual(
    all.accounts.map(() => [31, '2026-05-16']),
  )
  const refusals: [Given, string][] = [
    [{ since: '2026-03-01' }, 'at most 93 days'],
    [{ ...range, zoom: 'hours' }, 'name it with account_id'],
    [{ ...range, per_page: 51 }, 'from 1 to 50'],
    [{ since: 'yesterday', page: 9 }, 'Give a date'],
    [{ since: '2026-06-10', until: '2026-06-10' }, 'since must be before until'],
  ]
  for (const [query, said] of refusals) {
    const { status, body } = await ask('grid', 'token-3', query)
    expect({ query, status, detail: body.detail }).toEqual({
      query,
      status: 422,
      detail: expect.stringContaining(said) as string,
    })
  }

  const told = await command('--json', 'rollup', 'grid', '--since', range.since, '--until', range.until)
  expect(JSON.parse(told.stdout)).toEqual({ ...all, per_page: 50 })
  const letter = (state: string) => (state === 'failed' ? 'F' : state === 'dirty' ? 'd' : 'o')
  const picture = await command('rollup', 'grid', '--since', '2026-05-28', '--until', range.until)
  const wide = await grid('token-3', { since: '2026-05-28', until: range.until })
  expect(picture.stdout.split('\n')).toEqual([
    '                         2026-06',
    '                       0     5    0    5',
    ...wide.accounts.map(
      ({ account_id, zone, days }) => `${account_id}  ${zone.padEnd(16)}  ${days.map(({ state }) => letter(state)).join('')}`,
    ),
    '',
    expect.stringMatching(/^days: F failed 1 · d dirty 1 · o ok 55$/),
    '',
  ])
  const wrong = await command('rollup', 'grid', '--hours')
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('name it with --account')])
  expect((await command('rollup', 'grid', '--account', '1', '--page', '2')).code).toBe(2)
  expect((await command('rollup', 'grid', '--since', '2026-06-10', '--page', '2')).stdout).toContain('0 of 3 accounts.')
})

test('who runs the installation is told what a backfill would cost, and none of the account’s figures', async () => {
  const falsify = (by: number) =>
    run(
      database.pool,
      `update tidemark.rollup_daily set conversations = conversations + $1 where account_id = 1 and dimension = 0`,
      [by],
    )
  await falsify(70)
  const planned = async (token: string) => {
    const payload = { account_id: 1, since: '2026-06-11', until: '2026-06-15', diff: 'all' }
    const answer = await app.inject({
      method: 'POST',
      url: '/api/v1/admin/backfills',
      headers: { api_access_token: token },
      payload,
    })
    return { status: answer.statusCode, plan: answer.json<PlanJson>() }
  }
  const [own, operators] = [await planned('token-1'), await planned('token-3')]
  expect([own.status, operators.status]).toEqual([200, 200])
  expect(own.plan.raw_rows).toMatchObject({ conversations: 2, messages: 2, total: 6 })
  expect(operators.plan.raw_rows).toMatchObject({ conversations: null, messages: null, total: 6 })
  const created = ({ plan }: typeof own) => plan.diff!.metrics.find(({ metric }) => metric === 'conversations_count')!
  expect(created(own)).toMatchObject({ after: 2, rows: { new: 0 } })
  expect(created(own).largest.length).toBeGreaterThan(0)
  const { days, rows } = created(own)
  expect(created(operators)).toMatchObject({ days, rows, before: null, after: null, added: null, largest: [] })
  await falsify(-70)
})

test('the command says the same, draws the days, and rolls what is dirty', async () => {
  const status = await command('--json', 'rollup', 'status', '--account', '1')
  const told = (await ask('status', 'token-1')).body.accounts as Record<string, unknown>[]
  const timeless = (accounts: unknown) =>
    JSON.parse(JSON.stringify(accounts), (key, value: unknown) =>
      key === 'oldest_dirty_seconds' || key === 'next_roll_by' ? typeof value : value,
    ) as unknown
  expect(timeless((JSON.parse(status.stdout) as { accounts: unknown }).accounts)).toEqual(timeless(told))
  const grid = await command('rollup', 'grid', '--account', '1', '--since', '2026-06-12', '--until', '2026-06-15')
  expect(grid.stdout).toMatch(/^2026-06 {13}ooF$/m)
  expect(grid.stdout).toContain('days: F failed 1 · o ok 2')
  await run(database.pool, 'update tidemark.dirty_hours set retry_at = null')
  const rolled = await command('--json', 'rollup', 'run', '--account', '1')
  expect({ code: rolled.code, ...(JSON.parse(rolled.stdout) as object) }).toMatchObject({ code: 0, hours: 1, failed: 0 })
  expect((await command('rollup', 'dirty', '--account', '1')).stdout).toBe('Nothing is dirty.\n')
  const text = (await command('rollup', 'status', '--account', '1')).stdout
  expect(text).toMatch(/^width {2,}covered {2,}complete through {2,}lag {2,}dirty {2,}oldest {2,}failed {2,}rolled {2,}next by$/m)
  expect(text).toMatch(/^day {2,}the first row to now {2,}2026-06-15T04:00:00Z {2,}0 s {2,}0 {2,}- {2,}0 {2,}\S+Z {2,}\S+Z$/m)
  expect((await command('rollup', 'status', '--account', '77')).stderr).toContain('There is no account 77 here.')
})
