import type { Instant } from '../clock.ts'
import { one, type Queryable } from '../db.ts'
import { hasBackfillUnderWay } from '../rollups/backfill/backfill-row.ts'
import { coverageOf, type Coverage, type Span } from '../rollups/coverage.ts'
import { bucketsTouched, dirtyQuarters } from '../rollups/rolling/dirty.ts'
import { notFinal } from '../rollups/kept.ts'
import { rawExtentOf } from '../rollups/raw-extent.ts'
import { isStandalone } from '../source/standalone.ts'
import { unitStart } from '../time/calendar.ts'
import { DAY } from '../time/zone.ts'

/** What rollups and their raw rows are kept by, in the order of what is made from what. */
export const grains = ['raw', 'hourly', 'daily'] as const
export type Grain = (typeof grains)[number]

export const isGrain = (thing: string): thing is Grain => (grains as readonly string[]).includes(thing)

/** Why nothing, or not all, of what is old enough goes. */
export type Hold =
  /** Chatwoot's tables are Chatwoot's. */
  | 'attached'
  /** Nothing is rolled, or not all of the stretch, or by older definitions or rules. */
  | 'unrolled'
  /** Something of the stretch waits to be rolled. */
  | 'dirty'
  | 'backfill_under_way'
  /** Rows from before 1970, slips of a clock, which no rollup holds. */
  | 'before_1970'

/** How far the rows of one grain go. Instants are starts of local days of the account (of months for days). */
export interface Boundary {
  grain: Grain
  /** From when on rows are kept now; null: nothing was purged, and `from` is where they begin. */
  since: Instant | null
  /** What goes: [from, until). Empty (`until` is `from`) when nothing does. */
  from: Instant
  until: Instant
  /** Until when rows are old enough. */
  target: Instant
  /** What keeps `until` from being `target`, and from where on. */
  hold: { reason: Hold; at: Instant } | null
}

/**
 * How far the rows of a grain may go at this moment; undefined when none are old enough. Exact under the account's roll lock,
 * a forecast without it.
 * @param days whole local days before today that are kept
 */
export async function boundaryOf(
  db: Queryable,
  accountId: number,
  grain: Grain,
  days: number,
  now: Instant,
): Promise<Boundary | undefined> {
  if (grain === 'raw' && !(await isStandalone(db))) return held(grain, { reason: 'attached', at: now }, now)
  const coverage = await coverageOf(db, accountId)
  if (!coverage) return held(grain, { reason: 'unrolled', at: now }, now)
  const { zone, kept, mergedThrough } = coverage
  const since = kept[grain] === -Infinity ? null : kept[grain]
  const first = since ?? (await firstOf(db, accountId, grain, coverage, now))
  if (first === 'before_1970') return held(grain, { reason: first, at: 0 }, now)
  const target = targetOf(coverage, grain, unitStart(zone, now, 'day', -days))
  if (first === undefined || first >= target) return undefined
  const limits = [
    await underWay(db, accountId, first),
    uncovered(coverage, { from: first, until: target }),
    mergedThrough < target ? { reason: 'dirty' as const, at: mergedThrough } : undefined,
    await firstDirty(db, accountId, coverage, target),
  ].filter((limit) => limit !== undefined)
  const hold = limits.sort((a, b) => a.at - b.at)[0] ?? null
  const until = hold ? startAt(coverage, grain, Math.max(first, hold.at)) : target
  return { grain, since, from: first, until: Math.max(first, until), target, hold }
}

const held = (grain: Grain, hold: Boundary['hold'], at: Instant): Boundary => ({
  grain,
  since: null,
  from: at,
  until: at,
  target: at,
  hold,
})

/** Until when rows that are old enough go. */
function targetOf(coverage: Coverage, grain: Grain, old: Instant): Instant {
  const { zone, kept } = coverage
  const target = startAt(coverage, grain, old)
  if (grain !== 'daily' || kept.raw === -Infinity) return target
  // The month in which raw rows begin is made from the days before that and the raw rows after.
  const straddled = unitStart(zone, kept.raw, 'month')
  return straddled === kept.raw ? target : Math.min(target, straddled)
}

/**
 * The last start at which rows of a grain can be cut. Rows of days go by whole months, and raw rows too where those of days are
 * gone, so that no month is left that could not be made anew from its days or its raw rows.
 */
function startAt({ zone, kept }: Coverage, grain: Grain, at: Instant): Instant {
  return unitStart(zone, at, grain === 'daily' || (grain === 'raw' && kept.daily > at) ? 'month' : 'day')
}

/** Where the rows of a grain begin: the start of a local day (month for days). */
async function firstOf(
  db: Queryable,
  accountId: number,
  grain: Grain,
  { zone }: Coverage,
  now: Instant,
): Promise<Instant | 'before_1970' | undefined> {
  if (grain === 'raw') {
    const { first, before } = await rawExtentOf(db, accountId, now)
    if (before) return 'before_1970'
    return first === null ? undefined : unitStart(zone, first, 'day')
  }
  const { first } = await one<{ first: Instant | null }>(
    db,
    `select extract(epoch from min(bucket))::float8 as first from tidemark.rollup_${grain} where account_id = $1 and dimension = 0`,
    [accountId],
  )
  return first === null ? undefined : unitStart(zone, first, grain === 'daily' ? 'month' : 'day')
}

type Limit = NonNullable<Boundary['hold']>

async function underWay(db: Queryable, accountId: number, at: Instant): Promise<Limit | undefined> {
  return (await hasBackfillUnderWay(db, accountId)) ? { reason: 'backfill_under_way', at } : undefined
}

function uncovered({ covered }: Coverage, { from, until }: Span): Limit | undefined {
  const at = covered.find((span) => span.from <= from && from < span.until)?.until ?? from
  return at < until ? { reason: 'unrolled', at } : undefined
}

async function firstDirty(
  db: Queryable,
  accountId: number,
  { zone, kept }: Coverage,
  until: Instant,
): Promise<Limit | undefined> {
  const dirty = await dirtyQuarters(db, accountId, kept.raw === -Infinity ? -Infinity : kept.raw - DAY)
  if (dirty === 'everything') return { reason: 'dirty', at: kept.raw }
  const quarters = dirty.map((mark) => mark.quarter)
  const [first] = notFinal(bucketsTouched(zone, quarters), kept)
  return first && first.from < until ? { reason: 'dirty', at: first.from } : undefined
}
