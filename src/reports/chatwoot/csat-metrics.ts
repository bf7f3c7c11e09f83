import type { Pool } from '../../db.ts'
import type { MetricName } from '../../rollups/metrics.ts'
import { answer, type Answer } from '../answer.ts'
import { filterValues, onFiltered, type CsatFilter } from './csat-filter.ts'
import type { Reading } from '../report.ts'
import { isEmpty, totalsIn, type Range, type Subject } from '../values.ts'

/** How many responses of each rating that occurs, and how many surveys were sent. */
export interface CsatCounts {
  ratings: ReadonlyMap<number, number>
  surveys: number
}

const ratings = [1, 2, 3, 4, 5] as const
export const ratingMetrics = ratings.map((rating) => `csat_${rating}_count` as const) satisfies MetricName[]

const byRating = onFiltered(
  `select rating, count(*)::int as n from (/*found*/) as r where rating between 1 and 5 group by rating order by rating`,
)

/**
 * Responses that a filter lets through, by rating, and all surveys sent in the range: as with Chatwoot, these know no filter.
 * From rollups where the filter is an agent, an inbox or a team at most; other filters read the responses.
 */
export function csatCounts(pool: Pool, accountId: number, range: Range, filter: CsatFilter): Promise<Answer<CsatCounts>> {
  return answer(pool, accountId, async (read) => {
    const [sent] = await totalsIn(read, { dimension: 'account' }, range, ['csat_surveys_count'], false)
    const subject = subjectOf(filter)
    const counts = isEmpty(range) ? [] : subject ? await rolled(read, subject, range) : await raw(read, range, filter)
    return { ratings: new Map(counts.filter(([, n]) => n > 0)), surveys: sent?.figures.csat_surveys_count.value ?? 0 }
  })
}

/** What rollups are filed under that is all of a filter. */
function subjectOf({ agentIds, inboxId, teamId, rating }: CsatFilter): Subject | undefined {
  const asked = [agentIds, inboxId, teamId, rating].filter((one) => one !== undefined)
  if (asked.length === 0) return { dimension: 'account' }
  const [agentId] = agentIds ?? []
  if (asked.length > 1 || rating !== undefined || (agentIds && agentIds.length !== 1)) return undefined
  const id = agentId ?? inboxId ?? teamId ?? 0
  // Of no agent, inbox or team there are rows, too, under 0: no filter means those.
  return id > 0 ? { dimension: agentIds ? 'agent' : inboxId === undefined ? 'team' : 'inbox', id } : undefined
}

async function rolled(read: Reading, subject: Subject, range: Range): Promise<[rating: number, n: number][]> {
  const [row] = await totalsIn(read, subject, range, ratingMetrics, false)
  return ratings.map((rating) => [rating, row?.figures[`csat_${rating}_count`].value ?? 0])
}

async function raw(read: Reading, range: Range, filter: CsatFilter): Promise<[rating: number, n: number][]> {
  read.requireRaw(range.since)
  const rows = await read.raw<{ rating: number; n: number }>(byRating, filterValues(range, filter))
  return rows.map(({ rating, n }) => [rating, n])
}
