import { BYTE_ORDER_MARK, csvLines, guarded, type CsvCell } from '../files/csv.ts'
import type { Figure } from '../rollups/metrics.ts'
import { utcOffset } from '../time/local-text.ts'
import type { MailFile } from './mail-file.ts'
import {
  tableNames,
  type DigestMetric,
  type Entity,
  type FrozenPeriod,
  type Moment,
  type Pair,
  type Snapshot,
} from './snapshot.ts'

const dimensions = { agents: 'agent', teams: 'team', inboxes: 'inbox', labels: 'label' } as const

/**
 * The snapshot as two tidy CSV files, made for programs: one row per period and account, agent, team, inbox and label;
 * and one row per local date of the account. Header on the first line, no totals, empty where there is no data.
 */
export function csvFiles(snapshot: Snapshot, stem: string): MailFile[] {
  const file = (name: string, rows: CsvCell[][]) => ({
    name,
    type: 'text/csv; charset=utf-8',
    content: Buffer.from(BYTE_ORDER_MARK + csvLines(rows)),
  })
  return [file(`${stem}.csv`, periodRows(snapshot)), file(`${stem}-daily.csv`, dayRows(snapshot))]
}

function periodRows(snapshot: Snapshot): CsvCell[][] {
  const subjects = [
    { dimension: 'account', id: snapshot.account.id, name: snapshot.account.name, figures: snapshot.totals },
    ...tableNames.flatMap((table) =>
      snapshot.tables[table].map((entity: Entity) => ({ ...entity, dimension: dimensions[table] })),
    ),
  ]
  const row = (which: keyof Pair, period: FrozenPeriod) => (subject: (typeof subjects)[number]) => [
    ...leading(snapshot, isoOf(period.since), isoOf(period.until)),
    subject.dimension,
    subject.id,
    guarded(subject.name),
    ...metricCells(snapshot, (metric) => subject.figures[metric][which]),
  ]
  return [
    [...leadingHeader, 'dimension', 'entity_id', 'entity_name', ...metricHeader(snapshot)],
    ...subjects.map(row('current', snapshot.period)),
    ...(snapshot.comparison === 'none' ? [] : subjects.map(row('previous', snapshot.previous))),
  ]
}

function dayRows(snapshot: Snapshot): CsvCell[][] {
  const { current, previous } = snapshot.daily
  const days = [...(snapshot.comparison === 'none' ? [] : previous), ...current]
  return [
    ['account_id', 'date', 'time_zone', 'business_hours', ...metricHeader(snapshot)],
    ...days.map((day) => [
      snapshot.account.id,
      day.date,
      snapshot.zone,
      String(snapshot.businessHours),
      ...metricCells(snapshot, (metric) => day.figures[metric]),
    ]),
  ]
}

const leadingHeader = ['account_id', 'period_start', 'period_end', 'time_zone', 'business_hours']

const leading = ({ account, zone, businessHours }: Snapshot, start: string, end: string): CsvCell[] => [
  account.id,
  start,
  end,
  zone,
  String(businessHours),
]

/** Columns are only ever added at the end of their kind: programs rely on their names and order. */
function metricHeader({ metrics }: Snapshot): string[] {
  return metrics.flatMap(({ name, unit }) => (unit === 'count' ? [name] : [unit === 'seconds' ? `${name}_s` : name, `n_${name}`]))
}

function metricCells({ metrics }: Snapshot, figureOf: (metric: DigestMetric) => Figure): CsvCell[] {
  return metrics.flatMap(({ name, unit }) => {
    const { value, n } = figureOf(name)
    if (unit === 'count') return [value]
    return [value === null ? null : unit === 'seconds' ? Math.round(value) : Math.round(value * 1e4) / 1e4, n]
  })
}

/** `2026-05-04T00:00:00+02:00` */
const isoOf = ({ local, offset }: Moment) => `${local}:00${utcOffset(offset)}`
