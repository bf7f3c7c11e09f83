// The promise: the days on which clocks do strange things have the buckets that people there would expect.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bucketBounds, dateAt, startOfDate } from '../../src/time/calendar.ts'
import { hourStarts, type Zone } from '../../src/time/zone.ts'
import { zoneNamed } from '../../src/time/zones.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'

const at = (iso: string) => Date.parse(iso) / 1000
const iso = (instants: number[]) => instants.map((instant) => new Date(instant * 1000).toISOString().slice(0, 16))

let database: TestDatabase
beforeAll(async () => {
  database = await createDatabase()
})
afterAll(() => database?.drop())

const named = (name: string): Promise<Zone> => zoneNamed(database.pool, name)

test.each([
  ['UTC', '2024-03-31', 24, 24],
  ['Europe/Berlin', '2024-03-31', 23, 23],
  ['Europe/Berlin', '2024-10-27', 25, 25],
  // The hour of the change is half an hour long, or comes again for half an hour.
  ['Australia/Lord_Howe', '2024-10-06', 23.5, 24],
  ['Australia/Lord_Howe', '2024-04-07', 24.5, 25],
  ['Asia/Kolkata', '2024-04-07', 24, 24],
])('%s: %s is %d hours long, in %d buckets', async (name, date, hours, buckets) => {
  const zone = await named(name)
  const start = startOfDate(zone, date)
  const [from, until] = bucketBounds(zone, start, start + 1, 'day') as [number, number]
  expect(from).toBe(start)
  expect((until - from) / 3600).toBe(hours)
  const bounds = hourStarts(zone, from, until)
  expect(bounds.at(-1)).toBe(until)
  expect(bounds.length - 1).toBe(buckets)
})

test('each pass of a repeated hour is a bucket of its own', async () => {
  const zone = await named('Europe/Berlin')
  const bounds = bucketBounds(zone, at('2024-10-26T23:30Z'), at('2024-10-27T02:30Z'), 'hour')
  expect(iso(bounds)).toEqual([
    '2024-10-26T23:00',
    '2024-10-27T00:00',
    '2024-10-27T01:00',
    '2024-10-27T02:00',
    '2024-10-27T03:00',
  ])
})

test('Lord Howe’s half-hour changes make half-hour buckets', async () => {
  const zone = await named('Australia/Lord_Howe')
  // Clocks go from 02:00 back to 01:30: 01:00 to 02:00, then 01:30 to 02:00 again.
  const back = bucketBounds(zone, at('2024-04-06T14:00Z'), at('2024-04-06T16:00Z'), 'hour')
  expect(iso(back)).toEqual(['2024-04-06T14:00', '2024-04-06T15:00', '2024-04-06T15:30', '2024-04-06T16:30'])
  // And from 02:00 on to 02:30: half an hour of the hour from 02:00 is left.
  const on = bucketBounds(zone, at('2024-10-05T15:00Z'), at('2024-10-05T16:30Z'), 'hour')
  expect(iso(on)).toEqual(['2024-10-05T14:30', '2024-10-05T15:30', '2024-10-05T16:00', '2024-10-05T17:00'])
})

test('the day that Apia left out has no bucket', async () => {
  const zone = await named('Pacific/Apia')
  const bounds = bucketBounds(zone, at('2011-12-29T12:00Z'), at('2011-12-31T12:00Z'), 'day')
  expect(bounds.map((bound) => dateAt(zone, bound))).toEqual(['2011-12-29', '2011-12-31', '2012-01-01', '2012-01-02'])
  expect(bounds.slice(1, 3).map((bound, i) => (bound - bounds[i]!) / 3600)).toEqual([24, 24])
  expect(startOfDate(zone, '2011-12-30')).toBe(startOfDate(zone, '2011-12-31'))
})

test('a midnight that comes twice starts the day once, the first time', async () => {
  const zone = await named('America/Havana')
  const bounds = bucketBounds(zone, at('2023-11-05T05:30Z'), at('2023-11-05T05:31Z'), 'day')
  expect(iso(bounds)).toEqual(['2023-11-05T04:00', '2023-11-06T05:00'])
  expect(bucketBounds(zone, at('2023-11-05T04:30Z'), at('2023-11-05T04:31Z'), 'day')).toEqual(bounds)
})

test('a midnight that does not exist starts the day at one o’clock', async () => {
  const zone = await named('America/Sao_Paulo')
  const bounds = bucketBounds(zone, at('2018-11-04T12:00Z'), at('2018-11-04T13:00Z'), 'day')
  expect(iso(bounds)).toEqual(['2018-11-04T03:00', '2018-11-05T02:00'])
})

test('an evening that comes again after midnight belongs to the new day', async () => {
  const zone = await named('America/St_Johns')
  // Until 2011 clocks went from 00:01 back to 23:01.
  const bounds = bucketBounds(zone, at('2009-11-01T02:00Z'), at('2009-11-01T04:00Z'), 'day')
  expect(iso(bounds)).toEqual(['2009-10-31T02:30', '2009-11-01T02:30', '2009-11-02T03:30'])
})
