import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { maybeOne } from '../../src/db.ts'
import { recordHeartbeats } from '../../src/heartbeats.ts'
import { buildProbeServer } from '../../src/http/probe-server.ts'
import type { Job } from '../../src/job.ts'
import { measure } from '../../src/measurements.ts'
import { openMetrics, type Metrics } from '../../src/metrics/metrics.ts'
import { rollupStatus } from '../../src/rollups/freshness/status.ts'
import type { TestDatabase } from '../support/database.ts'
import { get, rollEverything, serve } from '../http/desk.ts'
import { NOON, openOffice, WEEK } from '../http/office.ts'
import { readExposition } from './exposition.ts'

let database: TestDatabase
let metrics: Metrics
const clock = () => NOON
beforeAll(async () => {
  database = await openOffice()
  await rollEverything(database.pool)
  metrics = openMetrics({ url: database.url, clock })
})
afterAll(async () => {
  await metrics.close()
  await database.drop()
})

const exposed = async (from = metrics) => readExposition(await from.text())
const valueOf = ({ samples }: Awaited<ReturnType<typeof exposed>>, name: string, labels: Record<string, string> = {}) =>
  samples.find((sample) => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value))
    ?.value

test('lag and dirty buckets are those of the rollup status', async () => {
  await database.pool.query(`insert into tidemark.dirty_hours (account_id, hour, at)
    values (1, '2026-06-15 09:00+00', clock_timestamp() - interval '10 minutes')`)
  const fresh = openMetrics({ url: database.url, clock })
  const now = await exposed(fresh)
  const [status] = await rollupStatus(database.pool, NOON, 1)
  expect(status!.grains.hour).toMatchObject({ lag: 3 * 3600, dirty: 1 })
  expect(valueOf(now, 'rollup_lag_seconds', { account_id: '1', granularity: 'hour' })).toBe(status!.grains.hour.lag)
  expect(valueOf(now, 'rollup_dirty_buckets', { account_id: '1', granularity: 'day' })).toBe(1)
  expect(valueOf(now, 'rollup_oldest_dirty_row_seconds')).toBeGreaterThanOrEqual(600)
  expect(now.samples.filter(({ name }) => name === 'metrics_failed').map(({ value }) => value)).not.toContain(1)
  await fresh.close()
  await database.pool.query('delete from tidemark.dirty_hours')
})

test('what happens in the process is counted under names of routes, queues and results alone', async () => {
  const app = serve(database.pool, { clock })
  const path = '/api/v2/accounts/1/reports/summary'
  await get(app, path, { type: 'account', ...WEEK }, { api_access_token: 'token-1' })
  await get(app, path, { type: 'account', ...WEEK }) // refused, so no report
  await app.close()
  measure('job', { queue: 'rollups', job: 'sweep', result: 'done', seconds: 0.2 })
  measure('roll', { granularity: 'hour', buckets: 4, seconds: 0.02 })
  measure('slot', { result: 'composed', late: 42 })
  measure('delivery', { state: 'refused' })
  const now = await exposed()
  const route = '/api/v2/accounts/:account_id/reports/summary'
  expect(valueOf(now, 'report_request_duration_seconds_count', { route, source: 'rollup' })).toBe(1)
  expect(valueOf(now, 'job_duration_seconds_count', { queue: 'rollups', result: 'done' })).toBe(1)
  expect(valueOf(now, 'rollup_bucket_duration_seconds_sum')).toBeCloseTo(0.02)
  expect(valueOf(now, 'rollup_bucket_duration_seconds_count')).toBe(4)
  expect(valueOf(now, 'digest_schedule_delay_seconds_sum')).toBe(42)
  expect(valueOf(now, 'digest_deliveries_total', { state: 'refused' })).toBe(1)
  expect(valueOf(now, 'process_resident_memory_bytes')).toBeGreaterThan(1e6)
})

test('a measurement that cannot be taken ends nothing, and the others are taken', async () => {
  measure('job', { queue: 'rollups', job: 'sweep', result: 'given_up', seconds: Number('no number') })
  measure('job', { queue: 'rollups', job: 'sweep', result: 'given_up', seconds: 1 })
  expect(valueOf(await exposed(), 'job_duration_seconds_count', { queue: 'rollups', result: 'given_up' })).toBe(1)
})

test('a heartbeat that an older release does not know is written down all the same', async () => {
  const beating = { name: 'new-job', queue: 'rollups', everySeconds: 7 } as Job
  const stop = await recordHeartbeats(database.pool, [beating])
  await recordHeartbeats(database.pool, []).then((older) => older())
  measure('job', { queue: 'rollups', job: 'new-job', result: 'done', seconds: 1 })
  const row = () =>
    maybeOne<{ every: number }>(database.pool, `select every_seconds as every from tidemark.heartbeats where job = 'new-job'`)
  await vi.waitFor(async () => expect(await row()).toEqual({ every: 7 }))
  stop()
})

test('a heartbeat that comes a little later than its interval, as its run took longer, is not overdue', async () => {
  await database.pool.query(`insert into tidemark.heartbeats (job, every_seconds, at) values
    ('on-time', 1000, clock_timestamp() - interval '1090 seconds'), ('late', 1000, clock_timestamp() - interval '1500 seconds')`)
  const fresh = openMetrics({ url: database.url, clock })
  const now = await exposed(fresh)
  expect(valueOf(now, 'heartbeat_overdue_seconds', { heartbeat: 'on-time' })).toBe(0)
  expect(valueOf(now, 'heartbeat_overdue_seconds', { heartbeat: 'late' })).toBeCloseTo(400, -1)
  await fresh.close()
})

test('a figure that cannot be read is missing, says so, and takes no other away', async () => {
  const broken = openMetrics({ url: database.url, clock })
  await database.pool.query('alter table tidemark.heartbeats rename to gone')
  try {
    const now = await exposed(broken)
    expect(valueOf(now, 'metrics_failed', { figures: 'heartbeats' })).toBe(1)
    expect(valueOf(now, 'heartbeat_age_seconds')).toBeUndefined()
    expect(valueOf(now, 'metrics_failed', { figures: 'rollups' })).toBe(0)
    expect(valueOf(now, 'rollup_oldest_dirty_row_seconds')).toBe(0)
  } finally {
    await database.pool.query('alter table tidemark.gone rename to heartbeats')
    await broken.close()
  }
})

test('a database that is away, or locked, holds no scrape up for longer than a few seconds', async () => {
  const away = openMetrics({ url: 'postgresql://nobody@127.0.0.1:1/none', clock })
  const now = await exposed(away)
  expect(now.samples.filter(({ name, value }) => name === 'metrics_failed' && value === 1)).toHaveLength(7)
  expect(valueOf(now, 'process_resident_memory_bytes')).toBeGreaterThan(1e6)
  await away.close()
  const locked = openMetrics({ url: database.url, clock })
  const client = await database.pool.connect()
  await client.query('begin; lock table tidemark.deliveries in access exclusive mode')
  const start = performance.now()
  const meanwhile = await exposed(locked)
  expect(performance.now() - start).toBeLessThan(4500)
  expect(valueOf(meanwhile, 'metrics_failed', { figures: 'digests' })).toBe(1)
  await client.query('rollback')
  client.release()
  await locked.close()
})

test('scrapes that follow closely, or come together, read the database once', async () => {
  const busy = openMetrics({ url: database.url, clock })
  await busy.text()
  await sleep(50)
  const text = await busy.text()
  const again = await Promise.all(Array.from({ length: 20 }, () => busy.text()))
  const own = (all: string) => all.split('\n').filter((line) => /^(rollup_oldest|heartbeat|digest_mail)/.test(line))
  for (const other of again) expect(own(other)).toEqual(own(text))
  await busy.close()
})

describe('who may read', () => {
  const ask = async (
    token: string | undefined,
    open: 'anyone' | 'loopback' | 'nobody',
    headers = {},
    remoteAddress = '127.0.0.1',
  ) => {
    const app = buildProbeServer({ pool: database.pool, ready: async () => [], metrics: { metrics, token, open } })
    const { statusCode } = await app.inject({ url: '/metrics', headers, remoteAddress })
    await app.close()
    return statusCode
  }
  const secret = 'correct horse battery'.replaceAll(' ', '-')

  test('whoever has the token where there is one', async () => {
    for (const open of ['anyone', 'loopback', 'nobody'] as const) {
      expect(await ask(secret, open, { authorization: `Bearer ${secret}` })).toBe(200)
      expect(await ask(secret, open)).toBe(401)
      expect(await ask(secret, open, { authorization: `Bearer ${secret}x` })).toBe(401)
      expect(await ask(secret, open, { authorization: `Basic ${secret}` })).toBe(401)
    }
  })

  test('without one: nobody, this machine, or anyone who reaches the port', async () => {
    expect(await ask(undefined, 'nobody')).toBe(404)
    expect(await ask(undefined, 'loopback')).toBe(200)
    expect(await ask(undefined, 'loopback', {}, '::ffff:127.0.0.1')).toBe(200)
    expect(await ask(undefined, 'loopback', {}, '203.0.113.9')).toBe(404)
    expect(await ask(undefined, 'anyone', {}, '203.0.113.9')).toBe(200)
  })

  test('a server that is given no metrics has none', async () => {
    const app = serve(database.pool)
    expect((await app.inject({ url: '/metrics' })).statusCode).toBe(404)
    await app.close()
  })
})
