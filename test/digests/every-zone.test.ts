// The promise: in every zone of the world a digest is due exactly once each local week, day or month, and the periods that it
// reports follow each other without a gap. The oracle looks at the clock every quarter of an hour.
import { createRequire } from 'node:module'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Cadence } from '../../src/digests/schedule/cadence.ts'
import { nextSlots, slotsBetween, type Schedule, type Slot } from '../../src/digests/schedule/schedule.ts'
import type { Window } from '../../src/digests/schedule/window.ts'
import type { Weekday } from '../../src/time/date.ts'
import { DAY, type Zone } from '../../src/time/zone.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { zonesWithin, type Clocks } from '../support/zones-within.ts'

const at = (iso: string) => Date.parse(iso) / 1000
const [from, until] = [at('2024-01-01T00:00:00Z'), at('2031-01-01T00:00:00Z')]
const QUARTER = 900

let database: TestDatabase
let clocks: Clocks[]
beforeAll(async () => {
  database = await createDatabase()
  clocks = await zonesWithin(database.pool, '2023-12-01T00:00Z', '2031-02-01T00:00Z')
})
afterAll(() => database?.drop())

/**
 * For each wall-clock time (ascending) the first instant at which the clock of a zone shows it or later: found by looking at
 * the clock every quarter of an hour, as all of these zones change, and all of these times lie, on a quarter.
 */
function firstShown({ starts, offsets }: Zone, nominals: readonly number[]): number[] {
  const shown: number[] = []
  let stretch = 0
  for (let instant = from - 30 * DAY; shown.length < nominals.length; instant += QUARTER) {
    while ((starts[stretch + 1] ?? Infinity) <= instant) stretch++
    while (shown.length < nominals.length && instant + offsets[stretch]! >= nominals[shown.length]!) shown.push(instant)
  }
  return shown
}

/** The wall-clock times HH:MM on the dates of these years, and some days around, that a question about them picks. */
function nominalsOf(time: string, isDue: (date: Date) => boolean): number[] {
  const seconds = Number(time.slice(0, 2)) * 3600 + Number(time.slice(3)) * 60
  const days = Array.from({ length: (until - from) / DAY + 4 }, (_, i) => from + (i - 2) * DAY)
  return days.filter((day) => isDue(new Date(day * 1000))).map((day) => day + seconds)
}

interface Faults {
  skipped: number
  twice: number
  otherInstant: number
}

/** How dues differ from those that are expected, each due belonging to the expected one that is nearest. */
function faultsOf(dues: readonly number[], expected: readonly number[]): Faults {
  const faults = { skipped: 0, twice: 0, otherInstant: 0 }
  let next = 0
  for (const [i, instant] of expected.entries()) {
    const end = (instant + (expected[i + 1] ?? Infinity)) / 2
    const mine: number[] = []
    while (next < dues.length && dues[next]! < end) mine.push(dues[next++]!)
    if (mine.length === 0) faults.skipped++
    else if (mine.length > 1) faults.twice++
    else if (mine[0] !== instant) faults.otherInstant++
  }
  return faults
}

const scheduleOf = (cadence: Cadence, window: Window = { unit: 'slot' }): Schedule => ({
  cadence,
  window,
  firstWeekday: 1,
  startsOn: null,
  endsOn: null,
})

/** The expected dues within the years that are looked at. */
const expectedDues = (zone: Zone, nominals: number[]) => firstShown(zone, nominals).filter((due) => due > from && due <= until)

/** The zones in which a cadence is not due as the oracle expects, with what is wrong; several cadences that mean the same. */
function wrongZones(nominals: number[], ...cadences: Cadence[]): [string, Faults][] {
  const found = clocks.flatMap(({ zone }) => {
    const expected = expectedDues(zone, nominals)
    return cadences.map((cadence): [string, Faults] => {
      const slots = slotsBetween(scheduleOf(cadence), zone, from, until)
      return [
        zone.name,
        faultsOf(
          slots.map((slot) => slot.due),
          expected,
        ),
      ]
    })
  })
  return found.filter(([, { skipped, twice, otherInstant }]) => skipped + twice + otherInstant > 0)
}

const weekly = [
  [1, '00:00'],
  [1, '06:00'],
  [1, '09:00'],
  [0, '00:00'],
  [0, '02:00'],
  [0, '02:30'],
  [0, '08:00'],
  [6, '23:00'],
  [5, '00:00'],
] as const

test('there are hundreds of zones, of scores of kinds', () => {
  expect(clocks.flatMap(({ names }) => names).length).toBeGreaterThan(400)
  expect(clocks.length).toBeGreaterThan(50)
})

describe('weekly', () => {
  test.each(weekly)('weekday %i at %s is due once in each local week of seven years, in every zone', (weekday, time) => {
    const nominals = nominalsOf(time, (date) => date.getUTCDay() === weekday)
    expect(nominals.length).toBeGreaterThanOrEqual(365)
    const expression = `${time.slice(3)} ${time.slice(0, 2)} * * ${weekday}`
    expect(wrongZones(nominals, { every: 'week', weekdays: [weekday], time }, { every: 'cron', expression })).toEqual([])
  })
})

describe('daily and monthly', () => {
  test.each(['00:00', '02:00', '23:30'])('every day at %s', (time) => {
    const nominals = nominalsOf(time, () => true)
    expect(wrongZones(nominals, { every: 'day', time })).toEqual([])
  })

  const lastDate = (date: Date) => new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
  const isWeekday = (date: Date) => date.getUTCDay() % 6 !== 0
  /** Whether a date is the first of its month for which something holds, found by going through the month. */
  const isFirst = (date: Date, holds: (date: Date) => boolean) => {
    const day = new Date(date)
    for (day.setUTCDate(1); !holds(day);) day.setUTCDate(day.getUTCDate() + 1)
    return day.getTime() === date.getTime()
  }
  const isLast = (date: Date, holds: (date: Date) => boolean) => {
    const day = new Date(date)
    for (day.setUTCDate(lastDate(date)); !holds(day);) day.setUTCDate(day.getUTCDate() - 1)
    return day.getTime() === date.getTime()
  }
  const monthly: [string, Extract<Cadence, { every: 'month' }>['on'], (date: Date) => boolean][] = [
    ['the 1st', 1, (date) => date.getUTCDate() === 1],
    ['the 31st', 31, (date) => date.getUTCDate() === lastDate(date)],
    ['the 29th', 29, (date) => date.getUTCDate() === Math.min(29, lastDate(date))],
    ['the last day', 'last', (date) => date.getUTCDate() === lastDate(date)],
    ['the first working day', { nth: 'first', weekday: 'working' }, (date) => isFirst(date, isWeekday)],
    ['the last working day', { nth: 'last', weekday: 'working' }, (date) => isLast(date, isWeekday)],
    ['the first Sunday', { nth: 'first', weekday: 0 }, (date) => isFirst(date, (day) => day.getUTCDay() === 0)],
    ['the last Friday', { nth: 'last', weekday: 5 }, (date) => isLast(date, (day) => day.getUTCDay() === 5)],
  ]
  test.each(monthly)('every month on %s', (_what, on, isDue) => {
    const nominals = nominalsOf('02:15', isDue)
    expect(nominals.length).toBeGreaterThanOrEqual(84)
    expect(wrongZones(nominals, { every: 'month', on, time: '02:15' })).toEqual([])
  })
})

describe('the reported periods', () => {
  const kinds: [string, Cadence, Window][] = [
    ['each day', { every: 'day', time: '02:30' }, { unit: 'day', count: 1 }],
    ['each week', { every: 'week', weekdays: [0], time: '00:00' }, { unit: 'week', count: 1 }],
    ['each month', { every: 'month', on: 31, time: '00:00' }, { unit: 'month', count: 1 }],
    ['since the slot before', { every: 'week', weekdays: [0, 2, 5], time: '00:30' }, { unit: 'slot' }],
    ['since the slot before of a cron', { every: 'cron', expression: '0 0 1,15 * MON' }, { unit: 'slot' }],
  ]
  test.each(kinds)('%s follow each other without gap or overlap, and are over when they are due', (_what, cadence, window) => {
    for (const { zone } of clocks) {
      const slots = slotsBetween(scheduleOf(cadence, window), zone, from, until)
      expect(slots.length).toBeGreaterThan(80)
      const wrong = slots.filter(
        ({ due, period }, i) => period.until > due || (i > 0 && slots[i - 1]!.period.until !== period.since),
      )
      expect(wrong, zone.name).toEqual([])
    }
  })

  test('the next slots are those that come one after another', () => {
    for (const { zone } of clocks) {
      const schedule = scheduleOf({ every: 'week', weekdays: [0, 6], time: '02:30' })
      const one: Slot[] = []
      for (let now = from; one.length < 40; now = one.at(-1)!.due) one.push(...nextSlots(schedule, zone, now, 1))
      expect(nextSlots(schedule, zone, from, 40), zone.name).toEqual(one)
    }
  })
})

describe('the oracle notices', () => {
  const clock = (name: string) => clocks.find(({ names }) => names.includes(name))!.zone

  test('a schedule that adds 168 hours', () => {
    const expected = expectedDues(
      clock('Europe/Berlin'),
      nominalsOf('09:00', (date) => date.getUTCDay() === 1),
    )
    const naive = expected.map((_, i) => expected[0]! + i * 7 * DAY)
    expect(faultsOf(naive, expected).otherInstant).toBeGreaterThan(100)
  })

  // The queue's own calendar, which is why the queue does no more than beat every minute.
  const broken: [string, Weekday, string, Partial<Faults>][] = [
    ['America/Nuuk', 6, '23:00', { skipped: 7 }],
    ['Antarctica/Troll', 0, '02:00', { twice: 7 }],
  ]
  test.each(broken)('what cron-parser does in %s, weekday %i at %s', (name, weekday, time, faults) => {
    const expected = expectedDues(
      clock(name),
      nominalsOf(time, (date) => date.getUTCDay() === weekday),
    )
    expect(faultsOf(cronParserDues(name, weekday, time), expected)).toMatchObject(faults)
  })

  test('that it throws in Lord Howe', () => {
    expect(() => cronParserDues('Australia/Lord_Howe', 0, '08:00')).toThrow('loop limit')
  })

  /** One due after another, as the queue asks for them. */
  function cronParserDues(tz: string, weekday: Weekday, time: string): number[] {
    const bullmq = createRequire(createRequire(import.meta.url).resolve('bullmq'))
    const { CronExpressionParser } = bullmq('cron-parser')
    const expression = `${time.slice(3)} ${time.slice(0, 2)} * * ${weekday}`
    const dues = [from]
    while (dues.at(-1)! < until) {
      const parsed = CronExpressionParser.parse(expression, { tz, currentDate: new Date(dues.at(-1)! * 1000) })
      dues.push(parsed.next().getTime() / 1000)
    }
    return dues.slice(1, -1)
  }
})
