import { accountZone } from '../../accounts/zone.ts'
import { stopwatch, type Instant } from '../../clock.ts'
import { isFaultOfRows, run, transaction, type Client, type Pool } from '../../db.ts'
import { conflict } from '../../errors.ts'
import { hoursIn } from './backfill-work.ts'
import { addCovered, coverageOf, ensureCoverage, isWithin, lockRolls, type Span } from '../coverage.ts'
import { NewerDefinitions } from '../definitions/definitions.ts'
import { DiffSum, type DayRows, type MetricDiff, type TableDiff } from './diff-figures.ts'
import { faultText } from '../rolling/fault-text.ts'
import { takeRawFrom } from './take-raw.ts'
import { rollHours } from '../rolling/roll.ts'
import { storedRows } from '../verify/stored-rows.ts'

/** Seconds after which no further day is looked at. */
const PATIENCE = 20
/** Days that could not be rolled and are named. */
const NAMED = 20

/** How the rows of some days would change. */
export interface PlanDiff {
  /** Days that were recomputed, those that were to be, and all that the plan rolls. */
  compared: number
  sampled: number
  of: number
  metrics: MetricDiff[]
  tables: TableDiff[]
  /** Days of which an hour cannot be rolled; a backfill leaves it to the dirty log. */
  failing: { day: Instant; error: string }[]
  /** Hours recomputed, and seconds that took: the speed of a backfill. */
  hours: number
  seconds: number
}

export interface DiffAsked {
  accountId: number
  /** What the plan rolls, a span a day. */
  days: readonly Span[]
  /** What had been rolled before. */
  rolled: readonly Span[]
  /** Days to recompute, evenly spread. */
  sample: number | 'all'
  patience?: number
}

/**
 * Recomputes days as a backfill would and compares with what is stored. Changes nothing: each day is rolled in a transaction
 * that is rolled back, under the account's lock, so that live rolls wait for one day at a time.
 * @throws Refusal (409) when a newer release rolls the account
 */
export async function diffDays(
  pool: Pool,
  { accountId, days, rolled, sample, patience = PATIENCE }: DiffAsked,
  now: Instant,
): Promise<PlanDiff> {
  const chosen = spread(days, sample)
  const sum = new DiffSum()
  const failing: PlanDiff['failing'] = []
  const [elapsed, rolling] = [stopwatch(), { hours: 0, seconds: 0 }]
  let compared = 0
  for (const day of chosen) {
    if (elapsed() > patience) break
    try {
      const { rows, seconds } = await transaction(pool, (tx) => recompute(tx, accountId, day, now))
      sum.add({ ...day, ...rows, isKnown: isWithin(rolled, day) })
      rolling.hours += Math.round((day.until - day.from) / 3600)
      rolling.seconds += seconds
      compared++
    } catch (error) {
      if (error instanceof NewerDefinitions) throw conflict('A newer release of Tidemark rolls this account. Plan there.')
      if (!isFaultOfRows(error)) throw error
      failing.push({ day: day.from, error: faultText(error) })
    }
  }
  const { metrics, tables } = sum
  return { compared, sampled: chosen.length, of: days.length, metrics, tables, failing: failing.slice(0, NAMED), ...rolling }
}

/** So many of a list, evenly spread and always the same, so that a plan made twice says the same. */
export function spread<T>(list: readonly T[], sample: number | 'all'): T[] {
  if (sample === 'all' || sample >= list.length) return [...list]
  return Array.from({ length: sample }, (_, i) => list[Math.floor(((i + 0.5) * list.length) / sample)]!)
}

async function recompute(
  tx: Client,
  accountId: number,
  day: Span,
  now: Instant,
): Promise<{ rows: Pick<DayRows, 'before' | 'after'>; seconds: number }> {
  await lockRolls(tx, accountId)
  await run(tx, 'savepoint stored')
  const coverage = await ensureCoverage(tx, accountId, await accountZone(tx, accountId), now)
  const { zone, kept } = coverage
  const hours = hoursIn(zone, [day])
  // Months follow from their days, and are compared by nobody: which of them have rows depends on the whole of the backfill.
  const buckets = { hour: hours, day: [day], month: [] }
  const before = await storedRows(tx, accountId, buckets)
  // Purged, and to be rolled all the same.
  if (day.from < kept.raw) await takeRawFrom(tx, accountId, coverage, day.from)
  await addCovered(tx, accountId, day)
  const elapsed = stopwatch()
  await rollHours(tx, accountId, (await coverageOf(tx, accountId))!, hours)
  const seconds = elapsed()
  const after = await storedRows(tx, accountId, buckets)
  await run(tx, 'rollback to savepoint stored')
  return { rows: { before, after }, seconds }
}
