import type { Instant } from '../../clock.ts'
import { many, run, type Client } from '../../db.ts'
import { unitsHolding, unitStart } from '../../time/calendar.ts'
import { FARTHEST, hourStarts, type Zone } from '../../time/zone.ts'
import { daysOf } from '../backfill/backfill-days.ts'
import { coverageOf, isWithin, lockRolls, type Coverage, type Span } from '../coverage.ts'
import { differencesOf, type Difference, type FoundDifference } from './differences.ts'
import { bucketsTouched, dirtyQuarters } from '../rolling/dirty.ts'
import { recordMismatches } from './mismatches.ts'
import { keptSince } from './rolled-days.ts'
import { preferIndexes, rollHours } from '../rolling/roll.ts'
import { botConversations } from '../rolling/statements.ts'
import { clearRows, storedRows, type Looked, type StoredRow } from './stored-rows.ts'
import { forgetVerified, recordVerified } from './verified-days.ts'

/** What came out of some days. */
export interface DaysVerified {
  /** The starts of the hours that were recomputed; dirty ones are left out, since they are not expected to agree. */
  hours: Instant[]
  /** Those of hours that were left out: dirty, not rolled, or of another zone by now. */
  dirtyHours: Instant[]
  /** How many rows are there or should be, by the bucket or conversation that was looked at as a whole. */
  rows: Map<string, number>
  differences: FoundDifference[]
}

interface Look extends DaysVerified {
  settled: Span[]
  rebuild: () => Promise<void>
}

/**
 * Recomputes the rolled hours of some whole local days from the raw rows, with their days, months and bot events, and compares
 * them with what is stored. A month that differs is looked at with all of its days, as it is made from them: a wrong day
 * elsewhere would make a right month look wrong. With `repair`, what differs is made anew in this same transaction and
 * recorded; without, all stays as it was, but for which days are known to be right: what differs takes a day's verification away.
 *
 * A change that commits meanwhile is never taken for a difference: whatever was read that changed after the first look at the
 * log has its mark in it by the second.
 *
 * @param days whole days of `zone`, ascending
 */
export async function verifyDays(
  tx: Client,
  accountId: number,
  zone: Zone,
  days: readonly Span[],
  { repair, now }: { repair: boolean; now: Instant },
): Promise<DaysVerified> {
  await lockRolls(tx, accountId)
  const coverage = await coverageOf(tx, accountId)
  // Moved to another zone since the days were laid out: then they are not what is stored.
  if (coverage?.zone.name !== zone.name) {
    return { hours: [], dirtyHours: days.flatMap((day) => hoursOf(zone, day).map(startOf)), rows: new Map(), differences: [] }
  }
  await preferIndexes(tx)
  let whole = days
  let look = await lookAt(tx, accountId, coverage, whole)
  const months = look.differences.filter(({ table }) => table.endsWith('_monthly')).map(({ bucket }) => bucket)
  if (months.length > 0) {
    whole = withMonths(zone, days, months)
    look = await lookAt(tx, accountId, coverage, whole)
  }
  const { settled, rebuild, ...verified } = look
  const isWrong = verified.differences.length > 0
  if (isWrong && repair) {
    await rebuild()
    await recordMismatches(tx, accountId, verified.differences, now)
  }
  const right = new Set(settled.map((hour) => hour.from))
  const agreed = whole.filter((day) => {
    const hours = hoursOf(zone, day).filter((hour) => isWithin(coverage.covered, hour))
    return hours.length > 0 && hours.every((hour) => right.has(hour.from))
  })
  const wrong = repair ? new Set<Instant>() : daysWrong(zone, verified.differences)
  await forgetVerified(tx, accountId, [...wrong])
  const isRight = (day: Span) => !wrong.has(day.from)
  await recordVerified(tx, accountId, agreed.filter(isRight), now)
  return verified
}

/** Recomputes, compares, and leaves everything as it was; `rebuild` does it again to stay. */
async function lookAt(tx: Client, accountId: number, coverage: Coverage, days: readonly Span[]): Promise<Look> {
  const { zone, covered } = coverage
  const all = days.flatMap((day) => hoursOf(zone, day))
  // Purged meanwhile, perhaps: what cannot be recomputed must not be cleared, nor a month that begins there.
  const final = { from: -Infinity, until: await keptSince(tx, accountId, zone) }
  const stale = [final, ...(await staleHours(tx, accountId, zone))]
  const laid = all.filter((hour) => isWithin(covered, hour))
  const looked = await lookedAt(tx, accountId, zone, withoutStale(laid, stale), stale)
  const rebuild = async () => {
    await clearRows(tx, accountId, looked)
    await rollHours(tx, accountId, coverage, looked.hour)
  }
  await run(tx, 'savepoint stored')
  await rebuild()
  const later = await staleHours(tx, accountId, zone)
  const settled = settledOf(looked, later)
  const recomputed = await storedRows(tx, accountId, settled)
  await run(tx, 'rollback to savepoint stored')
  const stored = await storedRows(tx, accountId, settled)
  const moving = new Set<unknown>(await conversationsIn(tx, accountId, later))
  for (const rows of [stored, recomputed]) dropMoving(rows, moving)
  const agreed = new Set(settled.hour.map(startOf))
  return {
    hours: settled.hour.map(startOf),
    dirtyHours: all.map(startOf).filter((hour) => !agreed.has(hour)),
    rows: countedBy(wholeOf, new Map([...stored, ...recomputed])),
    differences: differencesOf(stored, recomputed),
    settled: settled.hour,
    rebuild,
  }
}

/** Hours, and what is made of them: the days and months that hold them, the conversations with bot events in them. */
async function lookedAt(tx: Client, accountId: number, zone: Zone, hours: Span[], stale: Span[]): Promise<Looked> {
  const holding = (unit: 'day' | 'month') =>
    withoutStale(
      unitsHolding(
        zone,
        hours.map((hour) => hour.from),
        unit,
      ),
      stale,
    )
  return { hour: hours, day: holding('day'), month: holding('month'), conversations: await conversationsIn(tx, accountId, hours) }
}

const settledOf = ({ hour, day, month, conversations = [] }: Looked, stale: Span[]): Looked => ({
  hour: withoutStale(hour, stale),
  day: withoutStale(day, stale),
  month: withoutStale(month, stale),
  conversations,
})

/** Bot events of a conversation with others in stale hours: these know of those. */
function dropMoving(rows: Map<string, StoredRow>, moving: ReadonlySet<unknown>): void {
  for (const [key, { table, parts }] of rows) if (table === 'bot_events' && moving.has(parts.conversation_id)) rows.delete(key)
}

/** The hours that are marked now, wherever: a month is out of date by an hour in any of its days. */
async function staleHours(tx: Client, accountId: number, zone: Zone): Promise<Span[]> {
  const dirty = await dirtyQuarters(tx, accountId, -Infinity)
  if (dirty === 'everything') return [{ from: -Infinity, until: Infinity }]
  return bucketsTouched(
    zone,
    dirty.map((mark) => mark.quarter),
  )
}

const startOf = ({ from }: Span): Instant => from

/** What a row was read together with. */
const wholeOf = ({ table, bucket, parts }: StoredRow) =>
  `${table} ${table === 'bot_events' ? String(parts.conversation_id) : bucket}`

function countedBy(nameOf: (row: StoredRow) => string, rows: ReadonlyMap<string, StoredRow>): Map<string, number> {
  const counts = new Map<string, number>()
  for (const row of rows.values()) counts.set(nameOf(row), (counts.get(nameOf(row)) ?? 0) + 1)
  return counts
}

const withoutStale = (spans: Span[], stale: Span[]) =>
  spans.filter((span) => !stale.some((hour) => hour.from < span.until && hour.until > span.from))

async function conversationsIn(tx: Client, accountId: number, hours: Span[]): Promise<number[]> {
  const values = [accountId, hours.map((hour) => hour.from), hours.map((hour) => hour.until)]
  return (await many<{ id: number }>(tx, botConversations, values)).map((row) => row.id)
}

function hoursOf(zone: Zone, { from, until }: Span): Span[] {
  const starts = hourStarts(zone, from, until)
  return starts.slice(0, -1).map((start, i) => ({ from: start, until: starts[i + 1]! }))
}

/** Some days and all days of some months, each once. */
function withMonths(zone: Zone, days: readonly Span[], months: Instant[]): Span[] {
  const added = unitsHolding(zone, ascending(months), 'month').flatMap((month) => daysOf(zone, month))
  const byStart = new Map([...days, ...added].map((day) => [day.from, day]))
  return [...byStart.values()].sort((a, b) => a.from - b.from)
}

/** The starts of the days in which something differs, or whose month does; where bot events do, those days that hold them. */
function daysWrong(zone: Zone, differences: readonly Difference[]): Set<Instant> {
  const near = differences.filter(({ bucket }) => Math.abs(bucket) <= FARTHEST)
  const starts = near.flatMap(({ table, bucket }) =>
    table.endsWith('_monthly')
      ? daysOf(zone, { from: bucket, until: unitStart(zone, bucket, 'month', 1) }).map(startOf)
      : [unitStart(zone, bucket, 'day')],
  )
  return new Set(starts)
}

const ascending = (instants: readonly Instant[]) => [...new Set(instants)].sort((a, b) => a - b)
