import type { Instant } from '../clock.ts'
import { sql, type Pool } from '../db.ts'
import { invalid } from '../errors.ts'
import type { Span } from '../rollups/coverage.ts'
import type { Filter } from '../rollups/rolling/filter.ts'
import type { AdditiveMetric } from '../rollups/metrics.ts'
import { HOUR, hourStart, hourStarts, localAt, type Zone } from '../time/zone.ts'
import { answer, type Answer } from './answer.ts'
import { countedBy, countedRows, messagesOfTypes, placeIn, type Counted } from './counted-rows.ts'
import type { Reading } from './report.ts'
import { scopeOf } from './scope.ts'
import { MAX_BUCKETS } from './series.ts'
import { isEmpty, type Range } from './values.ts'

const heatmapStatement = sql(import.meta.url, './heatmap.sql')

/** What a heatmap can show. Messages are those of customers and of the desk together. */
export const heatmapCounts = ['conversations', 'resolutions', 'messages'] as const
export type HeatmapCount = (typeof heatmapCounts)[number]

export interface HeatmapAsked {
  range: Range
  zone: Zone
  filter?: Filter | undefined
  counted: HeatmapCount
}

/** An hour of the week by the wall clock. */
export interface HeatmapCell {
  day: (typeof days)[number]
  hour: number
  count: number
}

const days = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const
const WEEK_HOURS = 7 * 24
/** 1970-01-01 was a Thursday. */
const FIRST_HOUR = 3 * 24

const sources: Record<HeatmapCount, { metrics: readonly AdditiveMetric[]; counted: Counted }> = {
  conversations: { metrics: ['conversations_count'], counted: countedBy('conversations_count') },
  resolutions: { metrics: ['resolutions_count'], counted: countedBy('resolutions_count') },
  messages: { metrics: ['incoming_messages_count', 'outgoing_messages_count'], counted: messagesOfTypes([0, 1]) },
}

/**
 * How much happened in each hour of the week: 168 cells from Monday at 0 h on, by the wall clock of the zone (both passes of
 * a repeated hour are one cell). Hours that are the account's own buckets too come from rollups, the rest from raw rows.
 * @throws Refusal (422) for a range of more than MAX_BUCKETS hours
 */
export async function heatmap(pool: Pool, accountId: number, asked: HeatmapAsked): Promise<Answer<HeatmapCell[]>> {
  return answer(pool, accountId, async (read) => {
    const counts = await hoursOfWeek(read, asked)
    return counts.map((count, cell) => ({ day: days[Math.floor(cell / 24)]!, hour: cell % 24, count }))
  })
}

/** The counts of a heatmap, from Monday at 0 h on. @throws Refusal (422) for a range of more than MAX_BUCKETS hours */
export async function hoursOfWeek(read: Reading, asked: HeatmapAsked): Promise<number[]> {
  const { range, zone, filter, counted } = asked
  if (range.until - range.since > MAX_BUCKETS * HOUR)
    throw invalid(`A heatmap is made of at most ${MAX_BUCKETS} hours, and this range has more. Ask for a shorter range.`)
  const counts = Array.from({ length: WEEK_HOURS }, () => 0)
  const { metrics } = sources[counted]
  const rolled = scopeOf({ dimension: 'account', filter, metrics }).filter === undefined
  for (const run of isEmpty(range) ? [] : runsOf(read, zone, range, rolled)) {
    for (const { cell, n } of await (run.rolled ? fromSeries(read, run, asked) : fromRaw(read, run, asked))) counts[cell]! += n
  }
  return counts
}

/** With more dirty hours in a range than these (an import is under way) one statement over all of it costs less. */
const DIRTY_FEW = 200

/** Hours of the zone that follow each other and are read the same way; `bounds` are within the range. */
interface Run {
  rolled: boolean
  bounds: Instant[]
}

/**
 * Splits a range where its hours begin or cease to be the account's own rolled buckets. One statement then reads each
 * stretch that is not: as pieces of a series every hour of it would be looked up by itself, 8,760 times a year.
 */
function runsOf(read: Reading, zone: Zone, { since, until }: Range, rollable: boolean): Run[] {
  const { zone: account, covered, dirty } = read.rolledHours
  const dirtyHours = dirty.filter((hour) => hour.until > since && hour.from < until).length
  const isBucket = (bound: Instant) => bound <= since || bound >= until || hourStart(account, bound) === bound
  const isRolled = (from: Instant, to: Instant) =>
    rollable && dirtyHours <= DIRTY_FEW && isBucket(from) && isBucket(to) && holds(covered, from, to)
  const runs: Run[] = []
  let from = since
  for (const bound of hourStarts(zone, since, until).slice(1)) {
    const to = Math.min(bound, until)
    const rolled = isRolled(from, to)
    const last = runs.at(-1)
    if (last?.rolled === rolled) last.bounds.push(to)
    else runs.push({ rolled, bounds: [from, to] })
    from = to
  }
  return runs
}

const holds = (covered: readonly Span[], from: Instant, to: Instant) =>
  covered.some((span) => span.from <= from && to <= span.until)

interface CellCount {
  cell: number
  n: number
}

async function fromSeries(read: Reading, { bounds }: Run, { zone, filter, counted }: HeatmapAsked): Promise<CellCount[]> {
  const { metrics } = sources[counted]
  const range = { since: bounds[0]!, until: bounds.at(-1)! }
  const rows = await read.series({ dimension: 'account', ...range, bounds, metrics, filter })
  return rows.map(({ piece, figures }) => ({
    cell: cellAt(zone, bounds[piece]!),
    n: metrics.reduce((sum, name) => sum + figures[name].n, 0),
  }))
}

async function fromRaw(read: Reading, { bounds }: Run, { zone, filter, counted }: HeatmapAsked): Promise<CellCount[]> {
  const range = { since: bounds[0]!, until: bounds.at(-1)! }
  read.requireRaw(range.since)
  const { text, values } = countedRows(sources[counted].counted, { subject: { dimension: 'account' }, range, filter })
  const place = placeIn(values)
  const { starts, offsets } = offsetsIn(zone, range)
  const places: Record<string, string> = { rows: text, starts: place(starts), offsets: place(offsets) }
  const statement = heatmapStatement.replaceAll(/\/\*(\w+)\*\//g, (whole, name: string) => places[name] ?? whole)
  return read.raw<CellCount & Record<string, unknown>>(statement, values)
}

function cellAt(zone: Zone, instant: Instant): number {
  const hour = Math.floor(localAt(zone, instant) / HOUR) + FIRST_HOUR
  return ((hour % WEEK_HOURS) + WEEK_HOURS) % WEEK_HOURS
}

/** The offsets that a zone has within a range, and from when on each holds. */
function offsetsIn({ starts, offsets }: Zone, { since, until }: Range) {
  const held = starts.flatMap((start, i) => (start < until && (starts[i + 1] ?? Infinity) > since ? [i] : []))
  return { starts: held.map((i) => Math.max(starts[i]!, since)), offsets: held.map((i) => offsets[i]!) }
}
