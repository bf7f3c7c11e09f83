import type { Pool } from '../../db.ts'
import { countAll, countBelow, type Bins } from '../../rollups/bins.ts'
import { answer, type Answer } from '../answer.ts'
import type { Reading } from '../report.ts'
import { EVER, isEmpty, totalsIn, type Range } from '../values.ts'

const channels = `select id, channel_type from inboxes
  where account_id = $1 and id = any ($2::bigint[]) and channel_type is not null order by channel_type, id`

/** First responses by how long they took: under 1, 4, 8 and 24 hours, and longer. A bound belongs to the longer one. */
export type ResponseBuckets = { '0-1h': number; '1-4h': number; '4-8h': number; '8-24h': number; '24h+': number }

/** By Chatwoot's class of the channel, such as `Channel::WebWidget`; only those that had first responses. */
export type ResponseDistribution = Record<string, ResponseBuckets>

/**
 * How long first responses took, by channel, in the range or (left out) ever. Inboxes of one channel are added up; events
 * of inboxes that are gone drop out, and those without a value show their channel and nothing else.
 */
export function responseDistribution(pool: Pool, accountId: number, range?: Range): Promise<Answer<ResponseDistribution>> {
  return answer(pool, accountId, (read) => distributionOf(read, range ?? EVER))
}

async function distributionOf(read: Reading, range: Range): Promise<ResponseDistribution> {
  if (isEmpty(range)) return {}
  // Events without a value are in no bin, but show their channel.
  const answered = await totalsIn(read, { dimension: 'inbox' }, range, ['avg_first_response_time'], false)
  const ids = answered.filter(({ figures }) => figures.avg_first_response_time.n > 0).map(({ id }) => id)
  const bounds = [range.since, range.until]
  const spreads = await read.spreads({ dimension: 'inbox', ...range, bounds, times: 'first_response' })
  const binsOf = new Map(spreads.map(({ id, bins }) => [id, bins]))
  const distribution: ResponseDistribution = {}
  for (const { id, channel_type } of await read.lookUp<{ id: number; channel_type: string }>(channels, [ids])) {
    distribution[channel_type] = added(distribution[channel_type], bucketsOf(binsOf.get(id) ?? new Map()))
  }
  return distribution
}

function bucketsOf(bins: Bins): ResponseBuckets {
  let counted = 0
  const until = (all: number) => {
    const before = counted
    counted = all
    return all - before
  }
  return {
    '0-1h': until(countBelow(bins, 3600)),
    '1-4h': until(countBelow(bins, 14_400)),
    '4-8h': until(countBelow(bins, 28_800)),
    '8-24h': until(countBelow(bins, 86_400)),
    '24h+': until(countAll(bins)),
  }
}

function added(sum: ResponseBuckets | undefined, one: ResponseBuckets): ResponseBuckets {
  if (!sum) return one
  return Object.fromEntries(
    Object.entries(one).map(([bucket, n]) => [bucket, sum[bucket as keyof ResponseBuckets] + n]),
  ) as ResponseBuckets
}
