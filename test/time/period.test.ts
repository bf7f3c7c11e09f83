// The promise: a period is compared with one that is as long by the calendar and ends where it begins, whatever the clocks did.
import { DateTime } from 'luxon'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { randomFrom } from '../../src/demo/random.ts'
import { dateAt, startOfDate, unitStart } from '../../src/time/calendar.ts'
import { comparedWith, previousPeriod, yearBefore, type Period } from '../../src/time/period.ts'
import { DAY, localAt, UTC, type Zone } from '../../src/time/zone.ts'
import { zoneNamed } from '../../src/time/zones.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { seed } from '../support/seed.ts'

const names = ['UTC', 'Europe/Berlin', 'America/New_York', 'America/Havana', 'America/St_Johns', 'Asia/Kolkata', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'Pacific/Chatham', 'America/Sao_Paulo', 'Africa/Cairo', 'Asia/Tehran'] // prettier-ignore

let database: TestDatabase
let zones: Map<string, Zone>
beforeAll(async () => {
  database = await createDatabase()
  zones = new Map(await Promise.all(names.map(async (name) => [name, await zoneNamed(database.pool, name)] as const)))
})
afterAll(() => database.drop())

const dates = (zone: Zone, first: string, next: string): Period => ({
  since: startOfDate(zone, first),
  until: startOfDate(zone, next),
})
const named = (zone: Zone, { since, until }: Period) => [dateAt(zone, since), dateAt(zone, until)]

describe('the period before', () => {
  test.each([
    ['a day', 'Europe/Berlin', ['2026-03-30', '2026-03-31'], ['2026-03-29', '2026-03-30'], 23],
    ['a week', 'Europe/Berlin', ['2026-03-30', '2026-04-06'], ['2026-03-23', '2026-03-30'], 167],
    ['the week after summer time', 'Europe/Berlin', ['2026-10-26', '2026-11-02'], ['2026-10-19', '2026-10-26'], 169],
    ['March', 'America/New_York', ['2026-03-01', '2026-04-01'], ['2026-02-01', '2026-03-01'], 28 * 24],
    ['March of a leap year', 'UTC', ['2028-03-01', '2028-04-01'], ['2028-02-01', '2028-03-01'], 29 * 24],
    ['a quarter', 'UTC', ['2026-04-01', '2026-07-01'], ['2026-01-01', '2026-04-01'], 90 * 24],
    ['a year', 'UTC', ['2025-01-01', '2026-01-01'], ['2024-01-01', '2025-01-01'], 366 * 24],
    ['thirty days', 'UTC', ['2026-03-02', '2026-04-01'], ['2026-01-31', '2026-03-02'], 30 * 24],
    ['a day half an hour short', 'Australia/Lord_Howe', ['2026-10-05', '2026-10-06'], ['2026-10-04', '2026-10-05'], 23.5],
    ['the day after one without midnight', 'Africa/Cairo', ['2026-04-25', '2026-04-26'], ['2026-04-24', '2026-04-25'], 23],
  ] as const)('%s in %s', (_what, name, [first, next], before, hours) => {
    const zone = zones.get(name)!
    const previous = previousPeriod(zone, dates(zone, first, next))
    expect(named(zone, previous)).toEqual(before)
    expect((previous.until - previous.since) / 3600).toBe(hours)
  })

  test('of some hours of a day: as many on the clock', () => {
    const berlin = zones.get('Europe/Berlin')!
    const noon = Date.parse('2026-03-29T10:00:00Z') / 1000
    // From noon to midnight of the day that lost an hour; the twelve hours on the clock before are eleven.
    const previous = previousPeriod(berlin, { since: noon, until: noon + 12 * 3600 })
    expect(previous).toEqual({ since: noon - 11 * 3600, until: noon })
  })

  test('10,000 by lot are adjacent, and as long by the calendar', () => {
    const random = randomFrom(seed, 4)
    const span = (zone: Zone, { since, until }: Period) => Math.round((localAt(zone, until) - localAt(zone, since)) / DAY)
    for (let i = 0; i < 10_000; i++) {
      const zone = zones.get(random.pick(names))!
      const at = Math.floor(random.between(Date.UTC(2024, 0) / 1000, Date.UTC(2031, 0) / 1000))
      const [unit, units] = [random.pick(['day', 'week', 'month'] as const), Math.ceil(random.between(0, 14))]
      const period = { since: unitStart(zone, at, unit), until: unitStart(zone, at, unit, units) }
      const previous = previousPeriod(zone, period)
      const told = `${zone.name} ${JSON.stringify(period)}`
      expect(previous.until, told).toBe(period.since)
      expect(unitStart(zone, previous.since, 'day'), told).toBe(previous.since)
      const whole = [period.since, period.until].every((end) => unitStart(zone, end, 'month') === end)
      if (!whole) expect(span(zone, previous), told).toBe(span(zone, period))
      else expect(unitStart(zone, previous.since, 'month'), told).toBe(previous.since)
    }
  })
})

describe('a year before', () => {
  test.each([
    ['UTC', ['2024-02-29', '2024-03-01'], ['2023-02-28', '2023-03-01']],
    ['Europe/Berlin', ['2026-03-23', '2026-03-30'], ['2025-03-23', '2025-03-30']],
    ['America/New_York', ['2026-01-01', '2027-01-01'], ['2025-01-01', '2026-01-01']],
  ] as const)('%s %j', (name, [first, next], before) => {
    const zone = zones.get(name)!
    expect(named(zone, yearBefore(zone, dates(zone, first, next)))).toEqual(before)
  })

  test('of some hours: at the same time on the clock', () => {
    const at = (iso: string) => DateTime.fromISO(iso).toSeconds()
    const period = { since: at('2026-07-01T10:15:00Z'), until: at('2026-07-01T11:45:00Z') }
    expect(yearBefore(UTC, period)).toEqual({ since: at('2025-07-01T10:15:00Z'), until: at('2025-07-01T11:45:00Z') })
  })
})

test('as many seconds before, as Chatwoot compares', () => {
  expect(comparedWith(UTC, { since: 1000, until: 1600 }, 'seconds')).toEqual({ since: 400, until: 1000 })
})
