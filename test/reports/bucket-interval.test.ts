import { afterAll, beforeAll, expect, test } from 'vitest'
import { bucketInterval } from '../../src/reports/chatwoot/bucket-interval.ts'
import { bucketBounds, groupings, type Grouping } from '../../src/time/calendar.ts'
import { zoneNamed } from '../../src/time/zones.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createDatabase()
})
afterAll(() => database.drop())

const at = (iso: string) => Date.parse(iso) / 1000
const whole = { since: 0, until: at('2099-01-01T00:00:00Z') }

test.each<[string, Grouping, string, string]>([
  ['America/New_York', 'day', '2026-03-08T05:00:00Z', '2026-03-09T04:00:00Z'],
  ['America/New_York', 'day', '2026-11-01T04:00:00Z', '2026-11-02T05:00:00Z'],
  ['America/New_York', 'week', '2026-03-08T05:00:00Z', '2026-03-15T04:00:00Z'],
  ['America/New_York', 'month', '2026-03-01T05:00:00Z', '2026-04-01T04:00:00Z'],
  ['America/New_York', 'year', '2026-01-01T05:00:00Z', '2027-01-01T05:00:00Z'],
  ['America/New_York', 'hour', '2026-03-08T06:00:00Z', '2026-03-08T07:00:00Z'],
  // Midnight does not exist: the day starts at one, and ends at midnight.
  ['America/Havana', 'day', '2026-03-08T05:00:00Z', '2026-03-09T04:00:00Z'],
  // Half an hour is skipped: the hour after it is half as long.
  ['Australia/Lord_Howe', 'hour', '2026-10-03T15:30:00Z', '2026-10-03T16:00:00Z'],
  // Where no bucket starts: the same time of day later.
  ['America/New_York', 'day', '2026-03-07T17:00:00Z', '2026-03-08T16:00:00Z'],
  ['America/New_York', 'hour', '2026-03-07T17:10:00Z', '2026-03-07T18:10:00Z'],
  ['UTC', 'week', '2026-03-04T00:00:00Z', '2026-03-11T00:00:00Z'],
  ['UTC', 'month', '2026-01-31T10:00:00Z', '2026-02-28T10:00:00Z'],
  ['UTC', 'year', '2024-02-29T10:00:00Z', '2025-02-28T10:00:00Z'],
])('in %s the %s from %s ends %s', async (name, grouping, from, until) => {
  const zone = await zoneNamed(database.pool, name)
  expect(bucketInterval(zone, grouping, at(from), whole)).toEqual({ since: at(from), until: at(until) })
})

test('an interval stays within the range; without a common moment there is none', async () => {
  const zone = await zoneNamed(database.pool, 'UTC')
  const range = { since: at('2026-03-04T06:00:00Z'), until: at('2026-03-05T06:00:00Z') }
  const day = (iso: string) => bucketInterval(zone, 'day', at(iso), range)
  expect(day('2026-03-04T00:00:00Z')).toEqual({ since: range.since, until: at('2026-03-05T00:00:00Z') })
  expect(day('2026-03-05T00:00:00Z')).toEqual({ since: at('2026-03-05T00:00:00Z'), until: range.until })
  expect(day('2026-03-03T06:00:00Z')).toBeUndefined()
  expect(day('2026-03-03T06:00:01Z')).toEqual({ since: range.since, until: range.since + 1 })
  expect(day('2026-03-05T06:00:00Z')).toBeUndefined()
  expect(bucketInterval(zone, 'day', range.since, { since: range.until, until: range.since })).toBeUndefined()
})

test('the intervals of a series are its buckets, in zones with odd days, too', async () => {
  const [since, until] = [at('2011-12-01T00:00:00Z'), at('2012-05-01T00:00:00Z')]
  for (const name of ['Pacific/Apia', 'America/Havana', 'Asia/Amman', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'UTC']) {
    const zone = await zoneNamed(database.pool, name)
    for (const grouping of groupings) {
      const bounds = bucketBounds(zone, since, until, grouping, 0)
      const intervals = bounds.slice(0, -1).map((start) => bucketInterval(zone, grouping, start, whole))
      expect(intervals).toEqual(bounds.slice(0, -1).map((start, i) => ({ since: start, until: bounds[i + 1] })))
    }
  }
})
