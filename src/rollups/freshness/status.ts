import type { Instant } from '../../clock.ts'
import { many, one, sql, transaction, type Client, type Pool } from '../../db.ts'
import { unitsHolding, unitStart } from '../../time/calendar.ts'
import { FARTHEST, HOUR, UTC, type Zone } from '../../time/zone.ts'
import { completeThrough } from '../completeness.ts'
import { coveragesOf, type Coverage, type Span } from '../coverage.ts'
import { bucketsTouched, SCOPES_READ } from '../rolling/dirty.ts'
import { outdatedOf, type Outdated } from '../definitions/outdated.ts'
import { grains, wholeUnits, wholeUnitsThrough, type Grain } from './grains.ts'
import { nextRollBy } from './next-roll.ts'

const statusSql = sql(import.meta.url, './status.sql')
const wideQuarters = sql(import.meta.url, './wide-quarters.sql')

const QUARTER = HOUR / 4

/** A bucket that could not be rolled and waits for another try. */
export interface FailedBucket extends Span {
  /** How often it failed. */
  failures: number
  error: string | null
  nextTry: Instant
}

/** How fresh the buckets of one width are. */
export interface GrainStatus {
  /** The stretches of whole buckets that are rolled, ascending; the ends may be infinite. */
  covered: Span[]
  /** All buckets that end by then, back to the start of the latest rolled stretch, are complete and current; null: none is. */
  completeThrough: Instant | null
  /** Seconds from there to the latest that there could be: now, or the start of the present day or month. */
  lag: number | null
  /** Buckets with raw rows that changed since they were rolled. */
  dirty: number
  /** How long the oldest mark has waited. It makes its hour, its day and its month dirty, so this is the same for all widths. */
  oldestDirty: number | null
  failed: number
  /** The earliest of these. */
  firstFailed: FailedBucket | null
  /** When rows of any were last made; null: never, or not since that is kept. */
  rolledAt: Instant | null
  /** By when one is next rolled, if workers run; of days and months also as one ends. Null: nothing waits, nothing will end. */
  nextRollBy: Instant | null
}

/** How fresh an account's rollups are. Ages and lag in seconds; null where there is nothing to be old. */
export interface RollupStatus {
  accountId: number
  /** The zone whose clock the buckets follow; null before anything is rolled. */
  zone: string | null
  grains: Record<Grain, GrainStatus>
  /** Marks of single quarter hours: distinct quarters. */
  dirtyQuarters: number
  /** Marks that reach over many hours, such as that a conversation moved; the hours are looked up when they are rolled. */
  wideMarks: number
  /** How long the oldest mark has waited. */
  oldestDirty: number | null
  /** When something was last rolled, of whatever width. */
  rolledAt: Instant | null
  /** What was rolled by other definitions than this release's: a backfill of what is missing rolls it anew. */
  outdated: Outdated
  /** By when the next roll of dirty hours begins, if a worker runs: that of its hours. Null: nothing waits. */
  nextRollBy: Instant | null
}

interface Row extends Record<string, unknown> {
  id: number
  quarters: number
  wide: number
  dirty: Record<Grain, number>
  failed: Record<Grain, number>
  firstFailed: Instant | null
  failures: number | null
  error: string | null
  nextTry: Instant | null
  stale: Instant | null
  age: number | null
  due: Record<Grain, number | null>
  rolledAt: Record<Grain, Instant | null>
  recentAt: Instant | null
}

/**
 * The status of some accounts, in the order of their ids; null: of every account that Tidemark knows. Five statements whatever
 * their number, of one moment; a sixth while marks of wide scope wait to be looked up. Measured: see docs/rollups.md.
 */
export function rollupStatus(
  pool: Pool,
  now: Instant,
  accounts: readonly number[] | number | null = null,
): Promise<RollupStatus[]> {
  return transaction(pool, (tx) => statusesIn(tx, now, accounts), 'repeatable read read only')
}

async function statusesIn(tx: Client, now: Instant, accounts: readonly number[] | number | null): Promise<RollupStatus[]> {
  const ids = accounts === null ? await knownAccounts(tx) : [accounts].flat()
  const coverages = await coveragesOf(tx, ids)
  // What changes in purged days stays as it was rolled.
  const since = ids.map((id) => {
    const coverage = coverages.get(id)
    return Math.max(coverage?.covered.at(-1)?.from ?? Infinity, coverage?.kept.raw ?? -Infinity)
  })
  const clocks = ids.map((id) => coverages.get(id)?.zone ?? UTC)
  const zones = zonesOf(clocks)
  const starts = (unit: 'day' | 'month') => clocks.map((zone) => unitStart(zone, now, unit))
  const values = [ids, since, zones.which, FARTHEST, ...zones.rules, starts('day'), starts('month')]
  const rows = await many<Row>(tx, statusSql, values)
  const wide = await staleByWideMarks(tx, rows, since)
  const outdated = await outdatedOf(tx, ids)
  return rows.map((row) => ({
    ...statusOf(row, coverages.get(row.id), wide(row), now),
    outdated: outdated.get(row.id) ?? { spans: [], changed: [] },
  }))
}

async function knownAccounts(tx: Client): Promise<number[]> {
  return (await many<{ id: number }>(tx, 'select account_id as id from tidemark.accounts order by 1')).map(({ id }) => id)
}

/** The zones of some accounts, each once: which of them every account has, from 1, and their rules as status.sql takes them. */
function zonesOf(zones: readonly Zone[]): { which: number[]; rules: [changes: string[], offsets: string[], reach: string[]] } {
  const each = [...new Set(zones)]
  const list = (numbers: readonly number[]) => `{${numbers.join(',')}}`
  const isWhole = ({ starts, offsets }: Zone) => [...starts.slice(1), ...offsets].every((seconds) => seconds % QUARTER === 0)
  return {
    which: zones.map((zone) => each.indexOf(zone) + 1),
    rules: [
      each.map(({ starts }) => list(starts.slice(1))),
      each.map(({ offsets }) => list(offsets)),
      each.map((zone) => list(isWhole(zone) ? [0] : [0, QUARTER - 1])),
    ],
  }
}

/** For each account the first quarter of its latest stretch that marks of wide scope make dirty; the stretch's start when they are too many. */
async function staleByWideMarks(tx: Client, rows: readonly Row[], since: readonly Instant[]): Promise<(row: Row) => Instant> {
  const { any, everything } = await one<{ any: boolean; everything: boolean }>(
    tx,
    `select count(*) > 0 as any, coalesce(bool_or(scope = 'everything'), false) as everything
     from (select scope from tidemark.dirty_scopes where account_id is null limit ${SCOPES_READ + 1}) as everywhere`,
  )
  if (everything) return () => -Infinity
  const few = rows.flatMap((row, i) =>
    row.wide <= SCOPES_READ && (any || row.wide > 0) ? [{ id: row.id, since: since[i]! }] : [],
  )
  const found =
    few.length === 0
      ? []
      : await many<{ id: number; quarter: Instant }>(tx, wideQuarters, [few.map(({ id }) => id), few.map((one) => one.since)])
  const first = new Map(found.map(({ id, quarter }) => [id, quarter]))
  return (row) => (row.wide > SCOPES_READ ? -Infinity : (first.get(row.id) ?? Infinity))
}

function statusOf(row: Row, coverage: Coverage | undefined, wide: Instant, now: Instant): Omit<RollupStatus, 'outdated'> {
  const zone = coverage?.zone ?? UTC
  const covered = coverage?.covered ?? []
  const stale = Math.min(row.stale ?? Infinity, wide)
  const through = completeThrough(covered, staleFrom(zone, stale, covered), now)
  const widths = grains.map((grain) => [grain, grainStatus(grain, coverage, { row, through, now })] as const)
  const rolled = Object.values(row.rolledAt).filter((at) => at !== null)
  return {
    accountId: row.id,
    zone: coverage ? zone.name : null,
    grains: Object.fromEntries(widths) as Record<Grain, GrainStatus>,
    dirtyQuarters: row.quarters,
    wideMarks: row.wide,
    oldestDirty: row.age,
    rolledAt: rolled.length === 0 ? null : Math.max(...rolled),
    nextRollBy: nextRollBy('hour', { ...row, coverage }, now),
  }
}

/** The hours that a first stale quarter stands for: its own, or everything. */
function staleFrom(zone: Zone, quarter: Instant, covered: readonly Span[]): Span[] {
  if (quarter === Infinity) return []
  return quarter === -Infinity ? [...covered] : bucketsTouched(zone, [quarter])
}

interface Known {
  row: Row
  through: Instant | undefined
  now: Instant
}

function grainStatus(grain: Grain, coverage: Coverage | undefined, { row, through, now }: Known): GrainStatus {
  const { zone = UTC, covered = [] } = coverage ?? {}
  const complete = through === undefined ? null : wholeUnitsThrough(zone, grain, covered.at(-1)!.from, through)
  return {
    covered: wholeUnits(zone, grain, covered),
    completeThrough: complete,
    lag: complete === null ? null : wholeUnitsThrough(zone, grain, -Infinity, now)! - complete,
    dirty: row.dirty[grain],
    oldestDirty: row.age,
    failed: row.failed[grain],
    firstFailed: firstFailedOf(grain, zone, row),
    rolledAt: row.rolledAt[grain],
    nextRollBy: nextRollBy(grain, { ...row, coverage }, now),
  }
}

function firstFailedOf(grain: Grain, zone: Zone, { firstFailed, failures, error, nextTry }: Row): FailedBucket | null {
  if (firstFailed === null || failures === null || nextTry === null) return null
  const [hour] = bucketsTouched(zone, [firstFailed]) as [Span]
  const [bucket] = grain === 'hour' ? [hour] : unitsHolding(zone, [hour.from], grain)
  return { ...bucket!, failures, error, nextTry }
}
