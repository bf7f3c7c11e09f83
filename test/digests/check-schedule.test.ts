// The promise: a schedule that cannot do what it says is refused with what to change; any other is not.
import { expect, test } from 'vitest'
import type { Cadence } from '../../src/digests/schedule/cadence.ts'
import { checkSchedule } from '../../src/digests/schedule/check-schedule.ts'
import type { Schedule } from '../../src/digests/schedule/schedule.ts'
import type { Window } from '../../src/digests/schedule/window.ts'
import { Refusal } from '../../src/errors.ts'

const time = '08:00'
const daily: Cadence = { every: 'day', time }
const weekly: Cadence = { every: 'week', weekdays: [1], time }
const twice: Cadence = { every: 'week', weekdays: [1, 4], time }
const monthly: Cadence = { every: 'month', on: 'last', time }
const cron = (expression: string): Cadence => ({ every: 'cron', expression })
const days = (count: number): Window => ({ unit: 'day', count })
const weeks = (count: number): Window => ({ unit: 'week', count })
const months = (count: number): Window => ({ unit: 'month', count })
const slot: Window = { unit: 'slot' }

const check =
  (cadence: Cadence, window: Window, bounds: Partial<Schedule> = {}) =>
  () =>
    checkSchedule({ cadence, window, firstWeekday: 1, startsOn: null, endsOn: null, ...bounds })

test.each<[string, Cadence, Window, Partial<Schedule>?]>([
  ['every day a day', daily, days(1)],
  ['every day a year', daily, days(366)],
  ['every day since the slot before', daily, slot],
  ['every week a week', weekly, weeks(1)],
  ['every week a year of weeks', weekly, weeks(52)],
  ['two weekdays, seven days', twice, days(7)],
  ['two weekdays since the slot before', twice, slot],
  ['every month a month', monthly, months(1)],
  ['every month a year', monthly, months(12)],
  ['every month the week before', monthly, weeks(1)],
  ['every year', cron('0 8 1 1 *'), slot],
  ['every year a year', cron('0 8 1 1 *'), days(366)],
  ['29 February', cron('0 8 29 2 *'), days(30)],
  ['weekdays that come about once in years', cron('0 8 29 2 */7'), days(30)],
  ['on one day only', weekly, weeks(1), { startsOn: '2026-05-04', endsOn: '2026-05-04' }],
  ['until a day long ago', weekly, weeks(1), { endsOn: '1999-01-04' }],
  ['from a day to come', weekly, weeks(1), { startsOn: '2090-01-01' }],
])('%s is right', (_what, cadence, window, bounds) => {
  expect(check(cadence, window, bounds)).not.toThrow()
})

test.each<[string, Cadence, Window, string, Partial<Schedule>?]>([
  ['31 February', cron('0 0 31 2 *'), days(1), '"0 0 31 2 *" never falls due'],
  ['30 February and 31 April', cron('0 0 31 4,6 *'), slot, 'never falls due'],
  ['no weekday', { every: 'week', weekdays: [], time }, days(1), 'The cadence never falls due'],
  ['an end before the start', weekly, weeks(1), 'give a later end', { startsOn: '2026-05-04', endsOn: '2026-05-03' }],
  ['no Monday in between', weekly, weeks(1), 'is never due from 2026-05-05 until 2026-05-10', { startsOn: '2026-05-05', endsOn: '2026-05-10' }], // prettier-ignore
  ['a date that is none', weekly, weeks(1), '"2026-02-30" is no date', { startsOn: '2026-02-30' }],
  ['every day a week', daily, weeks(1), 'Use a window of days or since the previous slot'],
  ['two weekdays a week', twice, weeks(1), 'because it is due more often than once in the week of its window'],
  ['every week a month', weekly, months(1), 'more often than once in the month'],
  ['the 1st and the 15th a month', cron('0 8 1,15 * *'), months(1), 'more often than once in the month'],
  ['the 1st and each Monday a week', cron('0 8 1 * MON'), weeks(1), 'more often than once in the week'],
  ['367 days', daily, days(367), 'at most 366'],
  ['53 weeks', weekly, weeks(53), 'at most 52'],
  ['13 months', monthly, months(13), 'at most 12'],
  ['29 February since the slot before', cron('0 8 29 2 *'), slot, 'less often than every 366 days'],
  ['an unreadable cron', cron('x'), slot, 'is no cron expression'],
])('%s is refused', (_what, cadence, window, message, bounds) => {
  expect(check(cadence, window, bounds)).toThrow(message)
  expect(check(cadence, window, bounds)).toThrow(Refusal)
})
