import { metrics as registry, type MetricName } from '../../rollups/metrics.ts'
import type { Asked, ComparedFigure, FiguresByMetric } from '../asked.ts'
import { timesOf, type MeasuredFigure } from '../measure.ts'
import { statTitles, type Column, type Facet, type Value } from './tabular.ts'

/** A column of figures and where its value is in them. */
export type FigureColumn = Column & { pick: (figures: FiguresByMetric) => Value }

const of: Record<Facet, (figure: MeasuredFigure) => Value> = {
  value: ({ value }) => value,
  n: ({ n }) => n,
  target: ({ within_target }) => within_target?.target ?? null,
  share: ({ within_target }) => within_target?.value ?? null,
  share_n: ({ within_target }) => within_target?.n ?? null,
}

/**
 * The columns of metrics, a metric's own side by side: value, `n` (a count is its own), share within the target where there
 * are targets for it, then the same of the range that is compared with. What is asked decides which there are, never the data.
 */
export function figureColumns({ metrics, compareWith, targets, stat }: Asked, { compared = true } = {}): FigureColumn[] {
  return metrics.flatMap((metric) => {
    const { unit, title } = registry[metric]
    const held = targets.some(({ times }) => times === timesOf[metric])
    const facets: Facet[] = ['value', ...(unit === 'count' ? [] : ['n' as const]), ...(held ? targetFacets : [])]
    const shown = timesOf[metric] && stat !== 'avg' ? `${title} (${statTitles[stat]})` : title
    const columns = (previous: boolean) => facets.map((facet) => columnOf(metric, shown, facet, previous))
    return [...columns(false), ...(compareWith && compared ? columns(true) : [])]
  })
}

const targetFacets = ['target', 'share', 'share_n'] as const satisfies Facet[]

function columnOf(metric: MetricName, title: string, facet: Facet, previous: boolean): FigureColumn {
  const { unit } = registry[metric]
  const own = {
    value: { key: unit === 'seconds' ? `${metric}_s` : metric, unit, title },
    n: { key: `n_${metric}`, unit: 'count', title: `${title} n` },
    target: { key: `target_${metric}_s`, unit: 'seconds', title: `${title} target` },
    share: { key: `within_target_${metric}`, unit: 'percent', title: `${title} within target` },
    share_n: { key: `n_within_target_${metric}`, unit: 'count', title: `${title} within target n` },
  } as const
  const { key, unit: shownAs, title: heading } = own[facet]
  return {
    key: previous ? `previous_${key}` : key,
    title: previous ? `${heading} before` : heading,
    unit: shownAs,
    figure: { of: title, facet, previous },
    pick: (figures) => {
      const figure = sideOf(figures[metric], previous)
      return figure ? of[facet](figure) : null
    },
  }
}

const sideOf = (figure: ComparedFigure | undefined, previous: boolean): MeasuredFigure | undefined =>
  previous ? figure?.previous : figure
