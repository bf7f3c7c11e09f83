import type { Pool } from '../db.ts'
import { countAll, countBelow, type Bins } from '../rollups/bins.ts'
import type { Filter } from '../rollups/rolling/filter.ts'
import { answer, type Answer } from './answer.ts'
import { isEmpty, type Range } from './values.ts'

/** Times from a bound on belong to the bucket above it. The last has no end; the others end at published edges of the bins. */
const buckets = [
  { bucket: '0-5min', below: 300 },
  { bucket: '5-15min', below: 900 },
  { bucket: '15-30min', below: 1800 },
  { bucket: '30-60min', below: 3600 },
  { bucket: '1hr+', below: Infinity },
] as const

/** How many first responses took a time within some bounds. */
export interface ResponseBucket {
  bucket: (typeof buckets)[number]['bucket']
  count: number
}

export interface FirstResponseBucketsAsked {
  range: Range
  filter?: Filter | undefined
  businessHours?: boolean
}

/**
 * First responses of the range by how long they took: five buckets, always all of them. Responses whose time is not known
 * (in business hours, where these are asked for) are in none.
 */
export function firstResponseBuckets(
  pool: Pool,
  accountId: number,
  { range, filter, businessHours = false }: FirstResponseBucketsAsked,
): Promise<Answer<ResponseBucket[]>> {
  return answer(pool, accountId, async (read) => {
    const { since, until } = range
    const asked = { dimension: 'account', since, until, bounds: [since, until], times: 'first_response' } as const
    const [row] = isEmpty(range) ? [] : await read.spreads({ ...asked, filter, businessHours })
    return bucketsOf(row?.bins ?? new Map())
  })
}

function bucketsOf(bins: Bins): ResponseBucket[] {
  let counted = 0
  return buckets.map(({ bucket, below }) => {
    const before = counted
    counted = below === Infinity ? countAll(bins) : countBelow(bins, below)
    return { bucket, count: counted - before }
  })
}
