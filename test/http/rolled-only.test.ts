// Reports over what is rolled never touch raw rows: neither read them, nor so much as have a statement planned that names their
// tables. Somebody holds these locked against everybody else meanwhile, so whoever touched one would wait until he is given up.
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openPool, run, type Pool } from '../../src/db.ts'
import { demoAccounts } from '../../src/demo/load.ts'
import type { App } from '../../src/http/app.ts'
import { DAY, midnight, NOW, rolledDesk } from '../retention/desk.ts'
import type { TestDatabase } from '../support/database.ts'
import { whileLocked } from '../support/locked-tables.ts'
import { serve } from './desk.ts'

const raw = ['conversations', 'messages', 'reporting_events', 'csat_survey_responses', 'taggings']

let database: TestDatabase
let readPool: Pool
let app: App
let token: string
beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 })
  database = await rolledDesk()
  readPool = openPool(database.url, { statementTimeout: 1500 })
  app = serve(database.pool, { readPool, clock: () => NOW })
  token = (await demoAccounts(database.pool))[0]!.token
})
afterAll(async () => {
  vi.useRealTimers()
  await app?.close()
  await readPool?.end()
  await database?.drop()
})

const zone = 'timezone=Asia%2FKolkata'
const series = ['conversations_count', 'outgoing_messages_count', 'reply_time', 'bot_resolutions_count'].flatMap((metric) =>
  ['hour', 'day', 'week', 'month'].map((unit) => `v2/reports?metric=${metric}&type=account&group_by=${unit}&${zone}`),
)
/** Every report that is made from rollups alone, whatever happened to be filed there. */
const reports = [
  'v2/reports/summary?type=account',
  'v2/reports/bot_summary?type=account',
  ...['agent', 'inbox', 'team', 'label'].map((name) => `v2/summary_reports/${name}?`),
  ...['agents', 'inboxes', 'teams', 'labels'].map((name) => `v2/reports/${name}?`),
  ...series,
  'v2/reports/inbox_label_matrix?',
  'v2/reports/first_response_time_distribution?',
  ...['agent', 'team', 'inbox', 'label'].map((name) => `v2/reports/outgoing_messages_count?group_by=${name}`),
  'v1/csat_survey_responses/metrics?',
  'v1/reports/summary?metrics=conversations_count,resolutions_count,avg_first_response_time&compare=previous',
  'v1/reports/timeseries?metrics=avg_first_response_time&stat=p90&group_by=day',
  'v1/reports/timeseries?metrics=open_conversations_count&group_by=day',
  'v1/reports/agents?metrics=conversations_count,avg_resolution_time&stat=p50',
  'v1/reports/heatmap?',
  'v1/reports/first_response_buckets?',
  'v1/reports/csat?',
  'v1/reports/inbox_label_matrix?',
]
/** These count messages of conversations that bots handle now, which no rollup can know, and say so. */
const mixed = ['v2/reports/bot_metrics?', 'v1/reports/bots?']
/** A month of whole local days, and the month before it for comparison. */
const [since, until] = [midnight(29), midnight(1)]

async function ask(report: string) {
  const [version, ...rest] = report.split('/')
  const url = `/api/${version}/accounts/1/${rest.join('/')}&since=${since}&until=${until}`
  const { statusCode, headers, body } = await app.inject({
    url,
    headers: { api_access_token: token, accept: 'application/json' },
  })
  return { status: statusCode, source: headers['x-report-source'], body }
}

test(`${reports.length} reports over rolled days are answered, as before, while nobody gets at raw rows`, async () => {
  const before = new Map<string, string>()
  for (const report of reports) before.set(report, (await ask(report)).body)
  expect(new Set(before.values()).size).toBeGreaterThan(reports.length / 2)
  await whileLocked(database.pool, raw, async () => {
    const touching: unknown[] = []
    for (const report of reports) {
      const { status, source, body } = await ask(report)
      if (status !== 200 || source !== 'rollup' || body !== before.get(report)) touching.push({ report, status, source })
    }
    expect(touching).toEqual([])
  })
})

test('whoever reads raw rows says so, and is seen: reports of bots, and all where an hour waits to be rolled', async () => {
  for (const report of mixed) expect(await ask(report)).toMatchObject({ status: 200, source: 'mixed' })
  await whileLocked(database.pool, raw, async () => {
    for (const report of mixed) expect((await ask(report)).status).toBe(422)
  })
  await run(database.pool, 'insert into tidemark.dirty_hours (account_id, hour) values (1, to_timestamp($1))', [until - 3 * DAY])
  const [report = ''] = reports
  expect(await ask(report)).toMatchObject({ status: 200, source: 'mixed' })
  await whileLocked(database.pool, raw, async () => expect((await ask(report)).status).toBe(422))
  await run(database.pool, 'truncate tidemark.dirty_hours')
  expect(await ask(report)).toMatchObject({ status: 200, source: 'rollup' })
})
