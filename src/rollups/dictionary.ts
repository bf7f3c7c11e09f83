import type { Metric } from './metric.ts'
import { isAdditive, metricNames, metrics, partsOf, type MetricName } from './metrics.ts'
import { dimensionNames, labelOnly, type Dimension } from './parts.ts'

/** What a metric means, for people and programs that read reports. */
export interface MetricEntry {
  name: MetricName
  title: string
  definition: string
  unit: Metric['unit']
  direction: Metric['direction']
  /** True when it can be asked for in business hours, too. */
  business_hours: boolean
  /** True when the values of two ranges side by side add up to the value of both. */
  additive: boolean
  dimensions: Dimension[]
  /** Which definition this is: raised with every change of what is counted. */
  version: number
}

/** Every metric of the registry, in its order. Names nothing of any account. */
export const dictionary: readonly MetricEntry[] = metricNames.map(entryOf)

function entryOf(name: MetricName): MetricEntry {
  const { title, definition, unit, direction, business, version = 1 } = metrics[name]
  return {
    name,
    title,
    definition,
    unit,
    direction,
    business_hours: business !== undefined,
    additive: isAdditive(name),
    dimensions: partsOf(name).some(labelOnly) ? ['label'] : dimensionNames,
    version,
  }
}
