import { totalDelta } from './circumstances.ts'
import type { Delta } from './delta.ts'
import { count, figure } from './format.ts'
import { noteOf, type DigestMetric, type Snapshot } from '../snapshot/snapshot.ts'
import { wordsOf } from './words/choose.ts'
import type { Words } from './words/words.ts'

/** A key figure. */
export interface Tile {
  label: string
  value: string
  delta: Pick<Delta, 'tone' | 'arrow' | 'text'>
  /** The value of the previous period, or empty where it is not compared. */
  before: string
  /** How many cases an average is made from; empty for a count. */
  n: string
}

const tileMetrics = [
  'conversations_count',
  'resolutions_count',
  'avg_first_response_time',
  'avg_resolution_time',
  'reply_time',
] as const satisfies readonly DigestMetric[]

/** Six metrics: CSAT is one of them where surveys are sent, else what is left open. */
export function metricsOnTiles({ totals }: Snapshot): DigestMetric[] {
  const surveyed = (['csat_surveys_count', 'csat_responses_count'] as const).some(
    (metric) => (totals[metric].current.value ?? 0) + (totals[metric].previous.value ?? 0) > 0,
  )
  return [...tileMetrics, surveyed ? 'csat_score' : 'open_conversations_count']
}

export function tilesOf(snapshot: Snapshot): Tile[] {
  const words = wordsOf(snapshot.language)
  return metricsOnTiles(snapshot).map((metric) => {
    const { unit } = noteOf(snapshot, metric)
    const { current, previous } = snapshot.totals[metric]
    return {
      label: tileLabel(words, snapshot, metric),
      value: figure(words, unit, current),
      delta: totalDelta(snapshot, metric),
      before: isCompared(snapshot) && previous.value !== null ? figure(words, unit, previous) : '',
      n: unit === 'count' ? '' : count(words, current.n),
    }
  })
}

/** Whether figures of a previous period are shown at all. */
export function isCompared({ comparison, data }: Snapshot): boolean {
  return comparison === 'full' && data.periodOver
}

/** What a metric is called where there is little room. */
export function tileLabel(words: Words, snapshot: Snapshot, metric: DigestMetric): string {
  return words.tiles(metric, snapshot.cadence) ?? titleOf(words, snapshot, metric).title
}

/** What a metric is called and means; in English as it was written down when the figures were taken. */
export function titleOf(words: Words, snapshot: Snapshot, metric: DigestMetric): { title: string; definition: string } {
  return words.metrics[metric] ?? noteOf(snapshot, metric)
}
