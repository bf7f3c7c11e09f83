import { mapped } from '../../files/chunks.ts'
import { text, type Cell, type Sheet } from '../../files/sheet.ts'
import type { Figure } from '../../rollups/metrics.ts'
import { entityDelta, totalDelta } from '../mail/circumstances.ts'
import type { Delta } from '../mail/delta.ts'
import { changeCells, counted, hasPrevious, identified, periodNote, valueCell } from './sheet-cells.ts'
import {
  tableNames,
  type Day,
  type DigestMetric,
  type Entity,
  type MetricNote,
  type Snapshot,
  type TableName,
} from '../snapshot/snapshot.ts'
import { statusOf } from '../mail/status.ts'
import { topicSheets } from './topic-sheets.ts'
import { correctionsSheet, targetsSheet } from './verdict-sheets.ts'
import { ranked } from '../mail/tables.ts'
import { titleOf } from '../mail/tiles.ts'
import { wordsOf } from '../mail/words/choose.ts'
import type { Words } from '../mail/words/words.ts'

/** The sheets of a snapshot that are tables, in reading order. */
export function sheetsOf(snapshot: Snapshot): Sheet[] {
  return [
    summary(snapshot),
    ...(snapshot.targets.length + snapshot.thresholds.length > 0 ? [targetsSheet(snapshot)] : []),
    ...(snapshot.corrections.length > 0 ? [correctionsSheet(snapshot)] : []),
    ...tableNames.map((table) => entitySheet(snapshot, table)),
    daily(snapshot),
    hours(snapshot),
    ...topicSheets(snapshot),
  ]
}

/** What the column of the period that is compared with is headed by. */
const before = ({ comparedWith, cadence }: Snapshot) => (comparedWith === 'year' ? 'year' : cadence)

function summary(snapshot: Snapshot): Sheet {
  const words = wordsOf(snapshot.language)
  const { thisPeriod, previousPeriod, change, share, direction, n } = words.sheet
  return {
    name: words.sheet.summary,
    title: `${snapshot.account.name}: ${words.title[snapshot.cadence]}`,
    note: periodNote(words, snapshot),
    header: [
      words.sheet.metric,
      thisPeriod[snapshot.cadence],
      previousPeriod[before(snapshot)],
      change,
      share,
      n,
      `${n} ${words.previousPeriod[before(snapshot)]}`,
      direction,
      words.sheet.remark,
    ],
    total: [text(`${words.sheet.total}. ${statusOf(snapshot).text}`)],
    rows: snapshot.metrics.map((metric) => {
      const { current, previous } = snapshot.totals[metric.name]
      const delta = totalDelta(snapshot, metric.name)
      const [difference, relative] = changeCells(metric, delta)
      const compared = hasPrevious(snapshot) ? previous : { value: null, n: 0 }
      return [
        text(titleOf(words, snapshot, metric.name).title),
        valueCell(metric, current),
        valueCell(metric, compared),
        difference,
        relative,
        counted(current.n),
        counted(hasPrevious(snapshot) ? previous.n : null),
        text(words.sheet.better[metric.direction]),
        text(delta.absolute === null ? delta.text : ''),
      ]
    }),
  }
}

function entitySheet(snapshot: Snapshot, table: TableName): Sheet {
  const words = wordsOf(snapshot.language)
  const none = snapshot.tables[table].filter((entity) => entity.id === 0)
  const entities = [...ranked(snapshot.tables[table]), ...none]
  const figures = (of: (metric: MetricNote) => [Figure, Delta]) =>
    snapshot.metrics.flatMap((metric) => {
      const [figure, delta] = of(metric)
      const [difference, relative] = changeCells(metric, delta)
      const n = counted(figure.n)
      return columnsOf(metric).map(
        (column) => ({ value: valueCell(metric, figure), n, change: difference, share: relative })[column],
      )
    })
  return {
    name: words.tables[table].title,
    title: `${snapshot.account.name}: ${words.tables[table].title}`,
    note: [periodNote(words, snapshot), ...(table === 'labels' || table === 'teams' ? [words.sheet.overlap] : [])].join(' · '),
    header: [
      words.tables[table].kind,
      ...snapshot.metrics.flatMap((metric) => headings(words, snapshot, metric)),
      words.sheet.remark,
      words.sheet.id,
    ],
    total: [
      text(words.sheet.total),
      ...figures(({ name }) => [snapshot.totals[name].current, totalDelta(snapshot, name)]),
      text(''),
      identified(snapshot.account.id),
    ],
    rows: mapped(entities, (entity) => [
      text(entity.id === 0 ? words.tables[table].none : entity.name),
      ...figures(({ name }) => [entity.figures[name].current, entityDelta(snapshot, entity, name)]),
      text(remarkOn(words, entity)),
      identified(entity.id === 0 ? null : entity.id),
    ]),
  }
}

type Column = 'value' | 'n' | 'change' | 'share'

/** What the sheet of a dimension says of a metric. All of everything would be 45 columns; the rest is in the CSV. */
function columnsOf({ name, unit }: MetricNote): Column[] {
  if (name === 'conversations_count' || name === 'resolutions_count') return ['value', 'change', 'share']
  if (unit === 'seconds') return ['value', 'n', 'change', 'share']
  return name === 'csat_score' ? ['value', 'n', 'change'] : ['value']
}

function headings(words: Words, snapshot: Snapshot, metric: MetricNote): string[] {
  const { change, share, n, minutes, points } = words.sheet
  const difference = { count: change, seconds: minutes, percent: points, rating: change }[metric.unit]
  const { title } = titleOf(words, snapshot, metric.name)
  return columnsOf(metric).map((column) => `${title} ${{ value: '', n, change: difference, share }[column]}`.trim())
}

function remarkOn({ delta }: Words, entity: Entity): string {
  return entity.isGone ? delta.gone : entity.isNew && entity.since ? delta.newSince(entity.since) : ''
}

function daily(snapshot: Snapshot): Sheet {
  const words = wordsOf(snapshot.language)
  const row = (first: Cell, period: string, of: (metric: DigestMetric) => Figure): Cell[] => [
    first,
    text(period),
    ...snapshot.metrics.flatMap((metric) => {
      const figure = of(metric.name)
      return metric.unit === 'count' ? [valueCell(metric, figure)] : [valueCell(metric, figure), counted(figure.n)]
    }),
  ]
  const rows = (days: Day[], period: string) =>
    days.map((day) => row({ value: day.date, kind: 'date' }, period, (metric) => day.figures[metric]))
  const { daily: days } = snapshot
  return {
    name: words.sheet.daily,
    title: `${snapshot.account.name}: ${words.sheet.daily}`,
    note: periodNote(words, snapshot),
    header: [
      words.sheet.date,
      words.sheet.period,
      ...snapshot.metrics.flatMap(({ name, unit }) => {
        const { title } = titleOf(words, snapshot, name)
        return unit === 'count' ? [title] : [title, `${title} ${words.sheet.n}`]
      }),
    ],
    total: row(text(words.sheet.total), words.thisPeriod[snapshot.cadence], (metric) => snapshot.totals[metric].current),
    rows: [
      ...(hasPrevious(snapshot) ? rows(days.previous, words.previousPeriod[before(snapshot)]) : []),
      ...rows(days.current, words.thisPeriod[snapshot.cadence]),
    ],
  }
}

function hours(snapshot: Snapshot): Sheet {
  const words = wordsOf(snapshot.language)
  const { hours: rows, firstWeekday } = snapshot
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)
  const cells = (values: number[]): Cell[] => [...values, sum(values)].map((value) => ({ value, kind: 'count' }))
  const perHour = Array.from({ length: 24 }, (_, hour) => sum(rows.map((row) => row[hour] ?? 0)))
  return {
    name: words.sheet.hours,
    title: `${snapshot.account.name}: ${words.heatmap.sum}`,
    note: periodNote(words, snapshot),
    header: [words.sheet.weekday, ...perHour.map((_, hour) => `${String(hour).padStart(2, '0')}:00`), words.sheet.sum],
    total: [text(words.sheet.total), ...cells(perHour)],
    rows: rows.map((row, i) => [text(words.dates.weekdays[(firstWeekday + i) % 7]!), ...cells(row)]),
    shaded: [1, 24],
  }
}
