import type { Filter } from '../rollups/filter.ts'
import { metricNames, metrics, type MetricName } from '../rollups/metrics.ts'
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

/** The metrics that any subject can be asked for: all but those of Chatwoot's label summary. */
export const reportMetrics = metricNames.filter((name) => !/^(tagged|created)_/.test(name))
/** Those that need no raw rows. */
export const rolledMetrics = reportMetrics.filter((name) => metrics[name].distinct !== 'contacts')

export const measuresOf = ({ stat, targets }: Asked, subject: Pick<Subject, 'dimension'>): Measures => ({
  stat,
  targetOf: targetsFor(subject, targets),
})
