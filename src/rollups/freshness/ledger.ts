import type { Instant } from '../../clock.ts'
import { transaction, type Client, type Pool } from '../../db.ts'
import { invalid } from '../../errors.ts'
import { dateAt, unitStart } from '../../time/calendar.ts'
import { DAY, hourStarts, type Zone } from '../../time/zone.ts'
import { bucketZone, daysOf } from '../backfill/backfill-days.ts'
import { isWithin, type Span } from '../coverage.ts'
import { ledgerFacts, type LedgerFacts } from './ledger-facts.ts'

/**
 * The states of a bucket, in the order in which they are told when several hold: what is gone for good, what happens now, what
 * reports cannot use (with or without a backfill that comes by), what waits, what is fine.
 */
export const bucketStates = ['purged', 'rolling', 'queued', 'missing', 'outdated', 'failed', 'dirty', 'verified', 'ok'] as const
export type BucketState = (typeof bucketStates)[number]
export type StateCounts = Record<BucketState, number>

/** Days that a grid may have, and those of which it shows every hour. */
export const GRID_DAYS_MAX = 800
export const GRID_ZOOMED_MAX = 31

export interface LedgerHour extends Span {
  state: BucketState
}

/** A local day with its hours. */
export interface LedgerDay extends LedgerHour {
  /** YYYY-MM-DD */
  date: string
  hours: LedgerHour[]
}

/** The state of every bucket of a range of whole local days, as it is at one moment. */
export interface Ledger extends Span {
  accountId: number
  /** The zone's name. */
  zone: string
  days: LedgerDay[]
  counts: { days: StateCounts; hours: StateCounts }
}

/** What a grid may be asked of: widened to whole local days, and cut at the end of today. */
export interface GridRange {
  since: Instant
  until: Instant
}

export interface LedgerAsked extends GridRange {
  accountId: number
  /** Days that it may have; GRID_DAYS_MAX without. */
  daysMax?: number
}

/**
 * The states of an account's days and hours in a range, from one moment of the database.
 * @throws Refusal (422) for an empty range or one of too many days
 */
export async function ledgerOf(pool: Pool, asked: LedgerAsked, now: Instant): Promise<Ledger> {
  const { accountId, daysMax = GRID_DAYS_MAX } = asked
  const tooLong = `A grid has at most ${daysMax} days${daysMax <= GRID_ZOOMED_MAX ? ' by the hour' : ''}. Ask for fewer.`
  const work = async (tx: Client) => {
    const zone = await bucketZone(tx, accountId)
    const days = wholeDays(zone, asked, now, { most: daysMax, tooLong })
    return ledgerFrom(accountId, days, await ledgerFacts(tx, { accountId, zone, ...days }))
  }
  return transaction(pool, work, 'repeatable read read only')
}

/** Whole local days of a zone. */
export interface WholeDays extends Span {
  days: Span[]
}

/** The days of a range. @throws Refusal (422) for an empty range or one of too many days, which says `tooLong` */
export function wholeDays(
  zone: Zone,
  { since, until }: GridRange,
  now: Instant,
  { most, tooLong }: { most: number; tooLong: string },
): WholeDays {
  if (!(since < until)) throw invalid('The range is empty: since must be before until.')
  // Before anything is laid out: a day has at most 25 hours.
  if ((until - since) / DAY > most * 1.05) throw invalid(tooLong)
  const from = unitStart(zone, since, 'day')
  const end = Math.max(from, Math.min(unitStart(zone, until - 1, 'day', 1), unitStart(zone, now, 'day', 1)))
  const days = daysOf(zone, { from, until: end })
  if (days.length > most) throw invalid(tooLong)
  return { from, until: end, days }
}

/** The states of some days, as facts of them have it. */
export function ledgerFrom(accountId: number, { from, until, days }: WholeDays, facts: LedgerFacts): Ledger {
  return { accountId, zone: facts.zone.name, from, until, ...dayStates(facts, days) }
}

/** The states of some local days and their hours. */
export function dayStates(facts: LedgerFacts, spans: readonly Span[]): Pick<Ledger, 'days' | 'counts'> {
  const days = spans.map((span) => {
    const hours = hoursOf(facts, span)
    return { ...span, date: dateAt(facts.zone, span.from), state: stateOfDay(facts, span, hours), hours }
  })
  return { days, counts: { days: countStates(days), hours: countStates(days.flatMap((day) => day.hours)) } }
}

const NONE = Object.fromEntries(bucketStates.map((state) => [state, 0])) as StateCounts
/** Which of two states is told when both hold: the lower. */
const order = Object.fromEntries(bucketStates.map((state, i) => [state, i])) as StateCounts

export function countStates(buckets: readonly { state: BucketState }[]): StateCounts {
  const counts = { ...NONE }
  for (const { state } of buckets) counts[state]++
  return counts
}

function hoursOf(facts: LedgerFacts, day: Span): LedgerHour[] {
  const starts = hourStarts(facts.zone, day.from, day.until)
  const isVerified = facts.verified.has(day.from)
  return starts.slice(0, -1).map((from, i) => {
    const hour: LedgerHour = { from, until: starts[i + 1]!, state: 'ok' }
    hour.state = stateOfHour(facts, hour, day, isVerified)
    return hour
  })
}

function stateOfHour(facts: LedgerFacts, hour: Span, day: Span, isVerified: boolean): BucketState {
  const isCovered = isWithin(facts.covered, hour)
  const settled = isVerified ? 'verified' : 'ok'
  // Without raw rows it is final: what changes there is not counted any more.
  if (hour.from < facts.rawSince) return isCovered && hour.until > facts.hourlySince ? settled : 'purged'
  if (facts.rolling.has(hour.from) || facts.rollingDays.some(({ from }) => from === day.from)) return 'rolling'
  // Rolled rows that are to be rolled anew are as good as they were until then.
  if (!isCovered && facts.queued.some(({ from, until }) => from < day.until && day.from < until)) return 'queued'
  if (!isCovered) return isWithin(facts.rolled, hour) ? 'outdated' : 'missing'
  if (facts.failed.has(hour.from)) return 'failed'
  return facts.dirty === 'everything' || facts.dirty.has(hour.from) ? 'dirty' : settled
}

/** Of a day whose raw rows are there the first in order of its hours' states; of another whether there are rows of the day. */
function stateOfDay(facts: LedgerFacts, day: Span, hours: readonly LedgerHour[]): BucketState {
  if (day.from < facts.rawSince) {
    if (!isWithin(facts.covered, day) || day.until <= facts.dailySince) return 'purged'
    return facts.verified.has(day.from) ? 'verified' : 'ok'
  }
  return hours.reduce<BucketState>((first, { state }) => (order[state] < order[first] ? state : first), 'ok')
}
