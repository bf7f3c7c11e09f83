import type { Instant } from '../src/clock.ts'
import type { Pool } from '../src/db.ts'
import { reading } from '../src/reports/reading.ts'
import type { Reading } from '../src/reports/report.ts'
import type { MetricName } from '../src/rollups/metrics.ts'
import { bucketBounds } from '../src/time/calendar.ts'
import type { Zone } from '../src/time/zone.ts'
import { liveAgents, liveLabels, liveSeries, liveSummary, type Live } from './live/questions.ts'
import { interleaved, milliseconds, type Comparison } from './measure.ts'

const seven: MetricName[] = [
  'conversations_count',
  'incoming_messages_count',
  'outgoing_messages_count',
  'avg_first_response_time',
  'avg_resolution_time',
  'resolutions_count',
  'reply_time',
]
const table: MetricName[] = [
  'conversations_count',
  'resolutions_count',
  'avg_resolution_time',
  'avg_first_response_time',
  'reply_time',
]
const labelTable: MetricName[] = [
  'tagged_conversations_count',
  'tagged_resolutions_count',
  'created_resolution_time',
  'created_first_response_time',
  'created_reply_time',
]

type Ours = (read: Reading, since: Instant, until: Instant, zone: Zone) => Promise<unknown>

const questions: { name: string; live: Live; ours: Ours }[] = [
  {
    name: 'summary, 7 metrics × 2 periods',
    live: liveSummary,
    ours: async (read, since, until) => {
      await read.totals({ dimension: 'account', since, until, metrics: seven })
      await read.totals({ dimension: 'account', since: since - (until - since), until: since, metrics: seven })
    },
  },
  {
    name: 'agents',
    live: liveAgents,
    ours: (read, since, until) => read.totals({ dimension: 'agent', since, until, metrics: table }),
  },
  {
    name: 'labels',
    live: liveLabels,
    ours: (read, since, until) => read.totals({ dimension: 'label', since, until, metrics: labelTable }),
  },
  {
    name: 'reply time by day',
    live: liveSeries,
    ours: (read, since, until, zone) =>
      read.series({
        dimension: 'account',
        since,
        until,
        metrics: ['reply_time'],
        bounds: bucketBounds(zone, since, until, 'day'),
      }),
  },
]

/** Each report over 30 and 365 days that end at `until`, live and from rollups by turns. */
export async function compareReads(
  pool: Pool,
  accountId: number,
  zone: Zone,
  until: Instant,
  rounds: number,
): Promise<Comparison[]> {
  const comparisons: Comparison[] = []
  for (const days of [30, 365]) {
    const since = until - days * 86400
    for (const { name, live, ours } of questions) {
      const [slow, fast] = (await interleaved(rounds, [
        () => live(pool, accountId, since, until),
        () => reading(pool, accountId, (read) => ours(read, since, until, zone)),
      ])) as [number, number]
      comparisons.push({
        name: `${name}, ${days} days`,
        theirs: milliseconds(slow),
        ours: milliseconds(fast),
        ratio: slow / fast,
      })
    }
  }
  return comparisons
}
