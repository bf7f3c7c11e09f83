// How fresh rollups are and how much of them is verified is told in four places: for one account and page by page over HTTP, at
// the command line, and in metrics. With a backlog of thousands of quarters, and after rolls that nothing has verified yet,
// all four say the same.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { config } from '../../src/config.ts'
import { many, run } from '../../src/db.ts'
import type { App } from '../../src/http/app.ts'
import { openMetrics } from '../../src/metrics/metrics.ts'
import { grains } from '../../src/rollups/freshness/grains.ts'
import { rollDirty } from '../../src/rollups/rolling/roll-dirty.ts'
import { dueReconciliations, reconcileAccount } from '../../src/rollups/verify/reconcile.ts'
import { readExposition } from '../metrics/exposition.ts'
import { tidemark } from '../support/command.ts'
import type { TestDatabase } from '../support/database.ts'
import { get, rollEverything, serve } from './desk.ts'
import { NOON, openOffice } from './office.ts'

let database: TestDatabase
let app: App
beforeAll(async () => {
  database = await openOffice()
  await rollEverything(database.pool)
  app = serve(database.pool, { clock: () => NOON })
  await run(database.pool, `update users set type = 'SuperAdmin' where id = 3`)
})
afterAll(async () => {
  await app.close()
  await database.drop()
})

const accounts = ['1', '2', '3']
type Told = Record<string, unknown>

async function overHttp(path: string, query: Record<string, string | number>): Promise<Told[]> {
  const answer = await get(app, `/api/v1/admin/rollups/${path}`, query, { api_access_token: 'token-3' })
  expect(answer.statusCode).toBe(200)
  return answer.json<{ accounts: Told[] }>().accounts
}

async function command(...args: string[]): Promise<unknown> {
  const env = { DATABASE_URL: database.url, TIDEMARK_CLOCK: new Date(NOON * 1000).toISOString() }
  const { code, stdout } = await tidemark(['--json', 'rollup', ...args], env)
  expect({ args, code }).toEqual({ args, code: 0 })
  return JSON.parse(stdout)
}

async function inMetrics() {
  const metrics = openMetrics({ url: database.url, clock: () => NOON })
  const { samples } = readExposition(await metrics.text())
  await metrics.close()
  return (name: string, labels: Record<string, string>) =>
    samples.find((one) => one.name === name && Object.entries(labels).every(([key, value]) => one.labels[key] === value))?.value
}

test('dirty and failed buckets of an account with thousands of dirty quarters', { timeout: 60_000 }, async () => {
  await run(
    database.pool,
    `insert into tidemark.dirty_hours (account_id, hour, failures, retry_at, error)
     select 1, hour, n % 50 / 49, case when n % 50 = 49 then '2026-06-15 13:00Z'::timestamptz end, case when n % 50 = 49 then 'too much' end
     from generate_series('2026-03-20 00:00Z'::timestamptz, '2026-06-10 23:45Z', '15 minutes') with ordinality as h (hour, n)
     union all select 2, '2026-06-01 10:15Z', 0, null, null union all select 3, '2026-06-01 10:15Z', 2, '2026-06-15 13:00Z', 'too much'`,
  )
  const counts = (told: Told[]) =>
    told.map(({ account_id, dirty_quarters, grains: widths }) => {
      const of = (grain: string) => (widths as Record<string, { dirty_buckets: number; failed_buckets: number }>)[grain]!
      return {
        account_id,
        dirty_quarters,
        dirty: grains.map((g) => of(g).dirty_buckets),
        failed: grains.map((g) => of(g).failed_buckets),
      }
    })
  const page = counts(await overHttp('status', {}))
  // By New York's clock these are the hours from the evening of the 19th of March to that of the 10th of June.
  expect(page[0]).toMatchObject({ account_id: 1, dirty_quarters: 7968, dirty: [1992, 84, 4], failed: [159, 83, 4] })
  expect(page.slice(1).map(({ dirty, failed }) => [dirty, failed])).toEqual([
    [
      [1, 1, 1],
      [0, 0, 0],
    ],
    [
      [1, 1, 1],
      [1, 1, 1],
    ],
  ])
  for (const id of accounts) expect(counts(await overHttp('status', { account_id: id }))).toEqual([page[Number(id) - 1]])
  expect(counts(await overHttp('status', { page: 1, per_page: 2 }))).toEqual(page.slice(0, 2))
  expect(counts(((await command('status')) as { accounts: Told[] }).accounts)).toEqual(page)
  expect(counts(((await command('status', '--account', '1')) as { accounts: Told[] }).accounts)).toEqual(page.slice(0, 1))
  const shown = await inMetrics()
  const samples = (name: string, id: string) => grains.map((granularity) => shown(name, { account_id: id, granularity }))
  for (const id of accounts) {
    const { dirty, failed } = page[Number(id) - 1]!
    expect([samples('rollup_dirty_buckets', id), samples('rollup_failed_buckets', id)]).toEqual([dirty, failed])
  }
  await run(database.pool, 'delete from tidemark.dirty_hours')
})

test(
  'how far each width is complete and rolled, since when it waits, when it was rolled and will be',
  { timeout: 60_000 },
  async () => {
    const at = (text: string) => Date.parse(text) / 1000
    // One rolled without an end, one with both ends, one of which nothing is.
    await run(
      database.pool,
      `update tidemark.accounts set covered = case account_id when 1 then '{[-infinity,infinity)}'::tstzmultirange
       when 2 then '{[2026-01-05 00:00Z,2026-02-01 00:00Z),[2026-03-10 07:00Z,2026-06-12 00:00Z)}' else '{}' end,
     merged_through = to_timestamp($1::float8) at time zone 'UTC', days_rolled_at = to_timestamp($1 - 3600), months_rolled_at = null`,
      [at('2026-06-15T00:00:00Z')],
    )
    await run(database.pool, 'update tidemark.accounts set rolled_at = to_timestamp($1) where account_id <> 3', [NOON - 60.25])
    await run(database.pool, 'update tidemark.accounts set rolled_at = null, days_rolled_at = null where account_id = 3')
    await run(database.pool, 'delete from tidemark.reconciliations')
    await run(database.pool, 'insert into tidemark.reconciliations (account_id, due_at, recent_at) values (1, $1, $2)', [
      new Date((NOON + 7200) * 1000),
      new Date((NOON + 7200 - 72_000) * 1000),
    ])
    await run(
      database.pool,
      `insert into tidemark.dirty_hours (account_id, hour, at) values
       (1, '2026-06-15 09:15Z', '2026-06-15 09:20Z'), (2, '2026-06-03 09:15Z', '2026-06-15 09:30Z')`,
    )
    const page = await overHttp('status', {})
    type Width = Record<string, unknown> & { covered: { since: string | null; until: string | null }[] }
    const widths = (told: Told) => told['grains'] as Record<string, Width>
    // Ages go on between two answers.
    const ageless = (told: Told[]) =>
      JSON.parse(JSON.stringify(told), (key, value: unknown) =>
        key === 'oldest_dirty_seconds' ? value !== null : value,
      ) as unknown
    for (const id of accounts) {
      const alone = [page[Number(id) - 1]!]
      expect(ageless(await overHttp('status', { account_id: id }))).toEqual(ageless(alone))
      expect(ageless(((await command('status', '--account', id)) as { accounts: Told[] }).accounts)).toEqual(ageless(alone))
    }
    const [first, second, third] = page.map(widths) as [Record<string, Width>, Record<string, Width>, Record<string, Width>]
    const [rolledAt, soon] = ['2026-06-15T11:58:59Z', NOON + config.sweepSeconds]
    const iso = (time: number) => `${new Date(time * 1000).toISOString().slice(0, 19)}Z`
    expect(first).toMatchObject({
      hour: {
        complete_through: '2026-06-15T09:00:00Z',
        rolled_at: rolledAt,
        next_roll_by: iso(soon),
        covered: [{ since: null, until: null }],
      },
      // The 14th has ended in New York, and has no rows yet.
      day: { rolled_at: '2026-06-14T23:00:00Z', next_roll_by: iso(soon) },
      month: { rolled_at: null, next_roll_by: '2026-07-02T00:01:00Z' },
    })
    expect(second).toMatchObject({
      hour: {
        complete_through: '2026-06-03T09:00:00Z',
        covered: [{}, { since: '2026-03-10T07:00:00Z', until: '2026-06-12T00:00:00Z' }],
      },
      day: {
        complete_through: '2026-06-03T00:00:00Z',
        next_roll_by: iso(soon),
        covered: [{}, { since: '2026-03-11T00:00:00Z' }],
      },
      month: {
        complete_through: '2026-06-01T00:00:00Z',
        next_roll_by: null,
        covered: [{ since: '2026-04-01T00:00:00Z', until: '2026-06-01T00:00:00Z' }],
      },
    })
    expect(third['day']).toMatchObject({ complete_through: null, covered: [], rolled_at: null, next_roll_by: null })

    const shown = await inMetrics()
    for (const id of accounts) {
      for (const granularity of grains) {
        const told = widths(page[Number(id) - 1]!)[granularity]!
        const of = (name: string) => {
          const value = shown(`rollup_${name}_timestamp_seconds`, { account_id: id, granularity })
          return value === undefined ? null : iso(Math.floor(value))
        }
        expect({
          id,
          granularity,
          complete_through: of('complete_through'),
          since: of('covered_from'),
          until: of('covered_until'),
          rolled_at: of('last_roll'),
          next_roll_by: of('next_roll'),
        }).toEqual({
          id,
          granularity,
          complete_through: told['complete_through'],
          since: told.covered.at(-1)?.since ?? null,
          until: told.covered.at(-1)?.until ?? null,
          rolled_at: told['rolled_at'],
          next_roll_by: told['next_roll_by'],
        })
        expect(shown('rollup_lag_seconds', { account_id: id, granularity }) ?? null).toBe(told['lag_seconds'])
        const age = shown('rollup_oldest_dirty_seconds', { account_id: id })
        if (age === undefined) expect(told['oldest_dirty_seconds']).toBeNull()
        else expect(age - (told['oldest_dirty_seconds'] as number)).toBeCloseTo(10, -2)
      }
    }
    await run(database.pool, 'delete from tidemark.dirty_hours')
    await run(database.pool, 'delete from tidemark.reconciliations')
    await run(database.pool, `update tidemark.accounts set covered = '{[-infinity,infinity)}'`)
  },
)

test('the verified share, after a roll has taken some of it back and before the next turn', { timeout: 60_000 }, async () => {
  await dueReconciliations(database.pool, NOON)
  for (const id of [1, 2]) await reconcileAccount(database.pool, id, NOON, { cycleDays: 0.001 })
  const told = async () => {
    const page = (await overHttp('verify', {})).map(({ account_id, coverage_ratio }) => [String(account_id), coverage_ratio])
    const lines = (await command('verified')) as Told[]
    expect(lines.map(({ account_id, coverage_ratio }) => [String(account_id), coverage_ratio])).toEqual(page)
    expect((await overHttp('verify', { account_id: 1 })).map((one) => one.coverage_ratio)).toEqual([page[0]![1]])
    const shown = await inMetrics()
    for (const [id, ratio] of page as [string, number | null][]) {
      expect([id, shown('rollup_verify_coverage_ratio', { account_id: id }) ?? null]).toEqual([id, ratio])
    }
    return page[0]![1] as number
  }
  const before = await told()
  const [{ day }] = (await many<{ day: number }>(
    database.pool,
    'select extract(epoch from max(day))::float8 as day from tidemark.verified_days where account_id = 1 and day < to_timestamp($1)',
    [NOON - 86_400],
  )) as [{ day: number }]
  await run(database.pool, 'insert into tidemark.dirty_hours (account_id, hour) values (1, to_timestamp($1))', [day + 3600])
  await rollDirty(database.pool, 1, undefined, NOON)
  expect(await told()).toBeLessThan(before)
})
