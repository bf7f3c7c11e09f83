// The promise: a cover is exactly its range. Months, days, hours and raw slivers meet without gap or overlap, whole buckets are
// taken only from where rollup rows may be used, and nothing is read raw or by a finer grain that a coarser one could give.
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { coverOf, without, type Cover } from '../../src/reports/cover.ts'
import type { Span } from '../../src/rollups/coverage.ts'
import { bucketBounds, groupings, type Grouping } from '../../src/time/calendar.ts'
import { hourStart, nextHourStart, type Zone } from '../../src/time/zone.ts'
import { zoneNamed } from '../../src/time/zones.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { scaled, seed } from '../support/seed.ts'

// Whole hours, half and quarter hours, half-hour changes, midnight that is missing or comes twice, a day that does not exist.
const names = [
  'UTC',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'America/Sao_Paulo',
  'America/Havana',
  'Pacific/Apia',
]
const at = (iso: string) => Date.parse(iso) / 1000
/** Stretches of half a year with changes of the clocks in each of the zones. */
const epochs = [at('2011-08-01T00:00Z'), at('2016-08-01T00:00Z'), at('2024-01-15T00:00Z')]
const HALF_YEAR = 183 * 86400

const zones = new Map<string, Zone>()
let database: TestDatabase
beforeAll(async () => {
  database = await createDatabase()
  for (const name of names) zones.set(name, await zoneNamed(database.pool, name))
})
afterAll(() => database?.drop())

/** Instants of an epoch, drawn towards the round ones where things go wrong. */
const instant = fc.oneof(
  fc.integer({ min: 0, max: HALF_YEAR }),
  fc.integer({ min: 0, max: HALF_YEAR / 1800 }).map((half) => half * 1800),
  fc.double({ min: 0, max: HALF_YEAR, noNaN: true }),
)

const situation = fc.record({
  name: fc.constantFrom(...names),
  epoch: fc.constantFrom(...epochs),
  ends: fc.tuple(instant, instant),
  cut: fc.record({ name: fc.constantFrom(...names), grouping: fc.constantFrom(...groupings, 'none') }),
  covered: fc.array(fc.tuple(instant, instant), { maxLength: 3 }),
  everything: fc.boolean(),
  stale: fc.array(instant, { maxLength: 6 }),
})

interface Case {
  zone: Zone
  pieces: Span[]
  clean: Span[]
}

function caseOf(s: typeof situation extends fc.Arbitrary<infer T> ? T : never): Case {
  const zone = zones.get(s.name)!
  const [since, until] = [Math.min(...s.ends) + s.epoch, Math.max(...s.ends) + s.epoch]
  const hour = (offset: number) => hourStart(zone, s.epoch + offset)
  const spans = s.covered.map(([a, b]) => ({ from: hour(Math.min(a, b)), until: hour(Math.max(a, b)) }))
  const covered = s.everything ? [{ from: -Infinity, until: Infinity }] : union(spans)
  const stale = union(s.stale.map((offset) => ({ from: hour(offset), until: nextHourStart(zone, hour(offset)) })))
  return {
    zone,
    pieces: pieces(since, until, zones.get(s.cut.name)!, s.cut.grouping),
    clean: without(covered, stale),
  }
}

function pieces(since: number, until: number, zone: Zone, grouping: Grouping | 'none'): Span[] {
  if (grouping === 'none' || since >= until) return [{ from: since, until }]
  const bounds = bucketBounds(zone, since, until, grouping)
  return bounds.slice(1).map((bound, i) => ({ from: Math.max(since, bounds[i]!), until: Math.min(until, bound) }))
}

/** The same instants as ascending stretches that do not touch. */
function union(spans: Span[]): Span[] {
  const merged: Span[] = []
  for (const span of spans.filter(({ from, until }) => from < until).sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1)
    if (last && span.from <= last.until) last.until = Math.max(last.until, span.until)
    else merged.push({ from: span.from, until: span.until })
  }
  return merged
}

const grains = ['month', 'day', 'hour'] as const
const everyPart = (cover: Cover): Span[] => [...grains.flatMap((grain) => cover[grain]), ...cover.raw]
const holds = (outer: readonly Span[], { from, until }: Span) => outer.some((span) => span.from <= from && until <= span.until)

/** The whole buckets of a grain within a stretch. */
function bucketsIn(zone: Zone, { from, until }: Span, grain: (typeof grains)[number]): Span[] {
  if (from >= until) return []
  const bounds = bucketBounds(zone, from, until, grain)
  const buckets = bounds.slice(1).map((bound, i) => ({ from: bounds[i]!, until: bound }))
  return buckets.filter((bucket) => from <= bucket.from && bucket.until <= until)
}

const always = (promise: (made: Case, cover: Cover) => void) =>
  fc.assert(
    fc.property(situation, (s) => {
      const made = caseOf(s)
      promise(made, coverOf(made.zone, made.pieces, made.clean))
    }),
    { seed, numRuns: scaled('TIDEMARK_COVERS', 700) },
  )

test('the parts of a cover are the range, each instant once', () => {
  always(({ pieces }, cover) => {
    const parts = everyPart(cover).sort((a, b) => a.from - b.from)
    expect(parts.filter((part, i) => part.from >= part.until || part.until > (parts[i + 1]?.from ?? Infinity))).toEqual([])
    expect(union(parts)).toEqual(union([{ from: pieces[0]!.from, until: pieces.at(-1)!.until }]))
  })
})

test('each raw sliver lies in the piece it is counted for', () => {
  always(({ pieces }, cover) => {
    expect(cover.raw.filter((slice) => !holds([pieces[slice.piece]!], slice))).toEqual([])
  })
})

test('whole buckets are whole, clean, and of one piece each', () => {
  always(({ zone, pieces, clean }, cover) => {
    for (const grain of grains) {
      for (const run of cover[grain]) {
        const buckets = bucketsIn(zone, run, grain)
        expect(union(buckets)).toEqual([run])
        expect(buckets.filter((bucket) => !holds(clean, bucket) || !holds(pieces, bucket))).toEqual([])
      }
    }
  })
})

test('nothing is read raw or by a finer grain that a coarser one could give', () => {
  always(({ zone, pieces, clean }, cover) => {
    const finer = { month: [...cover.day, ...cover.hour, ...cover.raw], day: [...cover.hour, ...cover.raw], hour: cover.raw }
    for (const grain of grains) {
      const possible = pieces.flatMap((piece) => clean.flatMap((span) => bucketsIn(zone, intersection(piece, span), grain)))
      const taken = (bucket: Span) => finer[grain].some((part) => part.from < bucket.until && bucket.from < part.until)
      expect(possible.filter(taken)).toEqual([])
    }
  })
})

const intersection = (a: Span, b: Span): Span => ({ from: Math.max(a.from, b.from), until: Math.min(a.until, b.until) })
