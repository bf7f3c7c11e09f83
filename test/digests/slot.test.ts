import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { latestSlot, nextSlots, previousWeek, slotsBetween, weekFrom, type Schedule, type Slot } from '../../src/digests/slot.ts'
import { dateAt, weekdayAt, type Weekday } from '../../src/time/calendar.ts'
import { DAY, localAt, type Zone } from '../../src/time/zone.ts'
import { zoneNamed } from '../../src/time/zones.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'

// Each for a reason: gaps and folds at 02:00, 01:00, midnight and 23:00, half an hour of them, offsets of 30 and 45
// minutes, a day that never was (Apia), clocks that no longer change, and the far ends of the calendar.
const names = [
  'Europe/Berlin',
  'Europe/London',
  'America/New_York',
  'America/St_Johns',
  'America/Sao_Paulo',
  'America/Havana',
  'America/Scoresbysund',
  'Africa/Cairo',
  'Asia/Beirut',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Asia/Gaza',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Chatham',
  'Pacific/Kiritimati',
  'Etc/GMT+12',
]
const schedules: [Weekday, string][] = [
  [1, '00:00'],
  [1, '06:00'],
  [1, '09:00'],
  [0, '00:00'],
  [0, '02:00'],
  [0, '02:30'],
  [0, '08:00'],
  [6, '23:30'],
  [5, '00:30'],
]
const from = Date.parse('2022-01-01T00:00:00Z') / 1000
const until = Date.parse('2031-01-01T00:00:00Z') / 1000

let database: TestDatabase
const zones = new Map<string, Zone>()
beforeAll(async () => {
  database = await createDatabase()
  for (const name of names) zones.set(name, await zoneNamed(database.pool, name))
})
afterAll(() => database.drop())
const zone = (name: string) => zones.get(name) as Zone
const at = (iso: string) => Date.parse(iso) / 1000

/** The first instant, found by looking at the clock minute by minute, at which it shows `nominal` or later. */
function firstShown(clock: Zone, nominal: number): number {
  for (let instant = nominal - 26 * 3600; ; instant += 60) if (localAt(clock, instant) >= nominal) return instant
}

function expectedDues(clock: Zone, weekday: Weekday, time: string): number[] {
  const dues: number[] = []
  // 1970-01-04 was a Sunday.
  for (let day = (3 + weekday) * DAY; day < until + 2 * DAY; day += 7 * DAY) {
    if (day < from - 2 * DAY) continue
    const due = firstShown(clock, day + Number(time.slice(0, 2)) * 3600 + Number(time.slice(3)) * 60)
    if (due > from && due <= until) dues.push(due)
  }
  return dues
}

describe.each(names)('in %s', (name) => {
  test.each(schedules)('weekday %i at %s is due once in every local week of nine years', (weekday, time) => {
    const slots = slotsBetween({ weekday, time, firstWeekday: 1 }, zone(name), from, until)
    expect(slots.map((slot) => slot.due)).toEqual(expectedDues(zone(name), weekday, time))
  })

  test('the reported weeks follow each other without gap or overlap, and lie before their slot', () => {
    for (const firstWeekday of [0, 1, 6] as const) {
      const slots = slotsBetween({ weekday: 3, time: '02:30', firstWeekday }, zone(name), from, until)
      const wrong = slots.filter(({ due, period }, i) => {
        const next = slots[i + 1]?.period ?? { since: period.until }
        const previous = previousWeek(zone(name), period)
        const again = weekFrom(zone(name), period.firstDate)
        return !(
          next.since === period.until &&
          previous.until === period.since &&
          period.until <= due &&
          period.until > due - 7 * DAY - 3600 &&
          dateAt(zone(name), period.since) === period.firstDate &&
          weekdayAt(zone(name), period.since) === firstWeekday &&
          again.since === period.since &&
          again.until === period.until
        )
      })
      expect(wrong).toEqual([])
    }
  })
})

test('the oracle notices a schedule that adds 168 hours', () => {
  const clock = zone('Europe/Berlin')
  const first = expectedDues(clock, 1, '09:00')[0] as number
  const naive = expectedDues(clock, 1, '09:00').map((_, i) => first + i * 7 * DAY)
  expect(naive).not.toEqual(expectedDues(clock, 1, '09:00'))
})

const hours = ({ period }: Slot) => (period.until - period.since) / 3600

test('the week of a clock change has 167 or 169 hours, its neighbour 168', () => {
  const monday: Schedule = { weekday: 1, time: '09:00', firstWeekday: 1 }
  const berlin = (iso: string) => latestSlot(monday, zone('Europe/Berlin'), at(iso))
  expect(hours(berlin('2026-03-30T12:00:00Z'))).toBe(167)
  expect(hours(berlin('2026-10-26T12:00:00Z'))).toBe(169)
  const spring = berlin('2026-03-30T12:00:00Z').period
  expect(spring).toMatchObject({ firstDate: '2026-03-23', lastDate: '2026-03-29' })
  const before = previousWeek(zone('Europe/Berlin'), spring)
  expect((before.until - before.since) / 3600).toBe(168)
  expect(hours(latestSlot(monday, zone('Australia/Lord_Howe'), at('2026-04-06T12:00:00Z')))).toBe(168.5)
})

test('a time that the clocks skip is due right after the gap, one that they repeat is due the first time', () => {
  const sunday: Schedule = { weekday: 0, time: '02:30', firstWeekday: 1 }
  expect(latestSlot(sunday, zone('Europe/Berlin'), at('2026-03-29T20:00:00Z')).due).toBe(at('2026-03-29T01:00:00Z'))
  expect(latestSlot(sunday, zone('Europe/Berlin'), at('2026-10-25T20:00:00Z')).due).toBe(at('2026-10-25T00:30:00Z'))
})

test('the Friday that Apia never had is due at the first instant of Saturday', () => {
  const friday: Schedule = { weekday: 5, time: '09:00', firstWeekday: 1 }
  const slot = latestSlot(friday, zone('Pacific/Apia'), at('2012-01-01T00:00:00Z'))
  expect(slot.due).toBe(at('2011-12-30T10:00:00Z'))
  expect(hours(latestSlot({ ...friday, weekday: 1 }, zone('Pacific/Apia'), at('2012-01-02T00:00:00Z')))).toBe(144)
})

test('the next slots are those after now, not the one that is due now', () => {
  const monday: Schedule = { weekday: 1, time: '06:00', firstWeekday: 1 }
  const next = nextSlots(monday, zone('Asia/Kathmandu'), at('2026-05-04T00:15:00Z'), 3)
  expect(next.map((slot) => new Date(slot.due * 1000).toISOString())).toEqual([
    '2026-05-11T00:15:00.000Z',
    '2026-05-18T00:15:00.000Z',
    '2026-05-25T00:15:00.000Z',
  ])
})
