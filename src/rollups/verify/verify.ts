import type { Actor } from '../../audit/actor.ts'
import { recordAct } from '../../audit/record.ts'
import { now as clockNow, type Instant } from '../../clock.ts'
import { transaction, type Pool } from '../../db.ts'
import { coverageOf, type Span } from '../coverage.ts'
import type { Difference } from './differences.ts'
import { rolledDays } from './rolled-days.ts'
import { verifyDays, type DaysVerified } from './verify-days.ts'

export interface Verification extends Omit<DaysVerified, 'differences'> {
  /** Days to look at in all, and how many have been. */
  daysTotal: number
  days: number
  /** How many rows differ, and the first of them. */
  differing: number
  differences: Difference[]
  /** What differed has been made anew. */
  repaired: boolean
}

/** Days verified in one transaction: live rolls of the account wait for them, about a second on a busy one. */
const CHUNK_DAYS = 7
export const DIFFERENCES_SHOWN = 20

export interface VerifyOptions {
  /** Look at this share of the days, 0 to 1, chosen by lot; 1 without. */
  sample?: number
  /** Makes anew what differs, and records it; without, nothing changes but which days are known to be right. */
  repair?: boolean
  /** Who has it repaired, for the audit log; nobody: Tidemark by itself. */
  actor?: Actor
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
  { sample = 1, repair = false, actor, signal, onProgress, now = clockNow(), random = Math.random }: VerifyOptions = {},
): Promise<Verification> {
  const total: Verification = {
    daysTotal: 0,
    days: 0,
    hours: 0,
    dirtyHours: 0,
    rows: 0,
    differing: 0,
    differences: [],
    repaired: repair,
  }
  const coverage = await coverageOf(pool, accountId)
  if (!coverage) return total
  const rolled = await rolledDays(pool, accountId, coverage, now)
  const days = sampled(
    rolled.filter((day) => day.from < range.until && range.from < day.until),
    sample,
    random,
  )
  total.daysTotal = days.length
  // A month that differs is looked at with all of its days, so that a row may be found with days of several chunks.
  const known = new Set<string>()
  for (let i = 0; i < days.length && !signal?.aborted; i += CHUNK_DAYS) {
    const chunk = days.slice(i, i + CHUNK_DAYS)
    const found = await transaction(pool, async (tx) => {
      const verified = await verifyDays(tx, accountId, coverage.zone, chunk, { repair, now })
      const after = { rows: verified.differences.length }
      if (repair && actor && after.rows > 0) await recordAct(tx, { actor, accountId, at: now, action: 'rollup.repair', after })
      return verified
    })
    add(total, chunk.length, { ...found, differences: found.differences.filter(({ key }) => !known.has(key)) })
    for (const { key } of found.differences) known.add(key)
    onProgress?.(total)
  }
  return total
}

function add(total: Verification, days: number, { hours, dirtyHours, rows, differences }: DaysVerified): void {
  total.days += days
  total.hours += hours
  total.dirtyHours += dirtyHours
  total.rows += rows
  total.differing += differences.length
  total.differences.push(...differences.slice(0, DIFFERENCES_SHOWN - total.differences.length))
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
