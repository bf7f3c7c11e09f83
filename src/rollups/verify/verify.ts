import type { Actor } from '../../audit/actor.ts'
import { recordAct } from '../../audit/record.ts'
import { now as clockNow, stopwatch, type Instant } from '../../clock.ts'
import { transaction, type Client, type Pool } from '../../db.ts'
import { coverageOf, type Span } from '../coverage.ts'
import { nextSize } from '../pace.ts'
import type { Difference } from './differences.ts'
import { rolledDays } from './rolled-days.ts'
import { verifyDays, type DaysVerified } from './verify-days.ts'

export interface Verification {
  /** Days to look at in all, and how many have been. */
  daysTotal: number
  days: number
  /** Hours that were recomputed, and those that were left out: dirty, not rolled, or of another zone by now. */
  hours: number
  dirtyHours: number
  /** Rows that are or should be. */
  rows: number
  /** How many rows differ, and the first of them. */
  differing: number
  differences: Difference[]
  /** What differed has been made anew. */
  repaired: boolean
}

/** Days verified in one transaction, at least and at most. Fewer would not be quicker: a month that differs is looked at as a whole. */
const [CHUNK_DAYS, CHUNK_DAYS_MAX] = [7, 93]
export const DIFFERENCES_SHOWN = 20

export interface VerifyOptions {
  /** Look at this share of the days, 0 to 1, chosen by lot; 1 without. */
  sample?: number
  /** Makes anew what differs, and records it; without, nothing changes but which days are known to be right. */
  repair?: boolean
  /** Who has it repaired, for the audit log; nobody: Tidemark by itself. */
  actor?: Actor
  /** Why he has it repaired. */
  reason?: string | null
  requestId?: string | null
  signal?: AbortSignal
  onProgress?: (verification: Verification) => void
  now?: Instant
  /** Random numbers from 0 to 1. */
  random?: () => number
}

/**
 * Recomputes rolled days of an account from the raw rows and compares every row of theirs (hours, days, months, histograms,
 * tags, bot events) with what is stored. Safe to run beside everything else, and to be stopped anywhere.
 *
 * @param range widened to whole local days
 */
export async function verifyRollups(
  pool: Pool,
  accountId: number,
  range: Span,
  { sample = 1, repair = false, signal, onProgress, now = clockNow(), random = Math.random, ...asked }: VerifyOptions = {},
): Promise<Verification> {
  const total = nothingYet(repair)
  const coverage = await coverageOf(pool, accountId)
  if (!coverage) return total
  const rolled = await rolledDays(pool, accountId, coverage, now)
  const days = sampled(
    rolled.filter((day) => day.from < range.until && range.from < day.until),
    sample,
    random,
  )
  total.daysTotal = days.length
  const seen: Seen = { hours: new Set(), dirtyHours: new Set(), wholes: new Set(), keys: new Set() }
  let size = CHUNK_DAYS
  while (total.days < days.length && !signal?.aborted) {
    const chunk = days.slice(total.days, total.days + size)
    const elapsed = stopwatch()
    const found = await transaction(pool, async (tx) => {
      const verified = await verifyDays(tx, accountId, coverage.zone, chunk, { repair, now })
      if (repair && verified.differences.length > 0) await recordRepair(tx, accountId, verified.differences.length, now, asked)
      return verified
    })
    size = nextSize(chunk.length, elapsed(), CHUNK_DAYS, CHUNK_DAYS_MAX)
    total.days += chunk.length
    add(total, seen, found)
    onProgress?.(total)
  }
  return total
}

/** Puts a repair that somebody asked for on the audit log; Tidemark's own are seen among the mismatches. */
async function recordRepair(
  tx: Client,
  accountId: number,
  rows: number,
  at: Instant,
  asked: Pick<VerifyOptions, 'actor' | 'reason' | 'requestId'>,
) {
  const { actor, reason = null, requestId = null } = asked
  if (actor) await recordAct(tx, { actor, accountId, at, action: 'rollup.repair', reason, requestId, after: { rows } })
}

const nothingYet = (repaired: boolean): Verification => ({
  daysTotal: 0,
  days: 0,
  hours: 0,
  dirtyHours: 0,
  rows: 0,
  differing: 0,
  differences: [],
  repaired,
})

/**
 * What chunks have looked at. A month is recomputed with each chunk of its days, a conversation's bot events with each in which it
 * has any, and a month that differs together with all of its days; each counts once.
 */
interface Seen {
  hours: Set<Instant>
  dirtyHours: Set<Instant>
  /** Buckets and conversations whose rows are counted. */
  wholes: Set<string>
  /** Keys of the rows that differ. */
  keys: Set<string>
}

function add(total: Verification, seen: Seen, { hours, dirtyHours, rows, differences }: DaysVerified): void {
  for (const hour of hours) seen.hours.add(hour)
  for (const hour of dirtyHours) seen.dirtyHours.add(hour)
  total.hours = seen.hours.size
  total.dirtyHours = [...seen.dirtyHours].filter((hour) => !seen.hours.has(hour)).length
  for (const [whole, count] of rows) {
    if (!seen.wholes.has(whole)) total.rows += count
    seen.wholes.add(whole)
  }
  const others = differences.filter(({ key }) => !seen.keys.has(key))
  for (const { key } of others) seen.keys.add(key)
  total.differing += others.length
  total.differences.push(...others.slice(0, DIFFERENCES_SHOWN - total.differences.length))
}

/** Share of the rows that agree; null when there was none. */
export const matchRate = ({ rows, differing }: Pick<Verification, 'rows' | 'differing'>): number | null =>
  rows === 0 ? null : (rows - differing) / rows

/** Some days by lot, at least one, in their order. */
function sampled(days: Span[], share: number, random: () => number): Span[] {
  if (share >= 1) return days
  const wanted = Math.max(1, Math.round(days.length * share))
  const drawn = days.map((day) => ({ day, lot: random() })).sort((a, b) => a.lot - b.lot)
  return drawn
    .slice(0, wanted)
    .map(({ day }) => day)
    .sort((a, b) => a.from - b.from)
}
