import { many, run, sql, type Client } from '../db.ts'
import { unitsHolding } from '../time/calendar.ts'
import type { Zone } from '../time/zone.ts'
import { binEdges } from './bins.ts'
import type { Span } from './coverage.ts'
import { dimensions, type Dimension } from './parts.ts'
import { botConversations, coarser, grains, mergeHours, type Grain } from './statements.ts'

const mergeBotEvents = sql(import.meta.url, './merge-bot-events.sql')
const everyDimension = Object.keys(dimensions) as Dimension[]

/**
 * Recomputes hours of an account from its raw rows and replaces their rollup rows, then the days and months they belong
 * to. Once or ten times: the same rows. The caller holds the account's roll lock, and took it in an earlier statement
 * than this one's reads, so that they see every change whose mark was taken off the log.
 *
 * @param hours whole buckets of `zone`, ascending
 * @param only the dimensions to recompute; the others keep their rows
 */
export async function rollHours(tx: Client, accountId: number, zone: Zone, hours: Span[], only: Dimension[] = everyDimension) {
  if (hours.length === 0) return
  const codes = only.map((name) => dimensions[name])
  await preferIndexes(tx)
  await clear(tx, accountId, grains[0], hours, codes)
  await run(tx, mergeHours, [accountId, starts(hours), ends(hours), codes, null, binEdges])
  for (const { grain, merge, mergeHistograms } of coarser) {
    const buckets = unitsHolding(zone, starts(hours), grain.unit)
    await clear(tx, accountId, grain, buckets, codes)
    await run(tx, merge, [accountId, starts(buckets), ends(buckets), codes])
    await run(tx, mergeHistograms, [accountId, starts(buckets), ends(buckets), codes])
  }
  await rollBotEvents(tx, accountId, hours)
}

/**
 * The planner cannot know how narrow an interval is that comes from an array: it takes it for 0.5 % of the table and would
 * read all of it for one hour. By index every interval costs what its own rows cost.
 */
export async function preferIndexes(tx: Client): Promise<void> {
  await tx.query('set local enable_seqscan = off; set local enable_mergejoin = off; set local enable_bitmapscan = off')
}

async function clear(tx: Client, accountId: number, grain: Grain, buckets: Span[], codes: number[]): Promise<void> {
  for (const table of [grain.rollup, grain.histogram]) {
    await run(
      tx,
      `delete from tidemark.${table} where account_id = $1 and dimension = any ($2::smallint[])
       and bucket = any (array(select to_timestamp(unnest($3::float8[]))))`,
      [accountId, codes, starts(buckets)],
    )
  }
}

/** Whole conversations: an event that appears or goes changes what its neighbours in other hours say of it. */
async function rollBotEvents(tx: Client, accountId: number, hours: Span[]): Promise<void> {
  const rows = await many<{ id: number }>(tx, botConversations, [accountId, starts(hours), ends(hours)])
  if (rows.length === 0) return
  const ids = rows.map((row) => row.id)
  await run(tx, 'delete from tidemark.bot_events where account_id = $1 and conversation_id = any ($2::bigint[])', [
    accountId,
    ids,
  ])
  await run(tx, mergeBotEvents, [accountId, ids])
}

const starts = (spans: Span[]) => spans.map((span) => span.from)
const ends = (spans: Span[]) => spans.map((span) => span.until)
