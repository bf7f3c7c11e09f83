// The promise: in every zone of the world the calendar cuts time as PostgreSQL does, whatever the clocks do, and nothing is
// cut out or counted twice. PostgreSQL's tz database is the truth; Node's is another.
import { readFileSync } from 'node:fs'
import { DateTime } from 'luxon'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { many } from '../../src/db.ts'
import { randomFrom } from '../../src/demo/random.ts'
import { bucketBounds, groupings, unitStart, weekdayAt, dateAt, type Grouping, type Weekday } from '../../src/time/calendar.ts'
import { hourStart, instantOf, localAt, nextHourStart, offsetAt, type Zone } from '../../src/time/zone.ts'
import { isZoneName, zoneNamed } from '../../src/time/zones.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { seed } from '../support/seed.ts'

const unitStarts = readFileSync(new URL('./unit-starts.sql', import.meta.url), 'utf8')
const at = (iso: string) => Date.parse(iso) / 1000
const [from, until] = [at('2024-01-01T00:00Z'), at('2032-01-01T00:00Z')]

/** What PostgreSQL sees at an instant: the offset from UTC, and the period of the grouping that was asked for. */
type Seen = { offset: number; period: string }

let database: TestDatabase
let zones: Zone[]
beforeAll(async () => {
  database = await createDatabase()
  const names = await many<{ name: string }>(
    database.pool,
    `select name from pg_timezone_names where name ~ '^[A-Z][A-Za-z]+/' and name !~ '^(posix|right|SystemV)/' order by name`,
  )
  const known = names.map(({ name }) => name).filter(isZoneName)
  zones = await Promise.all(known.map((name) => zoneNamed(database.pool, name)))
}, 120_000)
afterAll(() => database?.drop())

/** What PostgreSQL sees at some instants, each by its own grouping. */
const seenAt = (zone: Zone, asked: { instant: number; grouping: Grouping }[], firstWeekday: Weekday = 1) =>
  many<Seen>(database.pool, unitStarts, [
    zone.name,
    asked.map(({ instant }) => instant),
    firstWeekday,
    asked.map(({ grouping }) => grouping),
  ])

/** Instants at random and around some changes of the clocks. */
function samples(zone: Zone, index: number): number[] {
  const random = randomFrom(seed, index)
  const changes = zone.starts.filter((start) => start > from && start < until)
  const some = changes.length === 0 ? [] : [1, 2, 3, 4].map(() => random.pick(changes))
  const near = some.flatMap((start) =>
    [-1, 0, 1800, 3600, random.pick([-86400, -3600, -1800, 1, 86400])].map((offset) => start + offset),
  )
  return [...near, ...Array.from({ length: 6 }, () => Math.floor(random.between(from, until)))]
}

const startOf = (zone: Zone, instant: number, grouping: Grouping, first: Weekday) =>
  grouping === 'hour' ? hourStart(zone, instant) : unitStart(zone, instant, grouping, 0, first)
const endOf = (zone: Zone, instant: number, grouping: Grouping, first: Weekday) =>
  bucketBounds(zone, instant, instant + 0.001, grouping, first)[1]!

test('there are hundreds of zones to compare', () => {
  expect(zones.length).toBeGreaterThan(400)
})

test('offsets are those of PostgreSQL', async () => {
  for (const [i, zone] of zones.entries()) {
    const instants = samples(zone, i)
    const seen = await seenAt(
      zone,
      instants.map((instant) => ({ instant, grouping: 'day' })),
    )
    const offsets = seen.map(({ offset }) => offset)
    expect(
      instants.map((instant) => offsetAt(zone, instant)),
      zone.name,
    ).toEqual(offsets)
  }
}, 120_000)

test('a bucket is the longest stretch around an instant in which PostgreSQL sees one period', async () => {
  for (const [i, zone] of zones.entries()) {
    const first = (i % 7) as Weekday
    const instants = samples(zone, i)
    const probes = groupings.flatMap((grouping) =>
      instants.flatMap((instant) => {
        const [start, end] = [startOf(zone, instant, grouping, first), endOf(zone, instant, grouping, first)]
        return [instant, start, end - 1e-3, start - 1e-3, end].map((probe) => ({ instant: probe, grouping }))
      }),
    )
    const periods = (await seenAt(zone, probes, first)).map((seen) => seen.period)
    expect(periods).toHaveLength(probes.length)
    for (const [g, grouping] of groupings.entries()) {
      const wrong = instants.filter((_, n) => {
        const [inside, start, last, before, next] = periods.slice(5 * (g * instants.length + n))
        return start !== inside || last !== inside || before === inside || next === inside
      })
      expect(wrong, `${zone.name} ${grouping} TIDEMARK_SEED=${seed}`).toEqual([])
    }
  }
}, 120_000)

test('the bounds of a range follow each other, and are the starts of the buckets', () => {
  const lengths: Record<Grouping, number> = { hour: 3, day: 40, week: 100, month: 400, year: 1500 }
  for (const [i, zone] of zones.entries()) {
    const first = (i % 7) as Weekday
    for (const grouping of groupings) {
      for (const since of samples(zone, i).slice(-8)) {
        const bounds = bucketBounds(zone, since, since + lengths[grouping] * 86400, grouping, first)
        const starts = bounds.map((bound) => startOf(zone, bound, grouping, first))
        const ends = bounds.slice(0, -1).map((bound) => endOf(zone, bound, grouping, first))
        expect([starts, ends], `${zone.name} ${grouping} ${since}`).toEqual([bounds, bounds.slice(1)])
        expect(bounds[0]).toBeLessThanOrEqual(since)
        expect(bounds.at(-1)).toBeGreaterThanOrEqual(since + lengths[grouping] * 86400)
        expect(bounds.at(-2)).toBeLessThan(since + lengths[grouping] * 86400)
      }
    }
  }
})

test('luxon cuts the same days and months where Node knows the same changes', async () => {
  let compared = 0
  for (const [i, zone] of zones.entries()) {
    const instants = samples(zone, i)
    const local = (instant: number) => DateTime.fromSeconds(instant, { zone: zone.name })
    const grid = Array.from({ length: 200 }, (_, n) => from - 86400 * 30 + n * 86400 * 15)
    const agreed = [...grid, ...instants].every((instant) => local(instant).offset * 60 === offsetAt(zone, instant))
    for (const instant of agreed ? instants : []) {
      expect(dateAt(zone, instant)).toBe(local(instant).toISODate())
      expect(weekdayAt(zone, instant)).toBe(local(instant).weekday % 7)
      for (const unit of ['day', 'month', 'year'] as const) {
        const start = local(instant).startOf(unit)
        // A midnight that comes twice: luxon takes the one that is nearer to the instant, a bucket starts with the first.
        const twice = localAt(zone, start.toSeconds() - 3600) === localAt(zone, start.toSeconds())
        expect(unitStart(zone, instant, unit), `${zone.name} ${unit} of ${local(instant).toISO()}`).toBe(
          start.toSeconds() - (twice ? 3600 : 0),
        )
        compared++
      }
    }
  }
  expect(compared).toBeGreaterThan(zones.length * 20)
})

test('a wall clock’s time is the first of two in a fold and the first after a gap', () => {
  for (const [i, zone] of zones.entries()) {
    for (const instant of samples(zone, i)) {
      const first = instantOf(zone, localAt(zone, instant))
      expect(first).toBeLessThanOrEqual(instant)
      expect(localAt(zone, first)).toBe(localAt(zone, instant))
    }
  }
})

test('hours follow each other without gap or overlap', () => {
  for (const [i, zone] of zones.entries()) {
    for (const instant of samples(zone, i)) {
      const [start, next] = [hourStart(zone, instant), nextHourStart(zone, instant)]
      expect(start <= instant && instant < next && next - start <= 3600).toBe(true)
      expect(hourStart(zone, next)).toBe(next)
      expect(nextHourStart(zone, start)).toBe(next)
    }
  }
})
