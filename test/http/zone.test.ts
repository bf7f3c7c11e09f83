import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { offsetHours, ianaName, railsZones, zoneOfOffset } from '../../src/time/rails.ts'
import { isZoneName } from '../../src/time/zones.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { announceMissing, sharedFolder } from '../support/shared.ts'

type Picked = { picked_2023c: Record<string, Record<string, string>> }

const shared = sharedFolder()
if (!shared) announceMissing('the zones that Chatwoot picks for every offset')

let database: TestDatabase
beforeAll(async () => {
  database = await createDatabase()
})
afterAll(() => database.drop())

const at = (iso: string) => Date.parse(iso) / 1000
const january = at('2026-01-15T12:00:00Z')
const march = at('2026-03-18T12:00:00Z')
const july = at('2026-07-15T12:00:00Z')

test('the list has 151 zones by standard offset and all are zones', () => {
  expect(railsZones.length).toBe(151)
  expect(railsZones.map((zone) => zone.standardOffset)).toEqual(
    railsZones.map((zone) => zone.standardOffset).sort((a, b) => a - b),
  )
  expect(railsZones.filter((zone) => !isZoneName(zone.iana))).toEqual([])
})

test('a Rails name has an IANA name; other names stay', () => {
  expect(ianaName('Eastern Time (US & Canada)')).toBe('America/New_York')
  expect(ianaName('Europe/Berlin')).toBe('Europe/Berlin')
  expect(ianaName('nowhere')).toBe('nowhere')
})

test.each([
  ['-4', -4],
  ['5.5', 5.5],
  ['5.5abc', 5.5],
  ['abc', 0],
  ['+2', 2],
  ['.5', 0.5],
  ['-0', -0],
  ['1e1', 10],
  ['5.', 5],
  ['--3', 0],
])('the offset %s is read as %d hours', (text, hours) => {
  expect(offsetHours(text)).toBe(hours)
})

describe('an offset means the first zone whose clocks are there now', () => {
  test.each([
    [-8, 'America/Los_Angeles', 'America/Juneau'],
    [-7, 'America/Phoenix', 'America/Los_Angeles'],
    [-6, 'America/Guatemala', 'America/Denver'],
    [-5, 'America/Bogota', 'America/Chicago'],
    [-4, 'America/Halifax', 'America/New_York'],
    [-3, 'America/Santiago', 'America/Halifax'],
    [0, 'Europe/London', 'Atlantic/Azores'],
    [1, 'Europe/Amsterdam', 'Europe/London'],
    [2, 'Europe/Athens', 'Europe/Amsterdam'],
    [3, 'Asia/Baghdad', 'Europe/Athens'],
    [5.5, 'Asia/Kolkata', 'Asia/Kolkata'],
    [10, 'Australia/Brisbane', 'Australia/Brisbane'],
    [12, 'Pacific/Fiji', 'Pacific/Auckland'],
  ])('%d hours are %s in January and %s in July', async (hours, inJanuary, inJuly) => {
    expect(await zoneOfOffset(database.pool, hours, january)).toBe(inJanuary)
    expect(await zoneOfOffset(database.pool, hours, july)).toBe(inJuly)
  })

  const list = shared && join(shared, 'reference/rails-timezones.json')
  test.skipIf(!list)('every offset, at four dates of a year', async () => {
    // Almaty went from +6 to +5 after Chatwoot's tz data were made: 6 hours are Dhaka here, which shows the same times.
    const { picked_2023c: picked } = JSON.parse(readFileSync(list!, 'utf8')) as Picked
    const dates = { jan15: january, mar18: march, jul15: july, nov15: at('2026-11-15T12:00:00Z') }
    for (const [hours, zones] of Object.entries(picked)) {
      for (const [date, now] of Object.entries(dates)) {
        const zone = zones[date]?.split(' = ')[1]
        const expected = zone === 'Asia/Almaty' ? 'Asia/Dhaka' : zone
        expect([hours, date, await zoneOfOffset(database.pool, Number(hours), now)]).toEqual([hours, date, expected])
      }
    }
  })

  test('no zone has the offset', async () => {
    expect(await zoneOfOffset(database.pool, -9, july)).toBeUndefined()
    expect(await zoneOfOffset(database.pool, 10.5, july)).toBeUndefined()
    expect(await zoneOfOffset(database.pool, 14, january)).toBeUndefined()
    expect(await zoneOfOffset(database.pool, 7.25, march)).toBeUndefined()
    expect(await zoneOfOffset(database.pool, NaN, march)).toBeUndefined()
    expect(await zoneOfOffset(database.pool, Infinity, march)).toBeUndefined()
  })
})
