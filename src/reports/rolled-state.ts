import type { Instant } from '../clock.ts'
import { maybeOne, prepared, sql, type Queryable } from '../db.ts'
import { completeThrough } from '../rollups/completeness.ts'
import { coverageFrom, readCoverage, type CoverageRow, type Span } from '../rollups/coverage.ts'
import { DEFINITIONS } from '../rollups/definitions/definitions.ts'
import { bucketsTouched, withScopes } from '../rollups/rolling/dirty.ts'
import { fill } from '../rollups/rolling/statements.ts'
import { notFinal, NOTHING_PURGED, type Kept } from '../rollups/kept.ts'
import { UTC, type Zone } from '../time/zone.ts'

/** What may be read from an account's rollups at one moment. */
export interface RolledState {
  /** Another one after each transaction that changed rolled rows in what is covered. */
  version: string
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
  version: '',
  zone: UTC,
  covered: [],
  mergedThrough: -Infinity,
  kept: NOTHING_PURGED,
  stale: () => [],
  completeThrough: () => undefined,
}

interface StateRow extends CoverageRow {
  version: string
  quarters: Instant[]
  labelsOnly: boolean[]
  wide: boolean
}

const readState = prepared(fill(sql(import.meta.url, './rolled-state.sql'), { coverage: readCoverage }))

/** Reads how far an account is rolled and what of it is dirty. The caller's transaction fixes the moment. */
export async function currentState(db: Queryable, accountId: number): Promise<RolledState> {
  const row = await maybeOne<StateRow>(db, readState, [accountId, DEFINITIONS])
  if (!row) return NOTHING_ROLLED
  const { zone, covered, mergedThrough, kept } = await coverageFrom(db, row)
  const marked = row.quarters.map((quarter, i) => ({ quarter, labels_only: row.labelsOnly[i]! }))
  const dirty = row.wide ? await withScopes(db, accountId, marked) : marked
  const spans = (labels: boolean): Span[] => {
    if (dirty === 'everything') return [{ from: kept.raw, until: Infinity }]
    const quarters = dirty.filter((mark) => labels || !mark.labels_only).map((mark) => mark.quarter)
    return notFinal(bucketsTouched(zone, quarters), kept)
  }
  const memo = new Map<boolean, Span[]>()
  const stale = (labels: boolean) => memo.get(labels) ?? memo.set(labels, spans(labels)).get(labels)!
  const through = (now: Instant) => completeThrough(covered, stale(false), now)
  return { version: row.version, zone, covered, mergedThrough, kept, stale, completeThrough: through }
}
