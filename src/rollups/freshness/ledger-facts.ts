import type { Instant } from '../../clock.ts'
import { many, sql, type Queryable } from '../../db.ts'
import { unitStart } from '../../time/calendar.ts'
import type { Zone } from '../../time/zone.ts'
import { coveragesOf, type Coverage, type Span } from '../coverage.ts'
import { bucketsTouched, dirtyQuartersOf, type Quarter } from '../rolling/dirty.ts'
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
  id: number
  rolled: Edges
  queued: Edges
  rawSince: Instant | null
  hourlySince: Instant | null
  dailySince: Instant | null
  failed: Instant[]
  verified: Instant[]
}

const spanOf = ([start, end]: Edges[number]): Span => ({ from: start ?? -Infinity, until: end ?? Infinity })

/** An account and the stretch that its facts are of. */
export interface FactsAsked extends Span {
  accountId: number
  /** Whose days and hours its buckets are, as bucketZone has it. */
  zone: Zone
}

/** Reads the facts of a stretch. `db` is a transaction with one snapshot; only who holds the lock is asked of this very instant. */
export async function ledgerFacts(db: Queryable, asked: FactsAsked): Promise<LedgerFacts> {
  return (await ledgerFactsOf(db, [asked]))[0]!
}

/** The same of several accounts, each once, in as many statements; where marks of wide scope wait to be looked up, some more. */
export async function ledgerFactsOf(db: Queryable, asked: readonly FactsAsked[]): Promise<LedgerFacts[]> {
  const ids = asked.map(({ accountId }) => accountId)
  const coverages = await coveragesOf(db, ids)
  const values = [ids, asked.map(({ from }) => from), asked.map(({ until }) => until)]
  const rows = new Map((await many<Row>(db, factsSql, values)).map((row) => [row.id, row]))
  const dirty = await dirtyQuartersOf(
    db,
    asked.map(({ accountId, from }) => ({ accountId, since: from })),
  )
  const held = new Map((await many<Held>(db, beingRolled, [ids, BATCH])).map((row) => [row.id, row]))
  return asked.map(({ accountId, zone }) => ({
    zone,
    ...onRecord(coverages.get(accountId), rows.get(accountId)),
    ...waiting(zone, dirty.get(accountId) ?? [], rows.get(accountId)?.failed ?? []),
    ...underRoll(zone, held.get(accountId)),
  }))
}

function onRecord(coverage: Coverage | undefined, row: Row | undefined) {
  // Without a row it appeared after the triggers did: all of its history is in the dirty log, and counts as covered.
  const unknown = row ? [] : [{ from: -Infinity, until: Infinity }]
  return {
    covered: coverage?.covered ?? unknown,
    rolled: row ? row.rolled.map(spanOf) : unknown,
    queued: row ? row.queued.map(spanOf) : [],
    verified: new Set(row?.verified),
    rawSince: row?.rawSince ?? -Infinity,
    hourlySince: row?.hourlySince ?? -Infinity,
    dailySince: row?.dailySince ?? -Infinity,
  }
}

const hoursOf = (zone: Zone, quarters: Instant[]) => new Set(bucketsTouched(zone, quarters).map((hour) => hour.from))

const waiting = (zone: Zone, marks: Quarter[] | 'everything', failed: Instant[]): Pick<LedgerFacts, 'dirty' | 'failed'> => ({
  dirty:
    marks === 'everything'
      ? marks
      : hoursOf(
          zone,
          marks.map((mark) => mark.quarter),
        ),
  failed: hoursOf(zone, failed),
})

interface Held extends Record<string, unknown> {
  id: number
  quarters: Instant[]
  from: Instant | null
  until: Instant | null
  oldestFirst: boolean
}

/**
 * What the holder of the account's roll lock works on: the quarters that a sweep would take, or the next day of a running
 * backfill. Who of them holds it nobody can tell, and the other one comes next, so it is said of both.
 */
function underRoll(zone: Zone, held: Held | undefined): Pick<LedgerFacts, 'rolling' | 'rollingDays'> {
  const { quarters = [], from = null, until = null, oldestFirst = false } = held ?? {}
  const rolling = hoursOf(zone, quarters)
  if (from === null || until === null || from >= until) return { rolling, rollingDays: [] }
  const start = unitStart(zone, oldestFirst ? from : until - 1, 'day')
  return { rolling, rollingDays: [{ from: start, until: unitStart(zone, start, 'day', 1) }] }
}
