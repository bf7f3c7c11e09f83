import type { Instant } from '../clock.ts'
import { many, maybeOne, run, sql, type Queryable } from '../db.ts'
import { unitStart } from '../time/calendar.ts'
import { rulesOf, rulesUntil, type Zone } from '../time/zone.ts'
import { zoneNamed } from '../time/zones.ts'
import { adoptDefinitions } from './definitions/adopt-definitions.ts'
import { DEFINITIONS } from './definitions/definitions.ts'
import { NOTHING_PURGED, type Kept } from './kept.ts'

/** Of the account `$1` by the definitions `$2`: a row, or none when no zone has been settled yet. */
export const readCoverage = sql(import.meta.url, './coverage.sql')
const readCoverages = readCoverage.replace('where a.account_id = $1', 'where a.account_id = any ($1::bigint[])')

/** A stretch of time, [from, until); the ends may be infinite. */
export interface Span {
  from: Instant
  until: Instant
}

export interface Coverage {
  /** The zone whose clock the account's buckets follow. */
  zone: Zone
  /** The stretches that have been rolled, ascending and apart from each other. */
  covered: Span[]
  /** Days and months that end by then have rows, where they are covered. A start of a day. */
  mergedThrough: Instant
  kept: Kept
}

/** What `readCoverage` gives. */
export interface CoverageRow extends Record<string, unknown> {
  id: number
  zone: string
  rules: string
  rawRules: string | null
  merged: number
  starts: Instant[]
  ends: Instant[]
  first: number | null
  raw: number | null
  hourly: number | null
  daily: number | null
}

/** How far an account is rolled; undefined when no zone has been settled yet, so that nothing is. */
export async function coverageOf(db: Queryable, accountId: number): Promise<Coverage | undefined> {
  const row = await maybeOne<CoverageRow>(db, readCoverage, [accountId, DEFINITIONS])
  return row && coverageFrom(db, row)
}

/** The same of several accounts in one statement; those for which no zone has been settled have no entry. */
export async function coveragesOf(db: Queryable, accountIds: readonly number[]): Promise<Map<number, Coverage>> {
  const coverages = new Map<number, Coverage>()
  for (const row of await many<CoverageRow>(db, readCoverages, [accountIds, DEFINITIONS])) {
    coverages.set(row.id, await coverageFrom(db, row))
  }
  return coverages
}

/** What a row says, in the zone of its name. */
export async function coverageFrom(db: Queryable, row: CoverageRow): Promise<Coverage> {
  const zone = await zoneNamed(db, row.zone)
  const kept = keptOf(zone, row)
  // Under other rules days start at other instants: until it is rolled anew nothing of it may be used. What cannot be rolled
  // again is as good as it was when its days still start where they did.
  const spans = row.starts.map((from, i) => ({ from, until: row.ends[i]! }))
  const isSame = row.rules === rulesOf(zone)
  const final = isSame || row.rawRules !== rulesUntil(zone, kept.raw) ? [] : before(spans, kept.raw)
  return { zone, covered: isSame ? spans : final, mergedThrough: row.merged, kept }
}

function keptOf(zone: Zone, { first, raw, hourly, daily }: CoverageRow): Kept {
  if (raw === null && hourly === null && daily === null) return NOTHING_PURGED
  return {
    first: first === null ? Infinity : unitStart(zone, first, 'month'),
    raw: raw ?? -Infinity,
    hourly: hourly ?? -Infinity,
    daily: daily ?? -Infinity,
  }
}

const before = (spans: Span[], end: Instant): Span[] =>
  spans.map(({ from, until }) => ({ from, until: Math.min(until, end) })).filter(({ from, until }) => from < until)

/** True when one of the stretches holds all of `span`. */
export const isWithin = (covered: readonly Span[], span: Span) =>
  covered.some(({ from, until }) => from <= span.from && span.until <= until)

/**
 * Records that a stretch has been rolled.
 * @throws Error when a release with other definitions has taken the account over
 */
export async function addCovered(tx: Queryable, accountId: number, { from, until }: Span): Promise<void> {
  const added = await run(
    tx,
    `update tidemark.accounts
     set covered = covered + tstzmultirange(tstzrange(to_timestamp($2), to_timestamp($3))),
       outdated = outdated - tstzmultirange(tstzrange(to_timestamp($2), to_timestamp($3)))
     where account_id = $1 and definitions = $4`,
    [accountId, from, until, DEFINITIONS],
  )
  if (added === 0) throw new Error(`account ${accountId} is not rolled by the definitions of this release`)
}

/**
 * Makes sure that the account has its row, a zone for its buckets and the definitions of this release, and returns its
 * coverage. An account without a row appeared after the triggers did, so that all of its history is in the dirty log: it
 * counts as covered. The caller holds the account's roll lock.
 *
 * @param zone for a first roll; afterwards the one that has been settled stays
 * @throws NewerDefinitions when a newer release rolls the account
 */
export async function ensureCoverage(tx: Queryable, accountId: number, zone: Zone, now: Instant): Promise<Coverage> {
  await run(
    tx,
    `insert into tidemark.accounts as a (account_id, rolled_zone, rolled_rules, merged_through, covered, definitions)
     values ($1, $2, $3, to_timestamp($4), '{[-infinity, infinity)}', $5)
     on conflict (account_id) do update
     set rolled_zone = excluded.rolled_zone, rolled_rules = excluded.rolled_rules, merged_through = excluded.merged_through,
       definitions = excluded.definitions
     where a.rolled_zone is null`,
    [accountId, zone.name, rulesOf(zone), unitStart(zone, now, 'day'), DEFINITIONS],
  )
  await adoptDefinitions(tx, accountId, now)
  const coverage = await coverageOf(tx, accountId)
  if (!coverage) throw new Error(`account ${accountId} has no coverage`)
  return coverage
}

/**
 * Takes the account's roll lock until the transaction ends: one roll at a time, so that no recompute that read earlier
 * can commit later. Whoever rolls takes it before reading anything.
 */
export async function lockRolls(tx: Queryable, accountId: number): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtext('tidemark roll'), $1::int)`, [accountId])
}
