import type { Instant } from '../clock.ts'
import type { Queryable } from '../db.ts'
import { completeThrough } from '../rollups/completeness.ts'
import { coverageOf, type Span } from '../rollups/coverage.ts'
import { bucketsTouched, dirtyQuarters } from '../rollups/rolling/dirty.ts'
import { notFinal, NOTHING_PURGED, type Kept } from '../rollups/kept.ts'
import { HOUR, UTC, type Zone } from '../time/zone.ts'

/** What may be read from an account's rollups at one moment. */
export interface RolledState {
  /** The zone whose clock the buckets follow. */
  zone: Zone
  /** The stretches that are rolled; whatever is stale lies within them or is of no concern. */
  covered: Span[]
  /** From when on there are rows of hours only. */
  mergedThrough: Instant
  /** From when on there is what: rows that were purged are in no answer. */
  kept: Kept
  /** Hour buckets that are out of date, ascending; with those of which only the label rows are, when asked. */
  stale(labels: boolean): Span[]
  /** The instant up to which rolled rows are complete and current; undefined when nothing is rolled. */
  completeThrough(now: Instant): Instant | undefined
}

const NOTHING_ROLLED: RolledState = {
  zone: UTC,
  covered: [],
  mergedThrough: -Infinity,
  kept: NOTHING_PURGED,
  stale: () => [],
  completeThrough: () => undefined,
}

/** Reads how far an account is rolled and what of it is dirty. The caller's transaction fixes the moment. */
export async function currentState(db: Queryable, accountId: number): Promise<RolledState> {
  const coverage = await coverageOf(db, accountId)
  if (!coverage) return NOTHING_ROLLED
  const { zone, covered, mergedThrough, kept } = coverage
  // A quarter of an hour before may reach into the first bucket that can still be rolled.
  const dirty = await dirtyQuarters(db, accountId, Math.max(covered[0]?.from ?? 0, kept.raw - HOUR / 4))
  const spans = (labels: boolean): Span[] => {
    if (dirty === 'everything') return [{ from: kept.raw, until: Infinity }]
    const quarters = dirty.filter((mark) => labels || !mark.labels_only).map((mark) => mark.quarter)
    return notFinal(bucketsTouched(zone, quarters), kept)
  }
  const memo = new Map<boolean, Span[]>()
  const stale = (labels: boolean) => memo.get(labels) ?? memo.set(labels, spans(labels)).get(labels)!
  return { zone, covered, mergedThrough, kept, stale, completeThrough: (now) => completeThrough(covered, stale(false), now) }
}
