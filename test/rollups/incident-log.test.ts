// The promise: whatever is asked of a year of a real service desk, at any time of its first backfill, the answer is the one
// that the raw rows give. The raw rows are counted by statements of the test's own (test/support/oracle), by the definitions.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { many } from '../../src/db.ts'
import { randomFrom } from '../../src/demo/random.ts'
import { reading } from '../../src/reports/reading.ts'
import type { Question } from '../../src/reports/report.ts'
import { binEdges } from '../../src/rollups/bins.ts'
import { attach } from '../../src/source/attach.ts'
import { requestBackfill } from '../../src/rollups/backfill/backfill.ts'
import { runBackfill } from '../../src/rollups/backfill/run-backfill.ts'
import { metricNames, type MetricName } from '../../src/rollups/metrics.ts'
import { dimensionNames } from '../../src/rollups/parts.ts'
import { bucketBounds, groupings, type Weekday } from '../../src/time/calendar.ts'
import { zoneNamed } from '../../src/time/zones.ts'
import { compare, type Asked } from '../support/compare.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { incidentLog } from '../support/incident-log.ts'
import { histograms, installOracle, truth, type Truth } from '../support/oracle.ts'
import { scaled, seed } from '../support/seed.ts'
import { announceMissing, sharedFolder } from '../support/shared.ts'

// A desk of 2016 has nothing to roll for the years since.
vi.hoisted(() => (process.env.TIDEMARK_CLOCK = '2017-03-01T00:00:00Z'))

const shared = sharedFolder()
if (!shared) announceMissing('the comparison of a real desk’s reports with its raw rows')

const zones = ['UTC', 'America/Sao_Paulo', 'Asia/Kolkata', 'Australia/Lord_Howe', 'America/St_Johns']
const at = (iso: string) => Date.parse(iso) / 1000

describe.skipIf(!shared)('reports on the incident log', () => {
  let database: TestDatabase
  const questions: { asked: Asked; truth: Truth }[] = []
  let backfillId = 0

  beforeAll(async () => {
    database = await createDatabase({ template: await incidentLog(shared!) })
    await database.pool.query(await readFile(join(import.meta.dirname, '../support/incident-extras.sql'), 'utf8'))
    await installOracle(database.pool, { still: true })
    for (let i = 0; i < scaled('TIDEMARK_RANGES', 6); i++) questions.push(...(await questionsOn(i)))
    await attach(database.pool, database.url)
  }, 120_000)

  afterAll(() => database?.drop())

  /** One range, cut in one way in one zone, asked of every dimension: all ids, and one; with business hours and without. */
  async function questionsOn(i: number): Promise<{ asked: Asked; truth: Truth }[]> {
    const random = randomFrom(seed, i)
    const since = Math.floor(random.between(at('2016-02-20T00:00Z'), at('2017-02-20T00:00Z')))
    const grouping = (['none', ...groupings] as const)[i % (groupings.length + 1)]!
    // From ten minutes to 400 days; by the hour to 21, as each of 200 agents has conversations that are open in every hour.
    const seconds = Math.ceil(600 * (grouping === 'hour' ? 3000 : 57_600) ** random.next())
    const periods = {
      since,
      until: since + seconds,
      zone: zones[i % zones.length]!,
      grouping,
      firstWeekday: random.pick([0, 1, 6] satisfies Weekday[]),
    }
    const asked: { asked: Asked; truth: Truth }[] = []
    for (const dimension of dimensionNames) {
      const right = await truth(database.pool, 1, { ...periods, dimension })
      const businessHours = random.chance(0.5)
      const ids = [...right.keys(), '0 '].map((key) => Number(key.split(' ')[0]))
      const question = { ...periods, dimension, metrics: metricNames }
      asked.push({ asked: { ...question, businessHours }, truth: right })
      if (random.chance(0.5))
        asked.push({ asked: { ...question, businessHours: !businessHours, id: random.pick(ids) }, truth: right })
    }
    return asked
  }

  /** Asks everything; returns how often answers were made in which way. */
  async function askEverything() {
    const made = { rollup: 0, mixed: 0, raw: 0 }
    for (const { asked, truth } of questions) {
      const { source, lies } = await compare(database.pool, 1, asked, truth)
      made[source]++
      expect(lies.slice(0, 5), `TIDEMARK_SEED=${seed} ${JSON.stringify({ ...asked, metrics: undefined })}`).toEqual([])
    }
    return made
  }

  test('the questions are not about nothing', () => {
    expect(questions.filter(({ truth }) => truth.size > 0).length).toBeGreaterThan(questions.length / 3)
  })

  test('before anything is rolled, answers are those of the raw rows', async () => {
    expect(await askEverything()).toEqual({ raw: questions.length, mixed: 0, rollup: 0 })
  }, 120_000)

  test('in the middle of the backfill, too', async () => {
    const { pool } = database
    const request = { accountId: 1, since: -Infinity, until: Infinity, reason: 'first backfill' }
    backfillId = (await requestBackfill(pool, request)).id
    const halfway = new AbortController()
    const { state, hoursDone, hoursTotal } = await runBackfill(pool, 1, backfillId, {
      signal: halfway.signal,
      onProgress: (progress) => void (progress.hoursDone > progress.hoursTotal / 2 && halfway.abort()),
    })
    expect(state).toBe('running')
    expect(hoursDone).toBeLessThan(hoursTotal)
    const made = await askEverything()
    expect(Math.min(made.raw, made.mixed)).toBeGreaterThan(0)
  }, 120_000)

  test('and when it is through', async () => {
    expect((await runBackfill(database.pool, 1, backfillId)).state).toBe('completed')
    const made = await askEverything()
    expect(made.mixed + made.rollup).toBeGreaterThan(questions.length / 3)
  }, 120_000)

  test('the figures that anyone can count by hand', async () => {
    const week = { since: at('2016-03-07T00:00Z'), until: at('2016-03-14T00:00Z') }
    const before = { since: at('2016-02-29T00:00Z'), until: week.since }
    const total = async (question: Omit<Question, 'metrics'>, ...metrics: MetricName[]) => {
      const [row] = await reading(database.pool, 1, (read) => read.totals({ ...question, metrics }))
      return metrics.map((name) => Number(row!.figures[name].value?.toFixed(3)))
    }
    const account = { dimension: 'account' } as const
    expect(
      await total({ ...account, ...week }, 'conversations_count', 'incoming_messages_count', 'outgoing_messages_count'),
    ).toEqual([2073, 4965, 4606])
    expect(await total({ ...account, ...before }, 'conversations_count')).toEqual([1858])
    expect(await total({ ...account, ...week }, 'resolutions_count', 'avg_resolution_time')).toEqual([1489, 203277.824])
    expect(await total({ ...account, ...before }, 'resolutions_count', 'avg_resolution_time')).toEqual([876, 73589.521])
    expect(await total({ ...account, ...week }, 'avg_first_response_time')).toEqual([79871.336])
    expect(await total({ ...account, ...week, businessHours: true }, 'avg_first_response_time')).toEqual([22208.018])
    expect(await total({ dimension: 'team', id: 70, ...week }, 'conversations_count')).toEqual([712])
    const [first] = await reading(database.pool, 1, (read) =>
      read.totals({ ...account, ...week, metrics: ['avg_first_response_time'] }),
    )
    expect(first!.figures.avg_first_response_time.n).toBe(1302)
  })

  test.each(['day', 'month'] as const)('the bins of every %s add up to those of the raw events', async (unit) => {
    const { pool } = database
    const statement = histograms.replaceAll('/*table*/', unit === 'day' ? 'histogram_daily' : 'histogram_monthly')
    const zone = await zoneNamed(pool, 'America/Sao_Paulo')
    const bounds = bucketBounds(zone, at('2016-02-01T12:00Z'), at('2017-02-01T12:00Z'), unit).slice(0, -1)
    const random = randomFrom(seed, 1e6)
    for (let i = 0; i < 3; i++) {
      const [a, b] = [random.pick(bounds), random.pick(bounds)].sort((a, b) => a - b)
      expect(await many(pool, statement, [1, a, b, binEdges]), `TIDEMARK_SEED=${seed} ${a} to ${b}`).toEqual([])
    }
    expect(await many(pool, statement, [1, bounds[0], bounds.at(-1), binEdges])).toEqual([])
  })
})
