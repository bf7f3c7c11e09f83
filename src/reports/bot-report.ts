import { sql, type Pool } from '../db.ts'
import { answer, type Answer } from './answer.ts'
import { isEmpty, type Range } from './values.ts'

const botInboxes = sql(import.meta.url, './bot-inboxes.sql')
const botHandled = sql(import.meta.url, './bot-handled.sql')

/** What bots did for the conversations that they got. */
export interface BotReport {
  /** Conversations created in the range in the inboxes. */
  total_conversations: number
  /** Those of them that were not handed off in the range. */
  bot_handled: number
  bot_handoffs: number
  /** bot_handled in percent of the total; null without conversations. */
  bot_resolution_rate: number | null
  /** Mean seconds from creation to resolution by a bot, of the resolutions in the range; null where no time is known. */
  avg_bot_resolution_time: number | null
  /** How many resolutions the mean is made from. */
  avg_bot_resolution_time_n: number
}

const NOTHING: BotReport = {
  total_conversations: 0,
  bot_handled: 0,
  bot_handoffs: 0,
  bot_resolution_rate: null,
  avg_bot_resolution_time: null,
  avg_bot_resolution_time_n: 0,
}

export interface BotReportAsked {
  range: Range
  /** The inboxes to report on; without, those that have an active bot at this moment. */
  inboxIds?: readonly number[] | undefined
  businessHours?: boolean
}

/** What bots handled and handed off of the conversations created in the range, and how long their resolutions in it took. */
export function botReport(
  pool: Pool,
  accountId: number,
  { range, inboxIds, businessHours = false }: BotReportAsked,
): Promise<Answer<BotReport>> {
  return answer(pool, accountId, async (read) => {
    if (isEmpty(range)) return NOTHING
    read.requireRaw(range.since)
    const inbox = inboxIds ?? (await read.raw<{ id: number }>(botInboxes)).map(({ id }) => id)
    if (inbox.length === 0) return NOTHING
    const { since, until } = range
    const asked = { dimension: 'account', since, until, metrics: ['conversations_count'], filter: { inbox } } as const
    const total = (await read.totals(asked))[0]?.figures.conversations_count.n ?? 0
    const [bots] = await read.raw<{ handoffs: number; resolutions: number; mean: number | null }>(botHandled, [
      since,
      until,
      inbox,
      businessHours,
    ])
    const { handoffs, resolutions, mean } = bots!
    const handled = total - handoffs
    return {
      total_conversations: total,
      bot_handled: handled,
      bot_handoffs: handoffs,
      bot_resolution_rate: total === 0 ? null : (100 * handled) / total,
      avg_bot_resolution_time: mean,
      avg_bot_resolution_time_n: resolutions,
    }
  })
}
