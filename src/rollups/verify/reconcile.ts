import type { Instant } from '../../clock.ts'
import { isFaultOfRows, many, maybeOne, run, sql, transaction, type Pool, type Queryable } from '../../db.ts'
import { unitStart } from '../../time/calendar.ts'
import { mendClaims } from './claims.ts'
import { coverageOf, type Coverage, type Span } from '../coverage.ts'
import type { Difference } from './differences.ts'
import { bucketsTouched, dirtyQuarters } from '../rolling/dirty.ts'
import { rolledDays } from './rolled-days.ts'
import { RECENT_SECONDS } from './turn-times.ts'
import { verifiedDays } from './verified-days.ts'
import { verifyDays } from './verify-days.ts'

const finishTurn = sql(import.meta.url, './finish-turn.sql')

/** Local days, with the present one, that are recomputed every day. */
const RECENT_DAYS = 3
/** A turn that was killed comes again after this long. */
const CLAIM_SECONDS = 600
const MINUTE = 60
const DAY_SECONDS = 86_400

export interface ReconcileOptions {
  /** Days in which everything that is rolled comes by once. */
  cycleDays: number
  signal?: AbortSignal
  /** Random numbers from 0 to 1. */
  random?: () => number
  /** Told of what differed in a transaction, once it has committed. */
  onMismatch?: (accountId: number, differences: readonly Difference[]) => void
}

export interface Reconciled extends Record<string, number> {
  days: number
  mismatches: number
}

/** The accounts whose turn has come, the longest waiting first, at most 100. Those that were rolled for the first time join in. */
export async function dueReconciliations(pool: Pool, now: Instant): Promise<number[]> {
  await run(
    pool,
    `insert into tidemark.reconciliations (account_id, due_at)
     select account_id, to_timestamp($1) from tidemark.accounts where rolled_zone is not null on conflict do nothing`,
    [now],
  )
  const rows = await many<{ id: number }>(
    pool,
    `select account_id as id from tidemark.reconciliations where due_at <= to_timestamp($1) order by due_at limit 100`,
    [now],
  )
  return rows.map((row) => row.id)
}

/**
 * An account's turn: its recent days once a day, all of them, and of the others as many as must come by for all to do so in
 * `cycleDays`, one a transaction, so that a live roll never waits for more than a day's recomputing. What is verified is a row,
 * and the turn itself is one: killed anywhere, the next goes on. Returns undefined when somebody else has the turn.
 */
export async function reconcileAccount(
  pool: Pool,
  accountId: number,
  now: Instant,
  { cycleDays, signal, random = Math.random, onMismatch }: ReconcileOptions,
): Promise<Reconciled | undefined> {
  const turn = await claimTurn(pool, accountId, now)
  if (!turn) return undefined
  const done: Reconciled = { days: 0, mismatches: 0 }
  const told = (differences: readonly Difference[]) => {
    done.mismatches += differences.length
    if (differences.length > 0) onMismatch?.(accountId, differences)
  }
  const isRecentDue = turn.recentAt === null || turn.recentAt + RECENT_SECONDS <= now
  if (isRecentDue) told(await transaction(pool, (tx) => mendClaims(tx, accountId, now)))
  const coverage = await coverageOf(pool, accountId)
  const days = coverage ? await rolledDays(pool, accountId, coverage, now) : []
  const plan = coverage ? await planTurn(pool, accountId, coverage, { days, isRecentDue, cycleDays, now, random }) : NOTHING
  for (const day of plan.chosen) {
    if (signal?.aborted) break
    told(await verifyDay(pool, accountId, plan.zone, day, now))
    done.days++
  }
  const isWhole = done.days === plan.chosen.length
  await run(pool, finishTurn, [
    accountId,
    isWhole ? Math.min(now + plan.everySeconds, (isRecentDue ? now : turn.recentAt!) + RECENT_SECONDS) : now,
    isWhole && isRecentDue ? now : null,
    days.map((day) => day.from),
  ])
  return done
}

/** Takes the turn, so that no other worker does the same at once. */
function claimTurn(pool: Pool, accountId: number, now: Instant): Promise<{ recentAt: Instant | null } | undefined> {
  return maybeOne<{ recentAt: Instant | null }>(
    pool,
    `update tidemark.reconciliations set due_at = to_timestamp($2::float8 + $3)
     where account_id = $1 and due_at <= to_timestamp($2) returning extract(epoch from recent_at)::float8 as "recentAt"`,
    [accountId, now, CLAIM_SECONDS],
  )
}

interface Turn {
  zone: Coverage['zone']
  chosen: Span[]
  /** How soon the next turn is. */
  everySeconds: number
}

const NOTHING: Turn = { zone: { name: 'UTC', starts: [-Infinity], offsets: [0] }, chosen: [], everySeconds: DAY_SECONDS }

interface Situation extends Pick<ReconcileOptions, 'cycleDays'> {
  days: Span[]
  isRecentDue: boolean
  now: Instant
  random: () => number
}

async function planTurn(
  db: Queryable,
  accountId: number,
  { zone }: Coverage,
  { days, isRecentDue, cycleDays, now, random }: Situation,
): Promise<Turn> {
  const since = unitStart(zone, now, 'day', 1 - RECENT_DAYS)
  const until = unitStart(zone, now, 'day', 1)
  const isRecent = (day: Span) => day.from >= since && day.from < until
  const others = days.filter((day) => !isRecent(day))
  const everySeconds = Math.max(MINUTE, (cycleDays * DAY_SECONDS) / Math.max(1, others.length))
  const wanted = Math.ceil((others.length * everySeconds) / (cycleDays * DAY_SECONDS))
  const clean = await withoutDirty(db, accountId, zone, others)
  const old = draw(clean, await verifiedDays(db, accountId), wanted, random)
  // Newest first: a wrong figure of yesterday is the one that somebody looks at.
  const recent = isRecentDue ? days.filter(isRecent).toReversed() : []
  return { zone, chosen: [...recent, ...old], everySeconds }
}

/** The share of turns that goes to days that are not verified, while there are such. */
const UNVERIFIED_FIRST = 0.9

/**
 * Days by lot: mostly one that is not verified, else one whose verification is among the oldest. Never the oldest alone: it would
 * be the same day for ever where one cannot be settled.
 */
function draw(days: Span[], verified: ReadonlyMap<Instant, Instant>, wanted: number, random: () => number): Span[] {
  const fresh = shuffled(
    days.filter((day) => !verified.has(day.from)),
    random,
  )
  const known = days.filter((day) => verified.has(day.from)).sort((a, b) => verified.get(a.from)! - verified.get(b.from)!)
  const eldest = shuffled(known.splice(0, Math.max(3, wanted, Math.ceil(days.length / 20))), random)
  const chosen: Span[] = []
  while (chosen.length < wanted && fresh.length + eldest.length > 0) {
    const isFresh = eldest.length === 0 || (fresh.length > 0 && random() < UNVERIFIED_FIRST)
    chosen.push((isFresh ? fresh : eldest).pop()!)
  }
  return chosen
}

function shuffled(days: Span[], random: () => number): Span[] {
  const drawn = days.map((day) => ({ day, lot: random() }))
  return drawn.sort((a, b) => a.lot - b.lot).map(({ day }) => day)
}

/** A dirty day is rolled soon, which takes its verification back: its turn is later. */
async function withoutDirty(db: Queryable, accountId: number, zone: Coverage['zone'], days: Span[]): Promise<Span[]> {
  const dirty = await dirtyQuarters(db, accountId, days[0]?.from ?? Infinity)
  if (dirty === 'everything') return []
  const hours = bucketsTouched(
    zone,
    dirty.map((mark) => mark.quarter),
  )
  const touched = new Set(hours.map((hour) => unitStart(zone, hour.from, 'day')))
  return days.filter((day) => !touched.has(day.from))
}

/** A day that cannot be recomputed, its values being beyond every number, say, is no difference and holds up no other. */
async function verifyDay(pool: Pool, accountId: number, zone: Coverage['zone'], day: Span, now: Instant): Promise<Difference[]> {
  try {
    return (await transaction(pool, (tx) => verifyDays(tx, accountId, zone, [day], { repair: true, now }))).differences
  } catch (error) {
    if (isFaultOfRows(error)) return []
    throw error
  }
}
