// The promise: the records behind a figure are as many as the figure says, whatever happened to the raw rows, for every metric,
// dimension and filter, and however much has been rolled. TIDEMARK_SEED asks the same again, TIDEMARK_RUNS how much to ask.
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { many } from '../../src/db.ts'
import { randomFrom, type Random } from '../../src/demo/random.ts'
import { countingMetrics, type CountingMetric } from '../../src/reports/counted-rows.ts'
import { reading } from '../../src/reports/reading.ts'
import { records, RECORDS_PAGE, type FigureRecord, type RecordsAsked } from '../../src/reports/records.ts'
import type { Filter } from '../../src/rollups/rolling/filter.ts'
import { dimensionNames, type Dimension } from '../../src/rollups/parts.ts'
import type { TestDatabase } from '../support/database.ts'
import { accounts, idsOf } from '../support/random-rows.ts'
import { createStoryDesks } from '../support/random-desks.ts'
import { tellStory } from '../support/random-story.ts'
import { scaled, seed } from '../support/seed.ts'

const times = scaled('TIDEMARK_RUNS', 1)
const DAY = 86400

let database: TestDatabase
beforeAll(async () => {
  database = await createStoryDesks()
  vi.useFakeTimers({ toFake: ['Date'] })
})
afterAll(async () => {
  vi.useRealTimers()
  await database?.drop()
})

type Asked = Omit<RecordsAsked, 'page' | 'perPage'>

function filterByLot(random: Random, account: 1 | 2): Filter | undefined {
  if (random.chance(0.3)) return undefined
  const ids = (dimension: Exclude<Dimension, 'account'>) => {
    if (random.chance(0.5)) return {}
    const some = [...idsOf[dimension][account], 0].filter(() => random.chance(0.6))
    return { [dimension]: random.chance(0.95) && some.length === 0 ? [idsOf[dimension][account][0]] : some }
  }
  return { ...ids('inbox'), ...ids('agent'), ...ids('team'), ...(random.chance(0.5) ? ids('label') : {}) }
}

/** From before the first row of a story until after the last. */
const whole = (middle: number) => ({ since: middle - 120 * DAY, until: middle + 60 * DAY })

function askByLot(random: Random, account: 1 | 2, metric: CountingMetric, dimension: Dimension, middle: number): Asked {
  const instant = () => Math.floor(middle + random.between(-4, 4) * DAY)
  const part = () => {
    const [since, until] = [instant(), instant()].sort((a, b) => a - b) as [number, number]
    return { since, until }
  }
  const range = random.chance(0.5) ? whole(middle) : part()
  const id = random.pick([...idsOf[dimension][account], ...idsOf[dimension][account], 0, 999])
  return {
    metric,
    subject: dimension === 'account' ? { dimension } : { dimension, id },
    range,
    filter: filterByLot(random, account),
    businessHours: random.chance(0.4),
  }
}

/** The metric's figure for the same question. */
async function figure(accountId: number, { metric, subject, range, filter, businessHours = false }: Asked) {
  const rows = await reading(database.pool, accountId, (read) =>
    read.totals({ ...subject, ...range, metrics: [metric], filter, businessHours }),
  )
  return rows.find((row) => row.id === (subject.id ?? accountId))?.figures[metric] ?? { value: null, n: 0 }
}

/** All pages one after the other. */
async function allRecords(accountId: number, asked: Asked, perPage: number) {
  const all: FigureRecord[] = []
  for (let page = 1; ; page++) {
    const { data } = await records(database.pool, accountId, { ...asked, page, perPage })
    all.push(...data.records)
    if (all.length >= data.totalCount || data.records.length === 0) return { ...data, records: all }
  }
}

const meansOfValues = ['avg_first_response_time', 'avg_resolution_time', 'reply_time', 'first_contact_resolution', 'csat_rating']

function meanOf(values: (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length
}

test(
  'records are as many as the figure says',
  async () => {
    const counted = Object.fromEntries(countingMetrics.map((metric) => [metric, 0]))
    // Nothing compared with nothing proves nothing: until each metric had something to count, if need be some stories more,
    // and questions about all there is.
    const missing = () => countingMetrics.filter((metric) => counted[metric] === 0)
    for (let story = 0; story < 3 * times || (story < 60 * times && missing().length > 0); story++) {
      const { middle } = await tellStory(database.pool, 3e6 + story)
      const random = randomFrom(seed, 31, story)
      for (const account of accounts) {
        const own = await many<{ id: number }>(database.pool, 'select id from conversations where account_id = $1', [account])
        const ownIds = new Set(own.map(({ id }) => id))
        for (const metric of story < 3 * times ? countingMetrics : missing()) {
          for (const dimension of dimensionNames) {
            const byLot = askByLot(random, account, metric, dimension, middle)
            const asked = story < 3 * times ? byLot : { ...byLot, range: whole(middle), filter: undefined }
            const said = `TIDEMARK_SEED=${seed}, story ${story}, account ${account}: ${JSON.stringify(asked)}`
            const { value, n } = await figure(account, asked)
            const all = await allRecords(account, asked, random.pick([RECORDS_PAGE, RECORDS_PAGE, 7]))
            expect(all.totalCount, said).toBe(n)
            expect(all.records.length, said).toBe(n)
            counted[metric]! += n
            const ordered = all.records.toSorted((a, b) => b.at - a.at || b.id - a.id)
            expect(all.records, said).toEqual(ordered)
            if (meansOfValues.includes(metric)) expectMean(meanOf(all.records.map((record) => record.value)), value, said)
            const shown = new Set(all.records.flatMap(({ conversation }) => conversation?.id ?? []))
            expect(
              [...shown].filter((id) => !ownIds.has(id)),
              said,
            ).toEqual([])
            expect(all.conversationCount, said).toBeGreaterThanOrEqual(shown.size)
          }
        }
      }
    }
    expect(missing()).toEqual([])
  },
  300_000 * times,
)

function expectMean(mean: number | null, value: number | null, said: string) {
  if (mean === null || value === null) expect(mean, said).toBe(value)
  else expect(Math.abs(mean - value), said).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(value)))
}
