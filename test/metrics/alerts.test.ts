// The alarm drill: each part of an installation is stopped by making its rows old, and the shipped rule on it holds, from what
// /metrics really shows. Nothing else sounds.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findDigest } from '../../src/digests/definition/digest.ts'
import { recordHeartbeats } from '../../src/heartbeats.ts'
import { QUEUES, type QueueName } from '../../src/job.ts'
import { deliveryResults, jobResults, measure, slotResults } from '../../src/measurements.ts'
import { backfillFigures } from '../../src/metrics/backfill-figures.ts'
import { digestFigures } from '../../src/metrics/digest-figures.ts'
import { historyFigures } from '../../src/metrics/history-figures.ts'
import { heartbeatFigures } from '../../src/metrics/heartbeat-figures.ts'
import { dirtyLogFigures, rollupFigures } from '../../src/metrics/rollup-figures.ts'
import { verificationFigures } from '../../src/metrics/verification-figures.ts'
import { openMetrics } from '../../src/metrics/metrics.ts'
import { openQueues, type Queues } from '../../src/queue.ts'
import { jobs } from '../../jobs/list.ts'
import type { TestDatabase } from '../support/database.ts'
import { findProgram } from '../support/programs.ts'
import { root } from '../support/sources.ts'
import { execFileSync } from 'node:child_process'
import { rollEverything } from '../http/desk.ts'
import { NOON, openOffice } from '../http/office.ts'
import { readExposition, type Exposed } from './exposition.ts'
import { alertsOn, holds, metricsIn, parseRule, secondsOf, shippedRules } from './rules.ts'

let database: TestDatabase
let queues: Queues
beforeAll(async () => {
  database = await openOffice()
  await rollEverything(database.pool)
  queues = await openQueues({ pool: database.pool, url: database.url })
  ;(await recordHeartbeats(database.pool, jobs))()
})
afterAll(async () => {
  await queues.close()
  await database.drop()
})

const now = () => Date.now() / 1000
const DAY = 86_400
/** What a process shows: a worker, unless it works on nothing. */
async function scrape(worksOn: readonly QueueName[] = QUEUES) {
  const metrics = openMetrics({ url: database.url, clock: now, queues, worksOn })
  const text = await metrics.text()
  await metrics.close()
  return readExposition(text)
}
/** The expressions of the shipped dashboard. */
function drawn(): string[] {
  const dashboard = JSON.parse(readFileSync(join(root, 'ops/grafana.json'), 'utf8')) as {
    panels: { type: string; title: string; targets?: { expr: string }[] }[]
  }
  return dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
}
const run = (text: string) => database.pool.query(text)

describe('the rules', () => {
  test('name metrics, and labels of them, that are shown', async () => {
    const { types } = await scrape()
    const shown = new Set(
      [...types].flatMap(([name, type]) => (type === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name])),
    )
    expect(drawn().length).toBeGreaterThan(30)
    expect([...shippedRules().map(({ expr }) => expr), ...drawn()].flatMap(metricsIn).filter((name) => !shown.has(name))).toEqual(
      [],
    )
    // And the other way round: whatever we show of our own is drawn somewhere.
    const own = [...types.keys()].filter((name) => !/^(nodejs|process)_/.test(name))
    expect(own.filter((name) => !drawn().some((expr) => expr.includes(name)))).toEqual([
      'metrics_failed',
      'heartbeat_overdue_seconds',
    ])
  })

  test('and the dashboard take rises of series that are there from the start', async () => {
    const { samples } = await scrape()
    const risen = [...shippedRules().map(({ expr }) => expr), ...drawn()].flatMap((expr) =>
      [...expr.matchAll(/(?:increase|rate)\((\w+)(?:\{([^}]*)\})?\[/g)].map(([, name, labels = '']) => ({ name: name!, labels })),
    )
    expect(new Set(risen.map(({ name }) => name)).size).toBeGreaterThan(6)
    const appearing = risen.filter(({ name, labels }) => {
      const [, label, values] = /^(\w+)=~?"(.*)"$/.exec(labels) ?? []
      const wanted = values?.split('|') ?? [undefined]
      return !wanted.every((value) =>
        samples.some((sample) => sample.name === name && (label === undefined || sample.labels[label] === value)),
      )
    })
    // Routes are those of the web server, which many a process is not.
    expect(appearing.filter(({ name }) => !name.startsWith('report_request_duration_seconds'))).toEqual([])
    const zero = (name: string, label: string) =>
      samples.flatMap((sample) => (sample.name === name && sample.value === 0 ? [sample.labels[label]] : []))
    expect(zero('digest_deliveries_total', 'state')).toEqual(deliveryResults)
    expect(zero('digest_runs_total', 'result')).toEqual(slotResults)
    expect(zero('rollup_buckets_total', 'result')).toEqual(['rolled', 'rolled', 'rolled', 'failed'])
    expect(zero('job_duration_seconds_count', 'result')).toEqual(QUEUES.flatMap(() => jobResults))
  })

  test('find no label that Prometheus writes itself, and name in words only those that they keep', async () => {
    measure('report', { route: '/', source: 'raw', seconds: 1 })
    await run(`insert into tidemark.reconciliations (account_id, due_at, days_total) values (1, now(), 1)`)
    const { samples } = await scrape()
    expect(samples.filter(({ labels }) => 'job' in labels || 'instance' in labels)).toEqual([])
    const declared = [
      backfillFigures,
      digestFigures,
      dirtyLogFigures,
      heartbeatFigures,
      historyFigures,
      rollupFigures,
      verificationFigures,
    ]
    expect(declared.flatMap(({ labels = {} }) => Object.values(labels).flat())).not.toContain('job')
    for (const { expr, annotations } of shippedRules()) {
      const told = Object.values(annotations).flatMap((text) => [...text.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label))
      const { by } = parseRule(expr)
      expect(
        told.filter((label) => !by.includes(label!)),
        expr,
      ).toEqual([])
      const { metric } = parseRule(expr)
      const shown = samples.filter(({ name }) => name === metric)
      expect(
        by.filter((label) => shown.length > 0 && !shown.some(({ labels }) => label in labels)),
        expr,
      ).toEqual([])
    }
  })

  test('are rules: an expression that compares, a time, a severity, a summary', () => {
    const rules = shippedRules()
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length)
    for (const { alert, expr, labels, annotations, ...rule } of rules) {
      expect(alert).toMatch(/^Tidemark[A-Z]\w+$/)
      expect(() => parseRule(expr), expr).not.toThrow()
      expect(secondsOf(rule.for)).toBeLessThanOrEqual(900)
      expect(['warning', 'critical']).toContain(labels['severity'])
      expect([annotations['summary'], annotations['description']].every((text) => text && text.length > 10)).toBe(true)
    }
    const promtool = findProgram(['promtool'])
    if (promtool) execFileSync(promtool, ['check', 'rules', join(root, 'ops/alerts.yml')])
  })
})

describe('the drill', () => {
  beforeEach(async () => {
    await run(`delete from tidemark.dirty_hours; delete from tidemark.dirty_scopes; delete from tidemark.backfills;
      delete from tidemark.digest_slots; delete from tidemark.deliveries; delete from tidemark.digests;
      delete from tidemark.reconciliations; update tidemark.heartbeats set at = clock_timestamp()`)
  })
  // A quarter of an hour after it stopped.
  const STOPPED = `clock_timestamp() - interval '15 minutes'`

  test('nothing sounds while everything works', async () => {
    await run(`insert into tidemark.dirty_hours (account_id, hour, at) values (1, now(), now() - interval '5 seconds')`)
    expect(alertsOn((await scrape()).samples, (await scrape()).samples)).toEqual([])
  })

  test('the sweep: the oldest dirty row', async () => {
    await run(`insert into tidemark.dirty_hours (account_id, hour, at) values (1, date_trunc('hour', now()), ${STOPPED})`)
    expect(alertsOn((await scrape()).samples)).toEqual(['TidemarkDirtyRowsWait'])
  })

  test('an old hour that does not get rolled: lag, and that it fails', async () => {
    await run(`insert into tidemark.dirty_hours (account_id, hour, failures, retry_at, at)
      values (1, now() - interval '4 hours', 3, now() + interval '10 minutes', now() - interval '1 minute')`)
    expect(alertsOn((await scrape()).samples)).toEqual(['TidemarkRollupsLag', 'TidemarkBucketsFail'])
  })

  test('each heartbeat, the planner among them', async () => {
    for (const job of ['sweep', 'plan-digests', 'resume-backfills']) {
      await run(`update tidemark.heartbeats set at = case job when '${job}' then ${STOPPED} else clock_timestamp() end`)
      const { samples } = await scrape()
      expect(alertsOn(samples)).toEqual(['TidemarkHeartbeatMissed'])
      const missed = samples.filter(({ name, value }) => name === 'heartbeat_overdue_seconds' && value > 300)
      expect(missed.map(({ labels }) => labels['heartbeat'])).toEqual([job])
    }
  })

  test('composing: the oldest due slot, and mail that nobody tries, that stands still, or that may have arrived', async () => {
    await run(`insert into tidemark.digests (account_id, name, zone, first_weekday, formats, cadence, data_window, active_since, planned_until)
      values (1, 'Weekly', 'UTC', 1, '{inline}', '{"every": "week", "weekdays": [1], "time": "08:00"}', '{"unit": "week", "count": 1}', now(), now())`)
    const { id } = (await database.pool.query<{ id: number }>('select id from tidemark.digests')).rows[0]!
    expect((await findDigest(database.pool, 1, id)).name).toBe('Weekly')
    const slot = (state: string, due: string) =>
      run(`insert into tidemark.digest_slots (account_id, digest_id, period_start, period_end, due_at, zone, state, planned_at)
        values (1, ${id}, '2026-06-01', '2026-06-07', ${due}, 'UTC', '${state}', now())`)
    await slot('planned', STOPPED)
    expect(alertsOn((await scrape()).samples)).toEqual(['TidemarkDigestsWait'])
    // Waiting for data within its patience of two hours is no standstill.
    await run('delete from tidemark.digest_slots')
    await slot('waiting_for_data', STOPPED)
    expect(alertsOn((await scrape()).samples)).toEqual([])
    await run(`update tidemark.digest_slots set due_at = now() - interval '3 hours'`)
    expect(alertsOn((await scrape()).samples)).toEqual(['TidemarkDigestsWait'])
    await run(`update tidemark.digest_slots set state = 'done'`)

    const notice = (state: string, attempts: number, next: string) =>
      run(`insert into tidemark.deliveries (id, account_id, digest_id, kind, notice, notice_key, recipient, message_id, state, attempts, next_attempt_at, created_at)
        values (gen_random_uuid(), 1, ${id}, 'notice', '{}', gen_random_uuid(), 'a@example.com', '<a@example.com>', '${state}', ${attempts}, ${next}, now() - interval '16 minutes')`)
    await notice('queued', 1, STOPPED)
    expect(alertsOn((await scrape()).samples)).toEqual(['TidemarkMailWaits'])
    await run('delete from tidemark.deliveries')
    await notice('queued', 0, `now() + interval '1 minute'`)
    expect(alertsOn((await scrape()).samples)).toEqual(['TidemarkMailStandsStill'])
    await run('delete from tidemark.deliveries')
    await notice('uncertain', 2, 'null')
    expect(alertsOn((await scrape()).samples)).toEqual(['TidemarkMailUncertain'])
  })

  test('reconciling, and drift that it found', async () => {
    await run(`insert into tidemark.reconciliations (account_id, due_at, mismatches) values (1, ${STOPPED}, 0)`)
    const before = (await scrape()).samples
    expect(alertsOn(before)).toEqual(['TidemarkVerificationWaits'])
    await run(`update tidemark.reconciliations set due_at = now() + interval '1 hour', mismatches = 2`)
    expect(alertsOn((await scrape()).samples, before)).toEqual(['TidemarkRollupsDiffer'])
  })

  test('a backfill that does not move', async () => {
    await run(`insert into tidemark.backfills (account_id, since, until, reason, state, started_at, progressed_at)
      values (1, '-infinity', 'infinity', 'drill', 'running', now() - interval '1 hour', ${STOPPED})`)
    expect(alertsOn((await scrape()).samples)).toEqual(['TidemarkBackfillStuck'])
    await run(`update tidemark.backfills set paced_until = now() + interval '1 hour'`)
    expect(alertsOn((await scrape()).samples)).toEqual([])
  })

  test('a backfill that failed, or could not roll all it should, until it is mended', async () => {
    const ended = (state: string, verified = 'null') =>
      run(`insert into tidemark.backfills (account_id, since, until, reason, state, started_at, finished_at, verified)
        values (1, '-infinity', 'infinity', 'drill', '${state}', now() - interval '1 hour', now(), ${verified})`)
    await ended('failed')
    await ended('cancelled')
    expect(alertsOn((await scrape()).samples)).toEqual(['TidemarkBackfillFailed'])
    await ended('completed')
    expect(alertsOn((await scrape()).samples)).toEqual([])
    await ended('completed_with_errors')
    await run(`insert into tidemark.backfill_errors (account_id, backfill_id, hour, error, failed_at)
      select account_id, max(id), date_trunc('hour', now()), 'no', now() from tidemark.backfills group by 1`)
    expect(alertsOn((await scrape()).samples)).toEqual([])
    await run(`insert into tidemark.dirty_hours (account_id, hour, at, failures)
      values (1, date_trunc('hour', now()), now(), 1)`)
    const { samples } = await scrape()
    expect(alertsOn(samples)).toEqual(['TidemarkBucketsFail', 'TidemarkBackfillFailed'])
    expect(samples.find(({ name }) => name === 'backfill_failed')?.labels).toEqual({
      account_id: '1',
      state: 'completed_with_errors',
    })
    await run('delete from tidemark.dirty_hours')
    await ended('completed_with_errors', `'{"hours": 2, "dirtyHours": 0, "differing": 1, "differences": []}'`)
    expect(alertsOn((await scrape()).samples)).toEqual(['TidemarkBackfillFailed'])
    await run(`update tidemark.backfills set state = 'queued', finished_at = null, progressed_at = now()
      where id = (select max(id) from tidemark.backfills)`)
    expect(alertsOn((await scrape()).samples)).toEqual([])
  })

  test('history that an older release rolled otherwise, or that was never rolled, until a backfill rolls it', async () => {
    const history = async () => {
      const { samples } = await scrape()
      const of = (state: string) =>
        samples.find(
          ({ name, labels }) => name === 'rollup_unrolled_seconds' && labels['account_id'] === '1' && labels['state'] === state,
        )?.value
      return { alerts: alertsOn(samples), outdated: of('outdated'), missing: of('missing') }
    }
    const nothing = { alerts: [], outdated: undefined, missing: undefined }
    expect(await history()).toEqual(nothing)
    const { first } = (
      await database.pool.query<{ first: number }>(
        `select extract(epoch from min(created_at) at time zone 'UTC')::float8 as first from messages where account_id = 1`,
      )
    ).rows[0]!
    // As a release that counts something else finds it, and as it has taken it over.
    const { definitions, covered } = (
      await database.pool.query<{ definitions: string; covered: string }>(
        'select definitions, covered::text from tidemark.accounts where account_id = 1',
      )
    ).rows[0]!
    try {
      await run(`update tidemark.accounts set definitions = '1 csat_score=0' where account_id = 1`)
      const before = await history()
      expect(before).toEqual({ alerts: ['TidemarkHistoryUnrolled'], outdated: expect.closeTo(now() - first, -2), missing: 0 })
      await run(`update tidemark.accounts set definitions = '${definitions}' where account_id = 1`)
      await run(
        `update tidemark.accounts set covered = '{[2026-06-14 12:00Z, infinity)}', outdated = '{[-infinity, 2026-06-14 12:00Z)}' where account_id = 1`,
      )
      const taken = await history()
      expect(taken).toEqual({ alerts: ['TidemarkHistoryUnrolled'], outdated: NOON - DAY - first, missing: 0 })
      await run(`insert into tidemark.backfills (account_id, since, until, reason, state, started_at, progressed_at)
        values (1, '-infinity', 'infinity', 'drill', 'running', now(), now())`)
      expect(await history()).toEqual(nothing)
      await run(`update tidemark.backfills set state = 'paused'`)
      expect((await history()).alerts).toEqual(['TidemarkHistoryUnrolled'])
      // Never rolled, but for what was purged and cannot be.
      await run(`delete from tidemark.backfills; update tidemark.accounts set outdated = '{}' where account_id = 1`)
      expect(await history()).toEqual({ alerts: ['TidemarkHistoryUnrolled'], outdated: 0, missing: NOON - DAY - first })
      await run(`update tidemark.accounts set raw_since = '2026-06-14 10:00Z' where account_id = 1`)
      expect(await history()).toEqual({ alerts: [], outdated: 0, missing: 2 * 3600 })
      await run(`update tidemark.accounts set raw_since = '2026-06-14 12:00Z' where account_id = 1`)
      expect(await history()).toEqual(nothing)
    } finally {
      await run(
        `update tidemark.accounts set definitions = '${definitions}', covered = '${covered}', outdated = '{}', raw_since = null where account_id = 1`,
      )
    }
  })

  test('the first mail of a process that is refused', async () => {
    const metrics = openMetrics({ url: database.url, clock: now, queues, worksOn: QUEUES })
    const before = readExposition(await metrics.text()).samples
    measure('delivery', { state: 'refused' })
    expect(alertsOn(readExposition(await metrics.text()).samples, before)).toEqual(['TidemarkMailRefused'])
    await metrics.close()
  })

  test('jobs that are given up, a worker that is gone, figures that are', async () => {
    const failed: Exposed = { name: 'bullmq_job_count', labels: { queue: 'rollups', state: 'failed' }, value: 1 }
    expect(holds(shippedRules().find(({ alert }) => alert === 'TidemarkJobsFailed')!.expr, [failed])).toBe(true)
    // Pages about the queues do not work on them.
    const { samples } = await scrape([])
    expect(samples.filter(({ name }) => name === 'bullmq_job_count')).not.toEqual([])
    expect(alertsOn(samples)).toEqual(['TidemarkNoWorker'])
    // Where the queue's store is away, there are workers all the same.
    const counts = () => Promise.reject(new Error('the store is away'))
    const metrics = openMetrics({ url: database.url, clock: now, queues: { counts }, worksOn: ['rollups'] })
    expect(alertsOn(readExposition(await metrics.text()).samples)).toEqual(['TidemarkFiguresMissing'])
    await metrics.close()
    await run('alter table tidemark.heartbeats rename to gone')
    expect(alertsOn((await scrape()).samples)).toEqual(['TidemarkFiguresMissing'])
    await run('alter table tidemark.gone rename to heartbeats')
  })

  test('a rule that looks at the wrong figure is caught by the drill', async () => {
    await run(`insert into tidemark.dirty_hours (account_id, hour, at) values (1, date_trunc('hour', now()), ${STOPPED})`)
    const { samples } = await scrape()
    expect(holds('max(rollup_oldest_dirty_row_seconds) > 300', samples)).toBe(true)
    expect(holds('max(digest_oldest_due_slot_seconds) > 300', samples)).toBe(false)
    expect(holds('max(rollup_oldest_dirty_row) > 300', samples)).toBe(false)
  })
})
