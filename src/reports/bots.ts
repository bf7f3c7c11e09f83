import type { Instant } from '../clock.ts'
import { many, sql } from '../db.ts'
import type { Span } from '../rollups/coverage.ts'
import { filterClause, filterColumns } from '../rollups/rolling/filter.ts'
import type { Sums } from '../rollups/metrics.ts'
import { dimensions } from '../rollups/parts.ts'
import { botConversations } from '../rollups/rolling/statements.ts'
import type { Ask, SumsRow } from './sums.ts'

const botRepeats = sql(import.meta.url, './bot-repeats.sql')
const botRaw = sql(import.meta.url, './bot-raw.sql')
const botFinal = sql(import.meta.url, './bot-final.sql')

/** What is to be added to the plain counts of a piece and id. */
interface Correction<Id = number> {
  piece: number
  id: Id
  handoffs: number
  resolutions: number
}

/**
 * Turns counts of bot events into counts without repeats: handoffs become distinct conversations per piece that still exist,
 * resolutions lose those whose conversation, existing or not, was handed off anywhere in the range. Rolled events carry their nearest handoffs, which tell
 * the repeats of any range; conversations with events in the raw slivers, where those may be out of date, are counted
 * from their raw rows as a whole, and where those were purged from what was rolled.
 * @param rawSince from when on raw rows are there
 */
export async function correctBots(ask: Ask, sums: SumsRow[], rawSince: Instant): Promise<SumsRow[]> {
  const touched = await touchedConversations(ask)
  const corrections = [...(await rolledRepeats(ask, touched)), ...(await rawRepeats(ask, touched, rawSince))]
  addDetached(sums)
  const byKey = new Map(sums.map((row) => [`${row.piece} ${row.id}`, row]))
  for (const { piece, id, handoffs, resolutions } of corrections) {
    const row = byKey.get(`${piece} ${id}`)
    if (!row) continue
    row.sums.bot_handoffs = (row.sums.bot_handoffs ?? 0) + handoffs
    row.sums.bot_resolutions = (row.sums.bot_resolutions ?? 0) + resolutions
  }
  return sums
}

export async function touchedConversations({ tx, accountId, cover }: Pick<Ask, 'tx' | 'accountId' | 'cover'>): Promise<number[]> {
  if (cover.raw.length === 0) return []
  const from = cover.raw.map((slice) => slice.from)
  const until = cover.raw.map((slice) => slice.until)
  return (await many<{ id: number }>(tx, botConversations, [accountId, from, until])).map((row) => row.id)
}

async function rolledRepeats({ tx, accountId, question, scope, pieces, cover }: Ask, touched: number[]): Promise<Correction[]> {
  const runs = [...cover.month, ...cover.day, ...cover.hour]
  if (runs.length === 0) return []
  const rows = await many<{ piece: number; id: number; handoffs: number; resolutions: number }>(tx, botRepeats, [
    accountId,
    dimensions[scope.dimension],
    scope.ids,
    runs.map((run) => run.from),
    runs.map((run) => run.until),
    pieces.map((piece) => piece.from),
    question.since,
    question.until,
    touched,
  ])
  return rows.map((row) => ({ ...row, handoffs: -row.handoffs, resolutions: -row.resolutions }))
}

/** A bot event of an id; ids that overlap have one each. */
export interface BotEvent<Id extends number | string = number> extends Record<string, unknown> {
  at: Instant
  handoff: boolean
  conversation_id: number
  gone: boolean
  id: Id
}

async function rawRepeats(
  { tx, accountId, question, scope, pieces }: Ask,
  touched: number[],
  rawSince: Instant,
): Promise<Correction[]> {
  if (touched.length === 0) return []
  const from = Math.max(question.since, pieces[0]!.from)
  const until = pieces.at(-1)!.until
  const purged = Math.min(until, rawSince)
  const values: unknown[] = [accountId, touched, Math.max(from, purged), until, dimensions[scope.dimension], scope.ids]
  const filter = filterClause(scope.filter, filterColumns.events, (ids) => `$${values.push(ids)}`)
  const events = await many<BotEvent>(
    tx,
    botRaw.replace('/*filter*/', () => filter),
    values,
  )
  const final =
    from < purged
      ? await many<BotEvent>(tx, botFinal, [accountId, touched, from, purged, dimensions[scope.dimension], scope.ids])
      : []
  return repeatsAmong([...final, ...events], (at) => pieceAt(pieces, at))
}

/** The repeats among all bot events of some conversations in a range. */
export function repeatsAmong<Id extends number | string>(
  events: readonly BotEvent<Id>[],
  pieceOf: (at: Instant) => number,
): Correction<Id>[] {
  const handedOff = new Set(events.filter((event) => event.handoff).map((event) => `${event.id} ${event.conversation_id}`))
  const seen = new Set<string>()
  return events.map((event) => {
    const piece = pieceOf(event.at)
    const conversation = `${event.id} ${event.conversation_id}`
    if (!event.handoff) return { piece, id: event.id, handoffs: 0, resolutions: handedOff.has(conversation) ? -1 : 0 }
    const repeated = event.gone || seen.has(`${piece} ${conversation}`)
    seen.add(`${piece} ${conversation}`)
    return { piece, id: event.id, handoffs: repeated ? -1 : 0, resolutions: 0 }
  })
}

function pieceAt(pieces: readonly Span[], at: Instant): number {
  let low = 0
  let high = pieces.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (pieces[middle]!.from <= at) low = middle
    else high = middle - 1
  }
  return low
}

/**
 * A resolution without a conversation counts only while nobody was handed off in the range: Chatwoot asks for conversations
 * NOT IN the handed-off ones, and SQL's answer for "no conversation" is unknown as soon as there is one. Before the
 * handoffs are corrected, as those of conversations that are gone stand in the way, too.
 */
export function addDetached(sums: readonly { id: unknown; sums: Sums }[]): void {
  const handedOff = new Set(sums.filter((row) => (row.sums.bot_handoffs ?? 0) > 0).map((row) => row.id))
  for (const { id, sums: parts } of sums) {
    if (handedOff.has(id)) continue
    parts.bot_resolutions = (parts.bot_resolutions ?? 0) + (parts.bot_resolutions_detached ?? 0)
  }
}
