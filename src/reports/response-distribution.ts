import { sql, type Pool } from '../db.ts'
import { answer, type Answer } from './answer.ts'
import type { Reading } from './report.ts'
import type { Range } from './values.ts'

const distribution = sql(import.meta.url, './response-distribution.sql')

/** First responses by how long they took: under 1, 4, 8 and 24 hours, and longer. A bound belongs to the longer one. */
export type ResponseBuckets = { '0-1h': number; '1-4h': number; '4-8h': number; '8-24h': number; '24h+': number }

/** By Chatwoot's class of the channel, such as `Channel::WebWidget`; only those that had first responses. */
export type ResponseDistribution = Record<string, ResponseBuckets>

type Row = { channel_type: string; hour_1: number; hours_4: number; hours_8: number; hours_24: number; longer: number }

/**
 * How long first responses took, by channel, in the range or (left out) ever. Inboxes of one channel are added up; events
 * of inboxes that are gone drop out, and those without a value show their channel and nothing else.
 */
export function responseDistribution(pool: Pool, accountId: number, range?: Range): Promise<Answer<ResponseDistribution>> {
  return answer(pool, accountId, (read) => distributionOf(read, range))
}

async function distributionOf(read: Reading, range: Range | undefined): Promise<ResponseDistribution> {
  const rows = await read.raw<Row>(distribution, [range?.since ?? null, range?.until ?? null])
  return Object.fromEntries(
    rows.map(({ channel_type, ...row }) => [
      channel_type,
      { '0-1h': row.hour_1, '1-4h': row.hours_4, '4-8h': row.hours_8, '8-24h': row.hours_24, '24h+': row.longer },
    ]),
  )
}
