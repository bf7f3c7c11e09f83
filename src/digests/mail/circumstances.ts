import { businessRate, type Rate } from './business-days.ts'
import { delta, type Circumstances, type Delta } from './delta.ts'
import { dayMonth, daysIn } from './dates.ts'
import { noteOf, type DigestMetric, type Entity, type Snapshot } from '../snapshot/snapshot.ts'
import { wordsOf } from './words/choose.ts'

/** What holds for every comparison of a metric. What stands open at an instant does not grow with the days of a period. */
function circumstancesOf(snapshot: Snapshot, metric: DigestMetric): Circumstances {
  const rate = noteOf(snapshot, metric).stock ? undefined : rateOf(snapshot)
  return {
    comparison: snapshot.comparison,
    soFar: !snapshot.data.periodOver,
    ...(rate && { rate }),
  }
}

/** By what counts of the two periods are compared; undefined where they are as long as each other. */
export function rateOf(snapshot: Snapshot): Rate | undefined {
  const days: Rate['days'] = [daysIn(snapshot.period), daysIn(snapshot.previous)]
  return businessRate(snapshot) ?? (days[0] === days[1] ? undefined : { per: 'day', days })
}

/** How a figure of the account compares with the previous period. */
export function totalDelta(snapshot: Snapshot, metric: DigestMetric): Delta {
  return delta(wordsOf(snapshot.language), noteOf(snapshot, metric), snapshot.totals[metric], circumstancesOf(snapshot, metric))
}

/** How a figure of an agent, team, inbox or label compares with the previous period. */
export function entityDelta(snapshot: Snapshot, entity: Entity, metric: DigestMetric): Delta {
  const words = wordsOf(snapshot.language)
  return delta(words, noteOf(snapshot, metric), entity.figures[metric], {
    ...circumstancesOf(snapshot, metric),
    isGone: entity.isGone,
    ...(entity.isNew && entity.since ? { newSince: dayMonth(words, entity.since) } : {}),
  })
}
