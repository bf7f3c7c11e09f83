import type { Filter } from '../rollups/rolling/filter.ts'
import { metrics, type MetricName } from '../rollups/metrics.ts'
import { countingMetrics } from './counted-rows.ts'
import type { Measures, MeasuredFigure, Stat } from './measure.ts'
import { targetsFor, type Target } from './targets.ts'
import type { Range, Subject } from './values.ts'

/** What figures are asked for: of what, when, and how they are shown. */
export interface Asked {
  subject: Subject
  filter?: Filter | undefined
  range: Range
  /** The range whose figures stand beside. */
  compareWith?: Range | undefined
  metrics: readonly MetricName[]
  businessHours: boolean
  stat: Stat
  targets: readonly Target[]
}

/** A figure with that of the range it is compared with, when there is one. */
export type ComparedFigure = MeasuredFigure & { previous?: MeasuredFigure }
export type FiguresByMetric = Partial<Record<MetricName, ComparedFigure>>

/** The metrics that any subject can be asked for and that need no raw rows. */
export const rolledMetrics = countingMetrics.filter((name) => metrics[name].distinct !== 'contacts')

export const measuresOf = ({ stat, targets }: Asked, subject: Pick<Subject, 'dimension'>): Measures => ({
  stat,
  targetOf: targetsFor(subject, targets),
})
