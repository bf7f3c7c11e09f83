import { stopwatch } from '../../clock.ts'
import { many, run, sql, type Client } from '../../db.ts'
import { measure } from '../../measurements.ts'
import { unitsHolding } from '../../time/calendar.ts'
import type { Zone } from '../../time/zone.ts'
import { binEdges } from '../bins.ts'
import { isWithin, type Coverage, type Span } from '../coverage.ts'
import { dimensions, type Dimension } from '../parts.ts'
import { recordMerged, recordRoll } from './record-roll.ts'
import { botConversations, HOURLY, mergedGrains, mergeHours, type MergedUnit } from './statements.ts'
import { rolledTogether } from './together.ts'

const mergeBotEvents = sql(import.meta.url, './merge-bot-events.sql')
const finalBotEvents = sql(import.meta.url, './final-bot-events.sql')
const everyDimension = Object.keys(dimensions) as Dimension[]

/**
 * Recomputes hours of an account from its raw rows and replaces their rollup rows, then those of the days and months they
 * belong to, where these are over and covered. Once or ten times: the same rows. The caller holds the account's roll lock,
 * and took it in an earlier statement than this one's reads, so that they see every change whose mark was taken off the
 * log.
 *
 * @param hours whole buckets of the coverage's zone, ascending
 */
export async function rollHours(tx: Client, accountId: number, coverage: Coverage, hours: Span[]): Promise<void> {
  const together = rolledTogether(coverage, hours)
  if (together.length === 0) return
  const codes = everyDimension.map((name) => dimensions[name])
  await preferIndexes(tx)
  const elapsed = stopwatch()
  await replaceHours(tx, accountId, together, codes)
  measure('roll', { granularity: 'hour', buckets: together.length, seconds: elapsed() })
  const merged = await mergeUnits(tx, accountId, coverage, together, codes, true)
  await dropPurged(tx, accountId, coverage, together)
  await rollBotEvents(tx, accountId, coverage, together)
  await forgetVerified(tx, accountId, coverage.zone, together)
  await recordRoll(tx, accountId, merged)
}

/** The same for label rows alone, whose `created_` parts change with events at another time. Nothing else does then. */
export async function rollLabelRows(tx: Client, accountId: number, coverage: Coverage, hours: Span[]): Promise<void> {
  const together = rolledTogether(coverage, hours)
  if (together.length === 0) return
  await preferIndexes(tx)
  await replaceHours(tx, accountId, together, [dimensions.label])
  const merged = await mergeUnits(tx, accountId, coverage, together, [dimensions.label], false)
  await dropPurged(tx, accountId, coverage, together)
  await forgetVerified(tx, accountId, coverage.zone, together)
  await recordRoll(tx, accountId, merged)
}

/**
 * Makes the rows of days and months that have ended since the last time. While they go on, reports read them by the hour:
 * rolling the present hour then costs the hour's rows alone.
 */
export async function mergeEnded(tx: Client, accountId: number, coverage: Coverage, until: number): Promise<void> {
  const since = coverage.mergedThrough
  if (since >= until) return
  await preferIndexes(tx)
  // A month that ends holds days from before; the instants of its last day find it.
  const days = unitsHolding(coverage.zone, daysFrom(since, until), 'day').map(({ from }) => ({ from, until: from + 1 }))
  const codes = everyDimension.map((name) => dimensions[name])
  const merged = await mergeUnits(tx, accountId, { ...coverage, mergedThrough: until }, days, codes, true)
  await forgetVerified(tx, accountId, coverage.zone, days)
  await recordMerged(tx, accountId, until, merged)
}

/** What was found to be right of these days has been made anew. */
async function forgetVerified(tx: Client, accountId: number, zone: Zone, spans: Span[]): Promise<void> {
  await run(
    tx,
    `delete from tidemark.verified_days
     where account_id = $1 and day = any (array(select to_timestamp(unnest($2::float8[]))))`,
    [accountId, starts(unitsHolding(zone, starts(spans), 'day'))],
  )
}

const daysFrom = (since: number, until: number) =>
  Array.from({ length: Math.ceil((until - since) / 3600) }, (_, hour) => since + hour * 3600).filter((instant) => instant < until)

/**
 * The planner cannot know how narrow an interval is that comes from an array: it takes it for 0.5 % of the table and would
 * read all of it for one hour. By index every interval costs what its own rows cost.
 */
export async function preferIndexes(tx: Client): Promise<void> {
  await tx.query('set local enable_seqscan = off; set local enable_mergejoin = off; set local enable_bitmapscan = off')
}

async function replaceHours(tx: Client, accountId: number, hours: Span[], codes: number[]): Promise<void> {
  await clear(tx, accountId, HOURLY, hours, codes)
  await run(tx, mergeHours, [accountId, starts(hours), ends(hours), codes, null])
}

/**
 * Replaces the days and months that hold `spans`; those that are not covered as a whole, or still go on, have no rows. Returns
 * of which units there were any.
 * @param whole with histograms and the rows by tag and inbox, which change with all dimensions only
 */
async function mergeUnits(
  tx: Client,
  accountId: number,
  { zone, covered, mergedThrough }: Coverage,
  spans: Span[],
  codes: number[],
  whole: boolean,
): Promise<MergedUnit[]> {
  const merged: MergedUnit[] = []
  for (const grain of mergedGrains) {
    const units = unitsHolding(zone, starts(spans), grain.unit).filter(
      (unit) => unit.until <= mergedThrough && isWithin(covered, unit),
    )
    if (units.length === 0) continue
    merged.push(grain.unit)
    const values = [accountId, starts(units), ends(units), codes]
    const elapsed = stopwatch()
    await clear(tx, accountId, grain.rollup, units, codes)
    await run(tx, grain.merge, values)
    measure('roll', { granularity: grain.unit, buckets: units.length, seconds: elapsed() })
    if (!whole) continue
    await clear(tx, accountId, grain.histogram, units, codes)
    await run(tx, grain.mergeHistograms, grain.unit === 'day' ? [...values, binEdges] : values)
    await replaceTags(tx, accountId, grain, units)
  }
  return merged
}

/** Takes away again what days and months were made from where the account does not keep it. */
async function dropPurged(tx: Client, accountId: number, { zone, kept }: Coverage, hours: Span[]): Promise<void> {
  const codes = everyDimension.map((name) => dimensions[name])
  const early = hours.filter((hour) => hour.from < kept.hourly)
  if (early.length > 0) await clear(tx, accountId, HOURLY, early, codes)
  const days = unitsHolding(
    zone,
    hours.map((hour) => hour.from).filter((start) => start < kept.daily),
    'day',
  )
  if (days.length === 0) return
  const [{ rollup, histogram, tagged }] = mergedGrains
  for (const table of [rollup, histogram]) await clear(tx, accountId, table, days, codes)
  await clearTags(tx, accountId, tagged, days)
}

async function clear(tx: Client, accountId: number, table: string, buckets: Span[], codes: number[]): Promise<void> {
  await run(
    tx,
    `delete from tidemark.${table} where account_id = $1 and dimension = any ($2::smallint[])
     and bucket = any (array(select to_timestamp(unnest($3::float8[]))))`,
    [accountId, codes, starts(buckets)],
  )
}

async function replaceTags(tx: Client, accountId: number, grain: (typeof mergedGrains)[number], units: Span[]): Promise<void> {
  await clearTags(tx, accountId, grain.tagged, units)
  await run(tx, grain.mergeTags, [accountId, starts(units), ends(units)])
}

/**
 * Replaces the bot events of the conversations that have or had any in some hours. Whole conversations: an event that
 * appears or goes changes what its neighbours say of it, in hours that are not covered as well. Those whose raw events were
 * purged stay as they are, but for their neighbours.
 */
export async function rollBotEvents(tx: Client, accountId: number, { kept }: Coverage, hours: Span[]): Promise<void> {
  const changed = hours.filter((hour) => hour.from >= kept.raw)
  if (changed.length === 0) return
  const rows = await many<{ id: number }>(tx, botConversations, [accountId, starts(changed), ends(changed)])
  if (rows.length === 0) return
  const values = [accountId, rows.map((row) => row.id), kept.raw]
  await run(
    tx,
    'delete from tidemark.bot_events where account_id = $1 and conversation_id = any ($2::bigint[]) and at >= to_timestamp($3::float8)',
    values,
  )
  await run(tx, mergeBotEvents, values)
  if (kept.raw > -Infinity) await run(tx, finalBotEvents, values)
}

async function clearTags(tx: Client, accountId: number, table: string, buckets: Span[]): Promise<void> {
  await run(
    tx,
    `delete from tidemark.${table} where account_id = $1 and bucket = any (array(select to_timestamp(unnest($2::float8[]))))`,
    [accountId, starts(buckets)],
  )
}

const starts = (spans: Span[]) => spans.map((span) => span.from)
const ends = (spans: Span[]) => spans.map((span) => span.until)
