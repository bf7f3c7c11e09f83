// The promise: what a digest reports is compared with a period that is as long by the calendar and ends where it begins.
import { DateTime } from 'luxon'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { comparedPeriod, periodBetween, type Period, type Window } from '../../src/digests/schedule/window.ts'
import { dayOf, dateOf, monthStart, weekStart } from '../../src/time/date.ts'
import { UTC, type Zone } from '../../src/time/zone.ts'
import { zoneNamed } from '../../src/time/zones.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { randomOf } from '../support/seed.ts'

const names = ['UTC', 'Europe/Berlin', 'America/New_York', 'America/Havana', 'America/St_Johns', 'America/Santiago', 'Antarctica/Troll', 'Asia/Kolkata', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'Pacific/Chatham', 'Pacific/Apia', 'Africa/Cairo'] // prettier-ignore

let database: TestDatabase
let zones: Map<string, Zone>
beforeAll(async () => {
  database = await createDatabase()
  zones = new Map()
  for (const name of names) zones.set(name, await zoneNamed(database.pool, name))
})
afterAll(() => database?.drop())

const days = (count: number): Window => ({ unit: 'day', count })
const weeks = (count: number): Window => ({ unit: 'week', count })
const months = (count: number): Window => ({ unit: 'month', count })
const slot: Window = { unit: 'slot' }
const dates = ({ firstDate, lastDate }: Period) => [firstDate, lastDate]

describe('the period before', () => {
  test.each<[string, string, Window, [string, string], [string, string], number]>([
    ['a day', 'Europe/Berlin', days(1), ['2026-03-30', '2026-03-30'], ['2026-03-29', '2026-03-29'], 23],
    ['a week', 'Europe/Berlin', weeks(1), ['2026-03-30', '2026-04-05'], ['2026-03-23', '2026-03-29'], 167],
    ['the week after summer time', 'Europe/Berlin', weeks(1), ['2026-10-26', '2026-11-01'], ['2026-10-19', '2026-10-25'], 169],
    ['four weeks', 'UTC', weeks(4), ['2026-04-06', '2026-05-03'], ['2026-03-09', '2026-04-05'], 28 * 24],
    ['March', 'America/New_York', months(1), ['2026-03-01', '2026-03-31'], ['2026-02-01', '2026-02-28'], 28 * 24],
    ['March of a leap year', 'UTC', months(1), ['2028-03-01', '2028-03-31'], ['2028-02-01', '2028-02-29'], 29 * 24],
    ['a quarter', 'UTC', months(3), ['2026-04-01', '2026-06-30'], ['2026-01-01', '2026-03-31'], 90 * 24],
    // Thirty days stay thirty days, also when they happen to be a month.
    ['30 days that are September', 'UTC', days(30), ['2026-09-01', '2026-09-30'], ['2026-08-02', '2026-08-31'], 30 * 24],
    ['28 days that are February', 'UTC', weeks(4), ['2027-02-01', '2027-02-28'], ['2027-01-04', '2027-01-31'], 28 * 24],
    // From one first of the month to the next: a month, as the one before it.
    ['what lies between two firsts', 'UTC', slot, ['2026-03-01', '2026-03-31'], ['2026-02-01', '2026-02-28'], 28 * 24],
    ['what lies between two 15ths', 'UTC', slot, ['2026-02-15', '2026-03-14'], ['2026-01-18', '2026-02-14'], 28 * 24],
    [
      'a day half an hour short',
      'Australia/Lord_Howe',
      days(1),
      ['2026-10-05', '2026-10-05'],
      ['2026-10-04', '2026-10-04'],
      23.5,
    ],
    ['the day after one that never was', 'Pacific/Apia', days(1), ['2011-12-31', '2011-12-31'], ['2011-12-29', '2011-12-29'], 24],
  ])('%s in %s', (_what, name, window, [first, last], before, hours) => {
    const zone = zones.get(name)!
    const period = periodBetween(zone, first, last)
    const previous = comparedPeriod(zone, window, period, 'previous')
    expect(dates(previous)).toEqual(before)
    expect(previous.until).toBe(period.since)
    expect((previous.until - previous.since) / 3600).toBe(hours)
  })
})

describe('a year before', () => {
  test.each<[string, Window, [string, string], [string, string]]>([
    ['a month is the same month', months(1), ['2026-03-01', '2026-03-31'], ['2025-03-01', '2025-03-31']],
    ['February of a leap year', months(1), ['2028-02-01', '2028-02-29'], ['2027-02-01', '2027-02-28']],
    ['a quarter', months(3), ['2026-01-01', '2026-03-31'], ['2025-01-01', '2025-03-31']],
    // Weekdays meet weekdays: a Monday is never compared with a Sunday.
    ['a week', weeks(1), ['2026-05-04', '2026-05-10'], ['2025-05-05', '2025-05-11']],
    ['a day', days(1), ['2026-05-04', '2026-05-04'], ['2025-05-05', '2025-05-05']],
    ['30 days', days(30), ['2026-05-02', '2026-05-31'], ['2025-05-03', '2025-06-01']],
  ])('%s', (_what, window, [first, last], before) => {
    expect(dates(comparedPeriod(UTC, window, periodBetween(UTC, first, last), 'year'))).toEqual(before)
  })
})

test('10,000 periods by lot: the one before is adjacent, does not overlap and is as long by the calendar', () => {
  const random = randomOf('compared periods')
  for (let i = 0; i < 10_000; i++) {
    const zone = zones.get(random.pick(names))!
    const [unit, count] = [random.pick(['day', 'week', 'month'] as const), 1 + Math.floor(random.between(0, 12))]
    const day = dayOf('2024-01-01') + Math.floor(random.between(0, 7 * 365))
    const first = unit === 'month' ? monthStart(day) : unit === 'week' ? weekStart(day, random.pick([0, 1, 6] as const)) : day
    const next = unit === 'month' ? monthStart(first, count) : first + count * (unit === 'week' ? 7 : 1)
    const period = periodBetween(zone, dateOf(first), dateOf(next - 1))
    const previous = comparedPeriod(zone, { unit, count }, period, 'previous')
    const told = `${zone.name} ${unit} ${count} ${period.firstDate} after ${previous.firstDate}`
    // In luxon's calendar, which knows nothing of ours.
    const [before, start, end] = [previous.firstDate, period.firstDate, period.lastDate].map((date) => DateTime.fromISO(date, { zone: 'utc' })) as [DateTime, DateTime, DateTime] // prettier-ignore
    expect(previous.until, told).toBe(period.since)
    expect(previous.lastDate, told).toBe(start.minus({ days: 1 }).toISODate())
    expect(before.plus({ [`${unit}s`]: count }).toISODate(), told).toBe(period.firstDate)
    expect(
      start
        .plus({ [`${unit}s`]: count })
        .minus({ days: 1 })
        .toISODate(),
      told,
    ).toBe(end.toISODate())
    expect(previous.since, told).toBeLessThan(previous.until)
  }
})

test('a period without a day that exists is none', () => {
  expect(() => periodBetween(zones.get('Pacific/Apia')!, '2011-12-30', '2011-12-30')).toThrow('has no day from 2011-12-30')
  expect(() => periodBetween(UTC, '2026-05-04', '2026-05-03')).toThrow(RangeError)
  expect(() => periodBetween(UTC, '2026-02-30', '2026-03-03')).toThrow(RangeError)
})
