import type { Instant } from '../src/clock.ts'
import type { Pool } from '../src/db.ts'
import { reading } from '../src/reports/reading.ts'
import type { Reading } from '../src/reports/report.ts'
import { summaryMetrics } from '../src/reports/summary.ts'
import type { MetricName } from '../src/rollups/metrics.ts'
import { bucketBounds, unitStart } from '../src/time/calendar.ts'
import type { Zone } from '../src/time/zone.ts'
import { liveAgents, liveLabels, liveSeries, liveSummary, type Live } from './live/questions.ts'
import { interleaved, milliseconds, type Comparison } from './measure.ts'

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
      await read.totals({ dimension: 'account', since, until, metrics: summaryMetrics })
      await read.totals({ dimension: 'account', since: since - (until - since), until: since, metrics: summaryMetrics })
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

/**
 * Each report over whole local days, as report pages ask for them, and once to the second, so that both ends are read from raw
 * rows. Live and from rollups by turns.
 */
export async function compareReads(
  pool: Pool,
  accountId: number,
  zone: Zone,
  now: Instant,
  rounds: number,
): Promise<Comparison[]> {
  const comparisons: Comparison[] = []
  const midnight = unitStart(zone, now, 'day')
  const ranges = [
    { title: '30 days', since: unitStart(zone, midnight, 'day', -30), until: midnight },
    { title: '365 days', since: unitStart(zone, midnight, 'day', -365), until: midnight },
    { title: '365 days to the second', since: unitStart(zone, midnight, 'day', -365) + 1234, until: midnight - 4321 },
  ]
  for (const { title, since, until } of ranges) {
    for (const { name, live, ours } of questions) {
      const [slow, fast] = (await interleaved(rounds, [
        () => live(pool, accountId, since, until),
        () => reading(pool, accountId, (read) => ours(read, since, until, zone)),
      ])) as [number, number]
      comparisons.push({
        name: `${name}, ${title}`,
        theirs: milliseconds(slow),
        ours: milliseconds(fast),
        ratio: slow / fast,
      })
    }
  }
  return comparisons
}
