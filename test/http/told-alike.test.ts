// How fresh rollups are and how much of them is verified is told in four places: for one account and page by page over HTTP, at
// the command line, and in metrics. With a backlog of thousands of quarters, and after rolls that nothing has verified yet,
// all four say the same.
import { afterAll, beforeAll, expect, test } from 'vitest'
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
