// When a backfill rests, and until when it says it will take: pure reckoning with the account's wall clock.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { evenDays, expectedEnd, windowRest } from '../../src/rollups/backfill/backfill-pace.ts'
import type { Backfill } from '../../src/rollups/backfill/backfill-row.ts'
import { UTC, type Zone } from '../../src/time/zone.ts'
import { zoneNamed } from '../../src/time/zones.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'

let database: TestDatabase
let berlin: Zone
beforeAll(async () => {
  database = await createDatabase()
  berlin = await zoneNamed(database.pool, 'Europe/Berlin')
})
afterAll(() => database.drop())

const at = (text: string) => Date.parse(text) / 1000
const night = { from: '22:00', until: '06:00' }

test.each([
  ['2026-01-10T20:59:59Z', '2026-01-10T21:00:00Z'],
  ['2026-01-10T21:00:00Z', null],
  ['2026-01-11T04:59:59Z', null],
  ['2026-01-11T05:00:00Z', '2026-01-11T21:00:00Z'],
  ['2026-07-11T04:00:00Z', '2026-07-11T20:00:00Z'],
  // The night in which the clock is put forward, and the one in which it is put back.
  ['2026-03-29T03:59:59Z', null],
  ['2026-03-29T04:00:00Z', '2026-03-29T20:00:00Z'],
  ['2026-10-25T04:59:59Z', null],
  ['2026-10-25T05:00:00Z', '2026-10-25T21:00:00Z'],
])('a window over midnight, at %s: rests until %s', (now, until) => {
  expect(windowRest(night, berlin, at(now))).toBe(until === null ? null : at(until))
})

test.each([
  // 02:30 does not exist that night: it opens when the gap ends.
  ['2026-03-29T00:59:00Z', '2026-03-29T01:00:00Z'],
  ['2026-03-28T23:00:00Z', '2026-03-29T01:00:00Z'],
  // 02:30 comes twice: it opens with the first, stays open through the second pass, and closes at four.
  ['2026-10-25T00:29:59Z', '2026-10-25T00:30:00Z'],
  ['2026-10-25T03:00:00Z', '2026-10-26T01:30:00Z'],
])('a window that opens within the hour of a change, at %s: rests until %s', (now, until) => {
  expect(windowRest({ from: '02:30', until: '04:00' }, berlin, at(now))).toBe(at(until))
})

test('a chunk has at most what may be rolled in ten seconds, and a day at least', () => {
  expect([null, 1, 60, 144, 1440, 100_000].map(evenDays)).toEqual([Infinity, 1, 1, 1, 10, 694])
})

const running = {
  state: 'running',
  hoursDone: 600,
  hoursTotal: 1800,
  activeSeconds: 60,
  verify: false,
  rolled: false,
  toVerify: [],
  maxHoursPerMinute: null,
  window: null,
  waitsForTurn: false,
  pacedUntil: null,
} as unknown as Backfill
const NOW = at('2026-01-10T12:00:00Z')
const left = (change: Partial<Backfill>) => {
  const end = expectedEnd({ ...running, ...change }, UTC, NOW)
  return end === null ? null : end - NOW
}

test('the end is told from the measured speed, within the limit, the rest and the window', () => {
  expect(left({})).toBe(120)
  expect(left({ maxHoursPerMinute: 60 })).toBe(1200)
  expect(left({ maxHoursPerMinute: 10_000 })).toBe(120)
  expect(left({ pacedUntil: NOW + 50 })).toBe(170)
  expect(left({ verify: true })).toBe(120 + 180)
  expect(
    left({ verify: true, rolled: true, hoursDone: 1800, toVerify: [{ from: 0, until: 900 * 3600 }], activeSeconds: 180 }),
  ).toBe(90)
  // A minute in each of two windows.
  expect(left({ window: { from: '12:00', until: '12:01' } })).toBe(86_400 + 60)
  expect(left({ window: { from: '18:00', until: '20:00' } })).toBe(6 * 3600 + 120)
})

test('no end is told where none can be', () => {
  expect(left({ state: 'paused' })).toBeNull()
  expect(left({ hoursDone: 0 })).toBeNull()
  expect(left({ state: 'completed' })).toBeNull()
  expect(left({ window: { from: '12:00', until: '12:01' }, hoursTotal: 10_000_000 })).toBeNull()
})
