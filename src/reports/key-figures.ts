import type { Pool } from '../db.ts'
import { figureOf, type MetricName } from '../rollups/metrics.ts'
import { answer, type Answer } from './answer.ts'
import { measuresOf, type Asked, type ComparedFigure, type FiguresByMetric } from './asked.ts'
import { measure, type MeasuredFigure, type MeasuredRow } from './measure.ts'
import type { Reading } from './report.ts'
import type { Range, Subject } from './values.ts'

/** Figures of an account or one of its entities over a range, beside those of the range it is compared with. */
export function keyFigures(pool: Pool, accountId: number, asked: Asked): Promise<Answer<FiguresByMetric>> {
  return answer(pool, accountId, async (read) => {
    const [now] = await measureTotals(read, asked, asked.subject, asked.range)
    const [before] = asked.compareWith ? await measureTotals(read, asked, asked.subject, asked.compareWith) : []
    return besides(asked, now, before)
  })
}

/** One row for each id of a subject that anything happened for in a range. */
export function measureTotals(read: Reading, asked: Asked, subject: Subject, range: Range): Promise<MeasuredRow[]> {
  const { metrics, businessHours, filter } = asked
  const question = { ...subject, ...range, metrics, businessHours, filter, bounds: [range.since, range.until] }
  return measure(read, question, measuresOf(asked, subject))
}

/** The figures of two rows side by side; of a row that is not there, those of nothing. */
export function besides(
  { metrics, compareWith }: Pick<Asked, 'metrics' | 'compareWith'>,
  now: MeasuredRow | undefined,
  before: MeasuredRow | undefined,
): FiguresByMetric {
  return Object.fromEntries(
    metrics.map((name): [MetricName, ComparedFigure] => {
      const figure = figureIn(now, name)
      return [name, compareWith ? { ...figure, previous: figureIn(before, name) } : figure]
    }),
  )
}

export const figureIn = (row: MeasuredRow | undefined, name: MetricName): MeasuredFigure =>
  row?.figures[name] ?? figureOf(name, {})
