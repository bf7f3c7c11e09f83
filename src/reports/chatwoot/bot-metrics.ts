import { sql, type Pool } from '../../db.ts'
import type { AdditiveMetric } from '../../rollups/metrics.ts'
import { answer, type Answer } from '../answer.ts'
import type { Reading } from '../report.ts'
import { isEmpty, totalsIn, valuesOf, type Range } from '../values.ts'

const botInboxes = sql(import.meta.url, '../bot-inboxes.sql')
const botMessages = sql(import.meta.url, './bot-messages.sql')
const botResolved = sql(import.meta.url, './bot-resolved.sql')

/** What bots had to do with: counts, and two rates in whole percent. */
export interface BotMetrics {
  conversationCount: number
  messageCount: number
  resolutionRate: number
  handoffRate: number
}

const NOTHING: BotMetrics = { conversationCount: 0, messageCount: 0, resolutionRate: 0, handoffRate: 0 }

/**
 * Chatwoot's bot metrics: conversations created in the range in inboxes that have a bot now, outgoing messages of those in
 * the range, and which share bots resolved and handed off. The shares' numerators are conversations of any inbox and of
 * any age, so a share can pass 100.
 */
export function botMetrics(pool: Pool, accountId: number, range: Range): Promise<Answer<BotMetrics>> {
  return answer(pool, accountId, async (read) => {
    if (isEmpty(range)) return NOTHING
    read.requireRaw(range.since)
    const inboxes = (await read.raw<{ id: number }>(botInboxes)).map((row) => row.id)
    const conversations = await conversationsIn(read, range, inboxes)
    if (conversations === 0) return NOTHING
    const { since, until } = range
    const [written] = await read.raw<{ messages: number }>(botMessages, [since, until, inboxes])
    const [resolved] = await read.raw<{ conversations: number }>(botResolved, [since, until])
    const [account] = await totalsIn(read, { dimension: 'account' }, range, ['bot_handoffs_count'], false)
    const handedOff = valuesOf(['bot_handoffs_count'], account).bot_handoffs_count
    // In this order, for Chatwoot's roundings: 29 of 100 is 28.999999999999996 there, and cut to 28.
    const rate = (part: number) => Math.trunc((part / conversations) * 100)
    return {
      conversationCount: conversations,
      messageCount: written!.messages,
      resolutionRate: rate(resolved!.conversations),
      handoffRate: rate(handedOff),
    }
  })
}

/** Inboxes are added up as values. */
const ADDED = 'conversations_count' satisfies AdditiveMetric

async function conversationsIn(read: Reading, range: Range, inboxes: readonly number[]): Promise<number> {
  if (inboxes.length === 0) return 0
  const rows = await totalsIn(read, { dimension: 'inbox' }, range, [ADDED], false)
  const asked = new Set(inboxes)
  return rows.reduce((sum, { id, figures }) => sum + (asked.has(id) ? (figures[ADDED].value ?? 0) : 0), 0)
}
