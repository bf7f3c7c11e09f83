import { figureOf, metrics, partsOf, type Figure, type MetricName, type Sums } from '../rollups/metrics.ts'
import type { Part } from '../rollups/parts.ts'
import type { Figures, Question } from './report.ts'

type Asked = Pick<Question, 'metrics' | 'businessHours'>

/** Figures made from added-up parts. */
export function figuresOf(names: readonly MetricName[], sums: Sums, { businessHours = false }: Omit<Asked, 'metrics'>): Figures {
  const figures: Partial<Record<MetricName, Figure>> = {}
  for (const name of names) figures[name] = figureOf(name, sums, businessHours)
  return figures as Figures
}

/** The parts that the metrics of a question are made from. */
export const partsNeeded = ({ metrics: names, businessHours = false }: Asked): Part[] => [
  ...new Set(names.flatMap((name) => [...partsOf(name, businessHours), ...extraParts(name)])),
]

/** What the correction of a metric without repeats needs besides the metric's own part. */
function extraParts(name: MetricName): Part[] {
  return metrics[name].distinct === 'bot_resolutions' ? ['bot_resolutions_detached', 'bot_handoffs'] : []
}

/** Label rows hold parts that are filed under a conversation's creation; their marks concern nobody else. */
export const needsTagged = (parts: readonly Part[]) => parts.some((part) => part.startsWith('created_'))
