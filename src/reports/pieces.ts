import type { SeriesQuestion } from './report.ts'

/** The pieces of a question, each within its range. */
export function piecesOf({ since, until, bounds }: Pick<SeriesQuestion, 'since' | 'until' | 'bounds'>) {
  return bounds.slice(0, -1).map((bound, i) => {
    const from = Math.min(Math.max(bound, since), until)
    return { from, until: Math.max(from, Math.min(bounds[i + 1]!, until)) }
  })
}

/** The pieces `from` to `until` (exclusive) of a question, as a question of its own. */
export function cut(question: Pick<SeriesQuestion, 'since' | 'until' | 'bounds'>, from: number, until: number) {
  const pieces = piecesOf(question).slice(from, until)
  return { since: pieces[0]!.from, until: pieces.at(-1)!.until, bounds: question.bounds.slice(from, until + 1) }
}
