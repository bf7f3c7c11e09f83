import type { Instant } from '../../clock.ts'
import type { Pool } from '../../db.ts'
import { bucketBounds, startOfLocal } from '../../time/calendar.ts'
import { UTC } from '../../time/zone.ts'
import { answer, type Answer } from '../answer.ts'
import { totalsIn, valuesOf } from '../values.ts'

/** What one agent did in a year. */
export interface YearInReview {
  year: number
  conversations: number
  /** The first of the days on which most of his conversations were created; null when there were none. */
  busiestDay: { start: Instant; conversations: number } | null
  /** Mean time to his first responses in seconds; null without any. */
  avgFirstResponseTime: number | null
}

const metrics = ['conversations_count', 'avg_first_response_time'] as const

/** An agent's calendar year in UTC: conversations that are his now, by creation, and his first responses. */
export function yearInReview(pool: Pool, accountId: number, userId: number, year: number): Promise<Answer<YearInReview>> {
  const since = Date.UTC(year, 0) / 1000
  const range = { since, until: startOfLocal(since, 'year', 1) }
  const subject = { dimension: 'agent', id: userId } as const
  return answer(pool, accountId, async (read) => {
    const [row] = await totalsIn(read, subject, range, metrics, false)
    const values = valuesOf(metrics, row)
    const bounds = bucketBounds(UTC, range.since, range.until, 'day')
    const days = await read.series({ ...subject, ...range, metrics: ['conversations_count'], bounds })
    const counts = days
      .map(({ piece, figures }) => ({ start: bounds[piece]!, conversations: figures.conversations_count.value ?? 0 }))
      .filter(({ conversations }) => conversations > 0)
      .sort((a, b) => b.conversations - a.conversations || a.start - b.start)
    return {
      year,
      conversations: values.conversations_count,
      busiestDay: counts[0] ?? null,
      avgFirstResponseTime: values.avg_first_response_time,
    }
  })
}
