import { text, type Sheet } from '../../files/sheet.ts'
import type { Figure } from '../../rollups/metrics.ts'
import { entityDelta, totalDelta } from '../mail/circumstances.ts'
import type { Delta } from '../mail/delta.ts'
import { ranked } from '../mail/tables.ts'
import { titleOf } from '../mail/tiles.ts'
import { wordsOf } from '../mail/words/choose.ts'
import { noteOf, tableNames, type DigestMetric, type Snapshot } from '../snapshot/snapshot.ts'
import { changeCells, counted, periodNote, valueCell } from './sheet-cells.ts'

/** What has a sheet of its own where a desk uses it, with the metrics that tell whether it does and that it shows. */
const topics = {
  csat: ['csat_score', 'csat_rating', 'csat_responses_count', 'csat_surveys_count', 'csat_response_rate'],
  bots: ['bot_resolutions_count', 'bot_handoffs_count'],
} as const satisfies Record<string, readonly DigestMetric[]>

/** The sheets of what a desk uses: satisfaction surveys, bots; each with all that have a figure there, of any kind. */
export function topicSheets(snapshot: Snapshot): Sheet[] {
  return (['csat', 'bots'] as const)
    .filter((topic) => hasFigures(topics[topic], (metric) => snapshot.totals[metric]))
    .map((topic) => topicSheet(snapshot, topic))
}

function topicSheet(snapshot: Snapshot, topic: keyof typeof topics): Sheet {
  const words = wordsOf(snapshot.language)
  const { change, minutes, points, n } = words.sheet
  const metrics = topics[topic].map((metric) => noteOf(snapshot, metric))
  const difference = { count: change, seconds: minutes, percent: points, rating: change }
  const cells = (of: (metric: DigestMetric) => [Figure, Delta]) =>
    metrics.flatMap((metric) => {
      const [figure, delta] = of(metric.name)
      const value = valueCell(metric, figure)
      const [changed] = changeCells(metric, delta)
      return metric.unit === 'count' ? [value, changed] : [value, counted(figure.n), changed]
    })
  return {
    name: words.sheet[topic],
    title: `${snapshot.account.name}: ${words.sheet[topic]}`,
    note: `${periodNote(words, snapshot)} · ${words.sheet.overlap}`,
    header: [
      words.sheet.subject,
      ...metrics.flatMap(({ name, unit }) => {
        const { title } = titleOf(words, snapshot, name)
        const changed = `${title} ${difference[unit]}`
        return unit === 'count' ? [title, changed] : [title, `${title} ${n}`, changed]
      }),
    ],
    total: [text(words.sheet.total), ...cells((metric) => [snapshot.totals[metric].current, totalDelta(snapshot, metric)])],
    rows: tableNames.flatMap((table) =>
      ranked(snapshot.tables[table])
        .filter(({ figures }) => hasFigures(topics[topic], (metric) => figures[metric]))
        .map((entity) => [
          text(`${words.tables[table].kind}: ${entity.name}`),
          ...cells((metric) => [entity.figures[metric].current, entityDelta(snapshot, entity, metric)]),
        ]),
    ),
  }
}

function hasFigures(
  metrics: readonly DigestMetric[],
  pair: (metric: DigestMetric) => { current: Figure; previous: Figure },
): boolean {
  return metrics.some((metric) => [pair(metric).current, pair(metric).previous].some(({ value }) => (value ?? 0) > 0))
}
