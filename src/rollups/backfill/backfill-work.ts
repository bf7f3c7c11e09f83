import type { Instant } from '../../clock.ts'
import { maybeOne, type Client } from '../../db.ts'
import { unitStart } from '../../time/calendar.ts'
import { hourStarts, type Zone } from '../../time/zone.ts'
import { daysOf, daysToRoll, firstWholeDay, stretchOf, withinReach, type BackfillMode, type Stretch } from './backfill-days.ts'
import type { PartSums } from './backfill-figures.ts'
import type { Coverage, Span } from '../coverage.ts'
import { joined, without } from '../spans.ts'

/** A backfill's row, held for a chunk: what was asked for, and how far it got. */
export interface Claim {
  since: Instant
  until: Instant
  mode: BackfillMode
  oldestFirst: boolean
  allowErase: boolean
  maxHoursPerMinute: number | null
  verify: boolean
  settled: boolean
  days: Span[]
  todo: Span[]
  /** The stretch that it is settled for; null before it starts. */
  startAt: Instant | null
  endAt: Instant | null
  /** How far an older release got, newest days first. */
  nextUntil: Instant | null
  hoursTotal: number
  daysTotal: number
  before: PartSums
  after: PartSums
  fresh: PartSums
}

const spansAs = (column: string) =>
  `(select coalesce(jsonb_agg(jsonb_build_object('from', extract(epoch from lower(s)), 'until', extract(epoch from upper(s))) order by s), '[]')
    from unnest(${column}) as s)`

/** Takes the backfill's row for this transaction, so that it is not cancelled halfway. Undefined: it is not to be worked on. */
export function claim(tx: Client, accountId: number, id: number): Promise<Claim | undefined> {
  return maybeOne<Claim & Record<string, unknown>>(
    tx,
    `select extract(epoch from since)::float8 as since, extract(epoch from until)::float8 as until, mode, verify,
       oldest_first as "oldestFirst", allow_erase as "allowErase", max_hours_per_minute as "maxHoursPerMinute",
       days is not null as settled, ${spansAs('days')} as days, ${spansAs('todo')} as todo,
       extract(epoch from start_at)::float8 as "startAt", extract(epoch from end_at)::float8 as "endAt",
       extract(epoch from next_until)::float8 as "nextUntil", hours_total as "hoursTotal", days_total as "daysTotal",
       parts_before as before, parts_after as after, parts_new as fresh
     from tidemark.backfills b where account_id = $1 and id = $2 and state in ('queued', 'running') for update of b`,
    [accountId, id],
  )
}

/** What a backfill has to roll, as it is known now. */
export interface Work {
  stretch: Stretch
  days: Span[]
  todo: Span[]
  hoursTotal: number
  daysTotal: number
}

/**
 * Lays out what is to be rolled when a backfill starts. The ends are looked up again with each chunk until they are rolled: a
 * row that came in beyond them meanwhile had its mark taken off as of no concern.
 */
export async function settle(
  tx: Client,
  accountId: number,
  { zone, covered, kept }: Coverage,
  held: Claim,
  now: Instant,
): Promise<Work> {
  const stretch = await stretchOf(tx, accountId, zone, held, now)
  const known = await knownDays(tx, accountId, held, now)
  // What is covered keeps its marks.
  const grown = held.startAt === null ? [] : without(grownAt(held, stretch), covered)
  const days = joined([...known.days, ...grown])
  // What was purged since it was laid out is out of reach: rolled now, nothing of it would be left.
  const todo = withinReach(zone, joined([...known.todo, ...grown]), kept, held.allowErase)
  if (held.settled && grown.length === 0) return { stretch, days, todo, hoursTotal: held.hoursTotal, daysTotal: held.daysTotal }
  return { stretch, days, todo, hoursTotal: hoursIn(zone, days).length, daysTotal: days.flatMap((d) => daysOf(zone, d)).length }
}

async function knownDays(tx: Client, accountId: number, held: Claim, now: Instant): Promise<{ days: Span[]; todo: Span[] }> {
  if (held.settled) return held
  const { startAt, endAt, nextUntil } = held
  // An older release began it.
  if (startAt !== null && endAt !== null && nextUntil !== null) {
    return { days: [{ from: startAt, until: endAt }], todo: joined([{ from: startAt, until: nextUntil }]) }
  }
  const days = joined(await daysToRoll(tx, accountId, held, now))
  return { days, todo: days }
}

function grownAt({ since, until, todo, startAt, endAt }: Claim, stretch: Stretch): Span[] {
  const grown: Span[] = []
  const [first, last] = [todo[0]?.from ?? Infinity, todo.at(-1)?.until ?? -Infinity]
  if (since === -Infinity && first <= startAt! && stretch.from < startAt!) grown.push({ from: stretch.from, until: startAt! })
  if (until === Infinity && last >= endAt! && stretch.until > endAt!) grown.push({ from: endAt!, until: stretch.until })
  return grown
}

/** The next days to roll, at most `count`, ascending; where a stretch begins or ends within a day, that part of it. */
export function nextDays(zone: Zone, todo: readonly Span[], oldestFirst: boolean, count: number): Span[] {
  const taken: Span[] = []
  for (const { from, until } of oldestFirst ? todo : todo.toReversed()) {
    let [start, end] = [from, until]
    while (start < end && taken.length < count) {
      const cut = oldestFirst ? Math.min(end, unitStart(zone, start, 'day', 1)) : Math.max(start, unitStart(zone, end - 1, 'day'))
      taken.push(oldestFirst ? { from: start, until: cut } : { from: cut, until: end })
      if (oldestFirst) start = cut
      else end = cut
    }
  }
  return oldestFirst ? taken : taken.toReversed()
}

/**
 * The days of the next chunk. What was purged comes newest first, whatever comes first otherwise, as it is reached from where raw
 * rows begin; and by whole months where rows of days are gone, so a chunk may be longer there.
 */
export function nextChunk({ zone, kept }: Coverage, todo: readonly Span[], oldestFirst: boolean, count: number): Span[] {
  const purged = kept.raw === -Infinity ? [] : without(todo, [{ from: firstWholeDay(zone, kept.raw), until: Infinity }])
  const days = purged.length > 0 && oldestFirst ? nextDays(zone, purged, false, count) : nextDays(zone, todo, oldestFirst, count)
  const first = days[0]?.from ?? Infinity
  if (first >= Math.min(kept.raw, kept.daily)) return days
  return [...daysOf(zone, { from: unitStart(zone, first, 'month'), until: first }), ...days]
}

/** How many local days are done with some parts of days, each within one: those of which nothing is left to do. */
export function daysDone(zone: Zone, parts: readonly Span[], todo: readonly Span[]): number {
  const days = new Set(parts.map(({ from }) => unitStart(zone, from, 'day')))
  return [...days].filter((from) => !meets(todo, { from, until: unitStart(zone, from, 'day', 1) })).length
}

const meets = (spans: readonly Span[], { from, until }: Span) => spans.some((span) => span.from < until && span.until > from)

/** The hour buckets of some stretches. */
export function hoursIn(zone: Zone, spans: readonly Span[]): Span[] {
  return spans.flatMap(({ from, until }) => {
    const starts = hourStarts(zone, from, until)
    return starts.slice(0, -1).map((start, i) => ({ from: start, until: starts[i + 1]! }))
  })
}
