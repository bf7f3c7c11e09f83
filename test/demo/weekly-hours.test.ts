import fc from 'fast-check'
import { expect, test } from 'vitest'
import { afterOpenSeconds, openSeconds, weeklyHours } from '../../src/demo/weekly-hours.ts'
import { localAt, type Zone } from '../../src/time/zone.ts'

const at = (text: string) => Date.parse(text) / 1000
const berlin: Zone = {
  name: 'Europe/Berlin',
  starts: [-Infinity, at('2026-03-29T01:00Z'), at('2026-10-25T01:00Z')],
  offsets: [3600, 7200, 3600],
}
const nineToFive = { open: 9 * 60, close: 17 * 60 }
const office = weeklyHours([null, nineToFive, nineToFive, nineToFive, nineToFive, nineToFive, null])

test('open seconds leave out nights and weekends, in the local time of the day', () => {
  // Friday 16:00 to Monday 10:00, over the night in which the clocks go forward.
  expect(openSeconds(office, berlin, at('2026-03-27T15:00Z'), at('2026-03-30T08:00Z'))).toBe(2 * 3600)
  expect(openSeconds(office, berlin, at('2026-03-28T00:00Z'), at('2026-03-29T20:00Z'))).toBe(0)
})

test('a day that covers a change of the clocks counts its length on the clock', () => {
  const always = weeklyHours(Array.from({ length: 7 }, () => ({ open: 0, close: 1439 })))
  expect(openSeconds(always, berlin, at('2026-03-28T23:00Z'), at('2026-03-29T22:00Z'))).toBe(1439 * 60)
})

test('a week that is closed all days has no open seconds', () => {
  expect(openSeconds(weeklyHours([null, null, null, null, null, null, null]), berlin, 0, 1e9)).toBe(0)
})

const instants = fc.integer({ min: at('2026-01-01T00:00Z'), max: at('2026-12-31T00:00Z') })

test('open seconds are what counting second by second says', () => {
  fc.assert(
    fc.property(instants, fc.integer({ min: 0, max: 60_000 }), (start, length) => {
      let open = 0
      for (let second = start; second < start + length; second++) {
        const local = localAt(berlin, second)
        const day = office.days[(Math.floor(local / 86400) + 4) % 7]
        const minute = (local % 86400) / 60
        if (day && minute >= day.open && minute < day.close) open++
      }
      expect(openSeconds(office, berlin, start, start + length)).toBe(open)
    }),
    { numRuns: 30 },
  )
})

test('going on by open seconds and counting them are each other’s inverse', () => {
  fc.assert(
    fc.property(instants, fc.integer({ min: 1, max: 400_000 }), (start, seconds) => {
      const end = afterOpenSeconds(office, berlin, start, seconds)
      expect(end).toBeGreaterThanOrEqual(start)
      expect(openSeconds(office, berlin, start, end)).toBe(seconds)
    }),
  )
})
