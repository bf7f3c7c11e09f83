import { sql, type Pool } from '../../db.ts'
import { invalid } from '../../errors.ts'
import { answer, type Answer } from '../answer.ts'
import { isEmpty, type Range } from '../values.ts'

const channels = sql(import.meta.url, './channels.sql')

/** Conversations by present status. */
export type StatusCounts = { open: number; resolved: number; pending: number; snoozed: number; total: number }

/** Six months as Chatwoot counts them, in seconds: half a year of 365.2425 days. */
export const CHANNELS_LONGEST = 15_778_476

/**
 * Conversations created in the range by the channel of their present inbox (Chatwoot's class, such as `Channel::Api`) and
 * present status; only channels that have any.
 * @throws Refusal (422) with Chatwoot's words for a range longer than CHANNELS_LONGEST.
 */
export async function channelSummary(pool: Pool, accountId: number, range: Range): Promise<Answer<Record<string, StatusCounts>>> {
  if (range.until - range.since > CHANNELS_LONGEST) throw invalid('Date range cannot exceed 6 months')
  return answer(pool, accountId, async (read) => {
    if (isEmpty(range)) return {}
    read.requireRaw(range.since)
    const rows = await read.raw<Omit<StatusCounts, 'total'> & { channel_type: string }>(channels, [range.since, range.until])
    return Object.fromEntries(
      rows.map(({ channel_type, ...counts }) => {
        const total = counts.open + counts.resolved + counts.pending + counts.snoozed
        return [channel_type, { ...counts, total }]
      }),
    )
  })
}
