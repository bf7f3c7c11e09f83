import type { Instant } from '../../clock.ts'
import { many, maybeOne, sql, type Queryable } from '../../db.ts'
import { unitStart } from '../../time/calendar.ts'
import type { Zone } from '../../time/zone.ts'
import { bucketZone } from '../backfill/backfill-days.ts'
import { coverageOf, type Span } from '../coverage.ts'
import { bucketsTouched, dirtyQuarters } from '../rolling/dirty.ts'
import { BATCH } from '../rolling/roll-dirty.ts'

const factsSql = sql(import.meta.url, './ledger-facts.sql')
const beingRolled = sql(import.meta.url, './being-rolled.sql')

/** What the states of an account's buckets are told from, at one moment. */
export interface LedgerFacts {
  zone: Zone
  /** Stretches whose rows may be read. */
  covered: Span[]
  /** Stretches that were rolled, by whatever definitions and rules of the zone. */
  rolled: Span[]
  /** Stretches that a backfill which is queued, running or paused has still to roll. */
  queued: Span[]
  /** Hours with marks, by their start; `everything` when there are too many to look up. */
  dirty: ReadonlySet<Instant> | 'everything'
  failed: ReadonlySet<Instant>
  /** Starts of days whose rows were recomputed and found right, and that were not rolled since. */
  verified: ReadonlySet<Instant>
  /** Hours that a roll under way takes, and days of a backfill. */
  rolling: ReadonlySet<Instant>
  rollingDays: readonly Span[]
  /** From when on there are raw rows, rows by the hour and by the day; -Infinity where nothing was purged. */
  rawSince: Instant
  hourlySince: Instant
  dailySince: Instant
}

type Edges = [from: Instant | null, until: Instant | null][]
interface Row extends Record<string, unknown> {
  rolled: Edges
  queued: Edges
  rawSince: Instant | null
  hourlySince: Instant | null
  dailySince: Instant | null
  failed: Instant[]
  verified: Instant[]
}

const spanOf = ([start, end]: Edges[number]): Span => ({ from: start ?? -Infinity, until: end ?? Infinity })

/** Reads the facts of a stretch. `db` is a transaction with one snapshot; only who holds the lock is asked of this very instant. */
export async function ledgerFacts(db: Queryable, accountId: number, { from, until }: Span): Promise<LedgerFacts> {
  const coverage = await coverageOf(db, accountId)
  const zone = coverage?.zone ?? (await bucketZone(db, accountId))
  const row = await maybeOne<Row>(db, factsSql, [accountId, from, until])
  // Without a row it appeared after the triggers did: all of its history is in the dirty log, and counts as covered.
  const unknown = row ? [] : [{ from: -Infinity, until: Infinity }]
  const marks = await dirtyQuarters(db, accountId, from)
  const hours = (quarters: Instant[]) => new Set(bucketsTouched(zone, quarters).map((hour) => hour.from))
  const { quarters, days } = await underRoll(db, accountId, zone)
  return {
    zone,
    covered: coverage?.covered ?? unknown,
    rolled: row ? row.rolled.map(spanOf) : unknown,
    queued: row ? row.queued.map(spanOf) : [],
    dirty: marks === 'everything' ? marks : hours(marks.map((mark) => mark.quarter)),
    failed: hours(row?.failed ?? []),
    verified: new Set(row?.verified),
    rolling: hours(quarters),
    rollingDays: days,
    rawSince: row?.rawSince ?? -Infinity,
    hourlySince: row?.hourlySince ?? -Infinity,
    dailySince: row?.dailySince ?? -Infinity,
  }
}

/**
 * What the holder of the account's roll lock works on: the quarters that a sweep would take, or the next day of a running
 * backfill. Who of them holds it nobody can tell, and the other one comes next, so it is said of both.
 */
async function underRoll(db: Queryable, accountId: number, zone: Zone): Promise<{ quarters: Instant[]; days: Span[] }> {
  const [held] = await many<{ quarters: Instant[]; from: Instant | null; until: Instant | null; oldestFirst: boolean }>(
    db,
    beingRolled,
    [accountId, BATCH],
  )
  if (!held) return { quarters: [], days: [] }
  const { quarters, from, until, oldestFirst } = held
  if (from === null || until === null || from >= until) return { quarters, days: [] }
  const start = unitStart(zone, oldestFirst ? from : until - 1, 'day')
  return { quarters, days: [{ from: start, until: unitStart(zone, start, 'day', 1) }] }
}
