// The promise: the days on which clocks do strange things have the slots that people there would expect.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Cadence } from '../../src/digests/schedule/cadence.ts'
import {
  latestSlot,
  nextSlots,
  slotReporting,
  slotsBetween,
  type Schedule,
  type Slot,
} from '../../src/digests/schedule/schedule.ts'
import type { Window } from '../../src/digests/schedule/window.ts'
import type { Weekday } from '../../src/time/date.ts'
import { DAY, localAt, type Zone } from '../../src/time/zone.ts'
import { zoneNamed } from '../../src/time/zones.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'

// Each for a reason: gaps and folds at 02:00, 01:00, midnight and 23:00, half an hour of them, offsets of 30 and 45
// minutes, clocks that no longer change, and the far ends of the calendar.
const names = [
  'Europe/Berlin',
  'Europe/London',
  'America/New_York',
  'America/St_Johns',
  'America/Sao_Paulo',
  'America/Santiago',
  'America/Havana',
  'America/Scoresbysund',
  'Africa/Cairo',
  'Africa/Casablanca',
  'Antarctica/Troll',
  'Asia/Beirut',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Chatham',
  'Pacific/Kiritimati',
  'Etc/GMT+12',
]

let database: TestDatabase
const zones = new Map<string, Zone>()
beforeAll(async () => {
  database = await createDatabase()
  for (const name of names) zones.set(name, await zoneNamed(database.pool, name))
})
afterAll(() => database?.drop())
const zone = (name: string) => zones.get(name) as Zone
const at = (iso: string) => Date.parse(iso) / 1000
const iso = (instant: number) => new Date(instant * 1000).toISOString().slice(0, 16)

const schedule = (cadence: Cadence, window: Window = { unit: 'slot' }, bounds: Partial<Schedule> = {}): Schedule => ({
  cadence,
  window,
  firstWeekday: 1,
  startsOn: null,
  endsOn: null,
  ...bounds,
})
const weekly = (weekday: Weekday, time: string, count = 1): Schedule =>
  schedule({ every: 'week', weekdays: [weekday], time }, { unit: 'week', count })
const daily = (time: string, bounds: Partial<Schedule> = {}): Schedule =>
  schedule({ every: 'day', time }, { unit: 'day', count: 1 }, bounds)
const hours = ({ period }: Slot) => (period.until - period.since) / 3600
const reported = (slots: readonly Slot[]) => slots.map(({ period }) => [period.firstDate, period.lastDate])

describe('thirteen years in which clocks changed more wildly than today', () => {
  const [from, until] = [at('2009-01-01T00:00Z'), at('2022-01-01T00:00Z')]
  /** The first instant, found by looking at the clock minute by minute, at which it shows `nominal` or later. */
  function firstShown(clock: Zone, nominal: number): number {
    for (let instant = nominal - 26 * 3600; ; instant += 60) if (localAt(clock, instant) >= nominal) return instant
  }
  test.each(names)('in %s', (name) => {
    for (const [weekday, time] of [
      [0, '02:30'],
      [6, '23:30'],
      [0, '00:00'],
    ] as const) {
      const dues: number[] = []
      // 1970-01-04 was a Sunday.
      for (let day = (3 + weekday) * DAY; day < until + 2 * DAY; day += 7 * DAY) {
        if (day < from - 2 * DAY) continue
        const due = firstShown(zone(name), day + Number(time.slice(0, 2)) * 3600 + Number(time.slice(3)) * 60)
        if (due > from && due <= until) dues.push(due)
      }
      const slots = slotsBetween(weekly(weekday, time), zone(name), from, until)
      expect(slots.map((slot) => slot.due)).toEqual(dues)
    }
  })
})

test('the week of a clock change has 167 or 169 hours', () => {
  const berlin = (now: string) => latestSlot(weekly(1, '09:00'), zone('Europe/Berlin'), at(now))!
  expect(hours(berlin('2026-03-30T12:00:00Z'))).toBe(167)
  expect(hours(berlin('2026-10-26T12:00:00Z'))).toBe(169)
  expect(berlin('2026-03-30T12:00:00Z').period).toMatchObject({ firstDate: '2026-03-23', lastDate: '2026-03-29' })
  expect(hours(latestSlot(weekly(1, '09:00'), zone('Australia/Lord_Howe'), at('2026-04-06T12:00:00Z'))!)).toBe(168.5)
})

test('a time that the clocks skip is due right after the gap, one that they repeat is due the first time', () => {
  const sunday = (now: string) => latestSlot(weekly(0, '02:30'), zone('Europe/Berlin'), at(now))!.due
  expect(sunday('2026-03-29T20:00:00Z')).toBe(at('2026-03-29T01:00:00Z'))
  expect(sunday('2026-10-25T20:00:00Z')).toBe(at('2026-10-25T00:30:00Z'))
  // Troll's clocks go on and back by two hours.
  const troll = slotsBetween(daily('02:30'), zone('Antarctica/Troll'), at('2026-10-24T12:00Z'), at('2026-10-26T12:00Z'))
  expect(troll.map(({ due }) => iso(due))).toEqual(['2026-10-25T00:30', '2026-10-26T02:30'])
})

test('a midnight that the clocks skip is due at one o’clock', () => {
  const cairo = slotsBetween(daily('00:00'), zone('Africa/Cairo'), at('2026-04-22T12:00Z'), at('2026-04-25T12:00Z'))
  expect(cairo.map(({ due }) => iso(due))).toEqual(['2026-04-22T22:00', '2026-04-23T22:00', '2026-04-24T21:00'])
  expect(cairo.map(hours)).toEqual([24, 24, 23])
})

describe('the Friday that Apia never had', () => {
  const apia = () => zone('Pacific/Apia')

  test('is due at the first instant of Saturday', () => {
    expect(latestSlot(weekly(5, '09:00'), apia(), at('2012-01-01T00:00:00Z'))!.due).toBe(at('2011-12-30T10:00:00Z'))
    expect(hours(latestSlot(weekly(1, '09:00'), apia(), at('2012-01-02T00:00:00Z'))!)).toBe(144)
  })

  test('is no day to report: every day that was is reported once', () => {
    const slots = slotsBetween(daily('09:00'), apia(), at('2011-12-28T00:00Z'), at('2012-01-02T00:00Z'))
    expect(reported(slots).map(([first]) => first)).toEqual(['2011-12-27', '2011-12-28', '2011-12-29', '2011-12-31', '2012-01-01']) // prettier-ignore
    expect(slots.map(hours)).toEqual([24, 24, 24, 24, 24])
  })

  test('is not the last of a week', () => {
    const days = (count: number) => schedule({ every: 'day', time: '09:00' }, { unit: 'day', count })
    const slots = slotsBetween(days(2), apia(), at('2011-12-30T00:00Z'), at('2012-01-02T00:00Z'))
    expect(reported(slots)).toEqual([
      ['2011-12-28', '2011-12-29'],
      ['2011-12-29', '2011-12-29'],
      ['2011-12-31', '2011-12-31'],
      ['2011-12-31', '2012-01-01'],
    ])
  })
})

test('the window does not depend on the cadence', () => {
  const berlin = zone('Europe/Berlin')
  const reports = (cadence: Cadence, window: Window) =>
    reported([latestSlot(schedule(cadence, window), berlin, at('2026-05-14T20:00Z'))!])[0]
  const thursday: Cadence = { every: 'week', weekdays: [4], time: '08:00' }
  expect(reports(thursday, { unit: 'day', count: 1 })).toEqual(['2026-05-13', '2026-05-13'])
  expect(reports(thursday, { unit: 'day', count: 30 })).toEqual(['2026-04-14', '2026-05-13'])
  expect(reports(thursday, { unit: 'week', count: 1 })).toEqual(['2026-05-04', '2026-05-10'])
  expect(reports(thursday, { unit: 'week', count: 4 })).toEqual(['2026-04-13', '2026-05-10'])
  expect(reports(thursday, { unit: 'month', count: 1 })).toEqual(['2026-04-01', '2026-04-30'])
  expect(reports(thursday, { unit: 'month', count: 12 })).toEqual(['2025-05-01', '2026-04-30'])
  expect(reports(thursday, { unit: 'slot' })).toEqual(['2026-05-07', '2026-05-13'])
  expect(reports({ every: 'week', weekdays: [1, 4], time: '08:00' }, { unit: 'slot' })).toEqual(['2026-05-11', '2026-05-13'])
  expect(reports({ every: 'month', on: 'last', time: '08:00' }, { unit: 'slot' })).toEqual(['2026-03-31', '2026-04-29'])
  expect(reports({ every: 'cron', expression: '0 8 1 1 *' }, { unit: 'slot' })).toEqual(['2025-01-01', '2025-12-31'])
})

test('weeks begin on the weekday that is asked for', () => {
  const sunday = { ...weekly(3, '08:00'), firstWeekday: 0 as const }
  expect(reported([latestSlot(sunday, zone('Asia/Kolkata'), at('2026-05-14T20:00Z'))!])).toEqual([['2026-05-03', '2026-05-09']])
})

test('it is due from its first date to its last, both inclusive, in its own zone', () => {
  const kiritimati = zone('Pacific/Kiritimati')
  const bounded = daily('23:30', { startsOn: '2026-05-04', endsOn: '2026-05-06' })
  const slots = slotsBetween(bounded, kiritimati, at('2026-01-01T00:00Z'), at('2027-01-01T00:00Z'))
  expect(slots.map(({ due }) => iso(due))).toEqual(['2026-05-04T09:30', '2026-05-05T09:30', '2026-05-06T09:30'])
  expect(nextSlots(bounded, kiritimati, at('2026-01-01T00:00Z'), 5)).toEqual(slots)
  expect(nextSlots(bounded, kiritimati, slots[1]!.due, 5)).toEqual(slots.slice(2))
  expect(nextSlots(bounded, kiritimati, slots[2]!.due, 5)).toEqual([])
  expect(latestSlot(bounded, kiritimati, slots[0]!.due - 1)).toBeUndefined()
  expect(latestSlot(bounded, kiritimati, slots[0]!.due)).toEqual(slots[0])
  expect(latestSlot(bounded, kiritimati, at('2027-01-01T00:00Z'))).toEqual(slots[2])
})

test('the next slots are those after now, not the one that is due now', () => {
  const next = nextSlots(weekly(1, '06:00'), zone('Asia/Kathmandu'), at('2026-05-04T00:15:00Z'), 3)
  expect(next.map(({ due }) => iso(due))).toEqual(['2026-05-11T00:15', '2026-05-18T00:15', '2026-05-25T00:15'])
})

test('the next slots of the rarest cadence are found, as far as the calendar goes', () => {
  const leap = schedule({ every: 'cron', expression: '0 0 29 2 *' }, { unit: 'day', count: 7 })
  const next = nextSlots(leap, zone('Etc/GMT+12'), at('2092-03-01T00:00Z'), 3)
  expect(next.map(({ due }) => iso(due))).toEqual(['2096-02-29T12:00', '2104-02-29T12:00', '2108-02-29T12:00'])
})

test('the slot that reports a date is the first that does', () => {
  const berlin = zone('Europe/Berlin')
  const slot = slotReporting(weekly(1, '08:00'), berlin, '2026-05-06')!
  expect([iso(slot.due), ...reported([slot])]).toEqual(['2026-05-11T06:00', ['2026-05-04', '2026-05-10']])
  expect(slotReporting(schedule({ every: 'month', on: 1, time: '08:00' }, { unit: 'week', count: 1 }), berlin, '2026-05-06')).toBeUndefined() // prettier-ignore
})
