import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { offsetHours, ianaName, railsZones, zoneOfOffset } from '../../src/time/rails.ts'
import { isZoneName } from '../../src/time/zones.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'

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

  test('no zone has the offset', async () => {
    expect(await zoneOfOffset(database.pool, -9, july)).toBeUndefined()
    expect(await zoneOfOffset(database.pool, 10.5, july)).toBeUndefined()
    expect(await zoneOfOffset(database.pool, 14, january)).toBeUndefined()
    expect(await zoneOfOffset(database.pool, 7.25, march)).toBeUndefined()
    expect(await zoneOfOffset(database.pool, NaN, march)).toBeUndefined()
    expect(await zoneOfOffset(database.pool, Infinity, march)).toBeUndefined()
  })
})
