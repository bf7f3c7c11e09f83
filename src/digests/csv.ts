import { stringify } from 'csv-stringify/sync'
import type { Figure } from '../rollups/metrics.ts'
import { utcOffset } from './format.ts'
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

type Cell = string | number | null

const dimensions = { agents: 'agent', teams: 'team', inboxes: 'inbox', labels: 'label' } as const

/**
 * The snapshot as two tidy CSV files, made for programs: one row per period and account, agent, team, inbox and label;
 * and one row per local date of the account. Header on the first line, no totals, empty where there is no data.
 */
export function csvFiles(snapshot: Snapshot, stem: string): MailFile[] {
  const file = (name: string, rows: Cell[][]) => ({ name, type: 'text/csv; charset=utf-8', content: Buffer.from(toCsv(rows)) })
  return [file(`${stem}.csv`, periodRows(snapshot)), file(`${stem}-daily.csv`, dayRows(snapshot))]
}

function periodRows(snapshot: Snapshot): Cell[][] {
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

function dayRows(snapshot: Snapshot): Cell[][] {
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

const leading = ({ account, zone, businessHours }: Snapshot, start: string, end: string): Cell[] => [
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

function metricCells({ metrics }: Snapshot, figureOf: (metric: DigestMetric) => Figure): Cell[] {
  return metrics.flatMap(({ name, unit }) => {
    const { value, n } = figureOf(name)
    if (unit === 'count') return [value]
    return [value === null ? null : unit === 'seconds' ? Math.round(value) : Math.round(value * 1e4) / 1e4, n]
  })
}

/** `2026-05-04T00:00:00+02:00` */
const isoOf = ({ local, offset }: Moment) => `${local}:00${utcOffset(offset)}`

/**
 * Text that a spreadsheet program would take for a formula gets a leading apostrophe: = + - @ and their full-width
 * forms, tab and line ends, also behind spaces, quotes and invisible characters, which some programs skip. Numbers are
 * never guarded, so negative ones stay numbers.
 */
export function guarded(text: string): string {
  return /^(?:[\s\p{Cc}\p{Cf}"']*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n\0])/u.test(text) ? `'${text}` : text
}

/** RFC 4180 with a byte order mark, without which Excel takes UTF-8 for the machine's own encoding. */
function toCsv(rows: Cell[][]): string {
  // With Windows line ends a lone \n or \r would be left unquoted.
  return stringify(rows, { bom: true, record_delimiter: 'windows', quoted_match: /[\r\n]/ })
}
