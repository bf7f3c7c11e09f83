import type { Target } from '../../reports/targets.ts'
import type { Timed } from '../../rollups/parts.ts'
import type { Condition } from '../definition/definition.ts'
import {
  isQuiet,
  type DigestMetric,
  type Snapshot,
  type TableName,
  type TargetResult,
  type ThresholdResult,
} from '../snapshot/snapshot.ts'

/** The metric that shows each kind of time. */
export const metricOf = {
  first_response: 'avg_first_response_time',
  resolution: 'avg_resolution_time',
  reply: 'reply_time',
} as const satisfies Record<Timed, DigestMetric>

const tableOf = { inbox: 'inboxes', team: 'teams' } as const satisfies Partial<Record<Target['type'], TableName>>

/** Targets against the means of a snapshot's period; what the snapshot does not list has none. */
export function targetResults(
  targets: readonly Target[],
  { account, totals, tables }: Pick<Snapshot, 'account' | 'totals' | 'tables'>,
): TargetResult[] {
  return targets.flatMap((target) => {
    const { type, id, times, seconds } = target
    const subject =
      type === 'account' ? { name: account.name, figures: totals } : tables[tableOf[type]].find((entity) => entity.id === id)
    if (!subject) return []
    const { value, n } = subject.figures[metricOf[times]].current
    return [{ ...target, name: subject.name, value, n, missed: value !== null && value > seconds }]
  })
}

/** The limits of a digest against the figures of its period. Of nothing no limit is missed. */
export function thresholdResults({ thresholds }: Condition, totals: Snapshot['totals']): ThresholdResult[] {
  return thresholds.map(({ metric, limit, value }) => {
    const figure = totals[metric].current
    const missed = figure.value !== null && (limit === 'above' ? figure.value > value : figure.value < value)
    return { metric, limit, value, figure, missed }
  })
}

/** Why there is nothing to send, by what a digest makes it depend on; undefined when there is something. */
export function reasonToSkip(condition: Condition, snapshot: Snapshot): string | undefined {
  if (condition.when === 'has_data') return isQuiet(snapshot) ? 'nothing happened in the period' : undefined
  if (condition.when === 'always') return undefined
  const held = [...snapshot.thresholds, ...(condition.targets ? snapshot.targets : [])]
  return held.some(({ missed }) => missed) ? undefined : 'nothing was missed'
}
