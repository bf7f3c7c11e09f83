import { delta, type Circumstances, type Delta } from './delta.ts'
import { dayMonth } from './format.ts'
import { noteOf, type DigestMetric, type Entity, type FrozenPeriod, type Snapshot } from './snapshot.ts'
import { DAY } from '../time/zone.ts'

const daysIn = ({ firstDate, lastDate }: FrozenPeriod) =>
  Math.round((Date.parse(lastDate) - Date.parse(firstDate)) / 1000 / DAY) + 1

/** What holds for every comparison of a snapshot. */
function circumstancesOf(snapshot: Snapshot): Circumstances {
  const days: [number, number] = [daysIn(snapshot.period), daysIn(snapshot.previous)]
  return {
    comparison: snapshot.comparison,
    soFar: !snapshot.data.periodOver,
    ...(days[0] === days[1] ? {} : { days }),
  }
}

/** How a figure of the account compares with the previous period. */
export function totalDelta(snapshot: Snapshot, metric: DigestMetric): Delta {
  return delta(noteOf(snapshot, metric), snapshot.totals[metric], circumstancesOf(snapshot))
}

/** How a figure of an agent, team, inbox or label compares with the previous period. */
export function entityDelta(snapshot: Snapshot, entity: Entity, metric: DigestMetric): Delta {
  return delta(noteOf(snapshot, metric), entity.figures[metric], {
    ...circumstancesOf(snapshot),
    isGone: entity.isGone,
    ...(entity.isNew && entity.since ? { newSince: dayMonth(entity.since) } : {}),
  })
}
