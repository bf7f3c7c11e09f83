import type { Instant } from '../../clock.ts'
import { requireAccount } from '../../accounts/account.ts'
import { one, sql, transaction, type Client, type Pool } from '../../db.ts'
import { invalid } from '../../errors.ts'
import { DAY, type Zone } from '../../time/zone.ts'
import { bucketZone, daysOf, daysToRoll, firstWholeDay, stretchOf } from './backfill-days.ts'
import { sentDigests, type SentDigest } from './backfill-report.ts'
import { readBackfills, underWay, type Backfill } from './backfill-row.ts'
import { hoursIn } from './backfill-work.ts'
import { isWithin, type Span } from '../coverage.ts'
import { dayStates, type StateCounts } from '../freshness/ledger.ts'
import { ledgerFacts, type LedgerFacts } from '../freshness/ledger-facts.ts'
import { diffDays, type PlanDiff } from './plan-diff.ts'
import { daysToProbe, estimateOf, type Estimate } from './plan-estimate.ts'
import { coverageFingerprint, plannedOf, writePlan, type Planned } from './plan-text.ts'
import { rowsPerDay, writesOf, type PlannedWrites } from './plan-writes.ts'
import { bounds, joined } from '../spans.ts'
import { purgedRefusal } from './take-raw.ts'

const planRows = sql(import.meta.url, './plan-rows.sql')

/** Raw rows of a source that are counted; beyond it there are at least so many. */
const ROWS_COUNTED = 2_000_000
/** A stretch of 40 years; what is longer is a mistake. */
const DAYS_MAX = 15_000
/** Stretches to roll that a plan names; they are few, unless every other day is dirty. */
const SPANS_NAMED = 100

/** Raw rows that a backfill reads; counted up to `limit` each. */
export interface RawRowCounts {
  conversations: number
  messages: number
  reportingEvents: number
  surveyResponses: number
}

/** What a backfill would do. Made from one moment of the database; nothing is written. */
export interface BackfillPlan extends Planned {
  zone: Zone
  madeAt: Instant
  /** The whole local days that were asked for, and the states of their buckets. */
  stretch: Span
  days: StateCounts
  hours: StateCounts
  /** What of them is rolled. */
  roll: { days: number; hours: number; lastDay: Instant | null; spans: Span[]; isMore: boolean }
  /**
   * Days whose raw rows were purged: those that are rolled all the same, which erases them where the rows are not back; else those
   * of the stretch, which are left out. `refusal` says why it must not be started like this; null: it may.
   */
  purged: { span: Span; days: number; erased: boolean; refusal: string | null } | null
  rawRows: RawRowCounts
  /** Some source has more rows than were counted. */
  isMoreRows: boolean
  writes: PlannedWrites
  estimate: Estimate
  /** The backfill of the account that stands in its way. */
  underWay: Backfill | null
  /** Digests that were mailed with figures of what is rolled. */
  digests: { total: number; sent: SentDigest[] }
  /** Hand it back to start just this. */
  plan: string
  diff: PlanDiff | null
}

export interface PlanOptions {
  /** Days to recompute for a look at what would change. */
  diff?: number | 'all'
  recompute?: (work: () => Promise<PlanDiff>) => Promise<PlanDiff>
}

/** What is read at one moment. */
interface Known extends Omit<BackfillPlan, 'estimate' | 'diff' | 'writes'> {
  list: Span[]
  rolled: Span[]
  recent: Backfill[]
  perDay: number | null
}

/**
 * Plans a backfill: which days it rolls and why, what that reads and takes, what stands in its way. Writes nothing. With `diff`
 * it also recomputes that many days (or all, as far as the time goes) and tells what would change; without it, a few where no
 * recent backfill has told how long it takes. `recompute` does that work, or refuses to.
 * @throws Refusal 404 without such an account, 422 for an empty or endless range
 */
export async function planBackfill(
  pool: Pool,
  asked: Planned,
  now: Instant,
  { diff: sample = 0, recompute = (work) => work() }: PlanOptions = {},
): Promise<BackfillPlan> {
  if (!(asked.since < asked.until)) throw invalid('The range is empty: its start must be before its end.')
  const known = await transaction(pool, (tx) => knownOf(tx, asked, now), 'repeatable read read only')
  const { list, rolled, recent, perDay, ...plan } = known
  const probe = sample === 0 ? daysToProbe(recent) : sample
  const found =
    probe === 0 || list.length === 0
      ? null
      : await recompute(() => diffDays(pool, { accountId: asked.accountId, days: list, rolled, sample: probe }, now))
  const estimate = estimateOf(plan.roll.hours, asked, recent, found)
  return { ...plan, writes: writesOf(plan.roll.days, perDay, found), estimate, diff: sample === 0 ? null : found }
}

async function knownOf(tx: Client, asked: Planned, now: Instant): Promise<Known> {
  const { accountId } = asked
  await requireAccount(tx, accountId)
  const zone = await bucketZone(tx, accountId)
  const stretch = await stretchOf(tx, accountId, zone, asked, now)
  if ((stretch.until - stretch.from) / DAY > DAYS_MAX) throw invalid('The range is longer than 40 years. Plan a part of it.')
  const span = { from: stretch.from, until: stretch.until }
  const facts = await ledgerFacts(tx, { accountId, zone, ...span })
  const list = await daysToRoll(tx, accountId, asked, now)
  const spans = joined(list)
  const { counts } = dayStates(facts, daysOf(zone, span))
  const rawRows = await one<RawRowCounts & Record<string, unknown>>(tx, planRows, [accountId, ...bounds(spans), ROWS_COUNTED])
  const [active = null] = await readBackfills(tx, { accounts: [accountId], states: underWay })
  return {
    ...asked,
    zone,
    madeAt: now,
    stretch: span,
    ...counts,
    roll: {
      days: list.length,
      hours: hoursIn(zone, spans).length,
      lastDay: list.at(-1)?.from ?? null,
      spans: spans.slice(0, SPANS_NAMED),
      isMore: spans.length > SPANS_NAMED,
    },
    purged: purgedOf(facts, span, list, (await purgedRefusal(tx, accountId, plannedOf(zone, asked))) ?? null),
    rawRows,
    isMoreRows: Object.values(rawRows).some((rows) => rows === ROWS_COUNTED),
    underWay: active,
    digests: await sentDigests(tx, accountId, spans),
    plan: writePlan(plannedOf(zone, asked), now, await coverageFingerprint(tx, accountId)),
    list,
    rolled: facts.rolled,
    ...(await pastOf(tx, accountId, zone, list, facts.rolled)),
  }
}

/** Recent backfills, which tell how fast the account is rolled, and how many rows a day of it has. */
async function pastOf(tx: Client, accountId: number, zone: Zone, list: readonly Span[], rolled: readonly Span[]) {
  const recent = await readBackfills(tx, { accounts: [accountId], states: ['completed', 'completed_with_errors'] }, 5)
  const known = list.filter((day) => isWithin(rolled, day))
  // Where none of these days is rolled, those of recent backfills are like them.
  const alike = known.length > 0 ? known : joined(recent.flatMap(({ days }) => days)).flatMap((span) => daysOf(zone, span))
  return { recent, perDay: await rowsPerDay(tx, accountId, alike) }
}

function purgedOf({ zone, rawSince }: LedgerFacts, stretch: Span, list: Span[], refusal: string | null): BackfillPlan['purged'] {
  const kept = firstWholeDay(zone, rawSince)
  const rolled = list.filter(({ from }) => from < kept)
  const [erased] = joined(rolled)
  if (erased) return { span: erased, days: rolled.length, erased: true, refusal }
  if (kept <= stretch.from) return null
  const span = { from: stretch.from, until: Math.min(kept, stretch.until) }
  return { span, days: daysOf(zone, span).length, erased: false, refusal }
}
