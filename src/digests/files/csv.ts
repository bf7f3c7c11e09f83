import { csvChunks, type CsvCell } from '../../files/csv.ts'
import type { Figure } from '../../rollups/metrics.ts'
import { utcOffset } from '../../time/local-text.ts'
import { tableNames, type DigestMetric, type Entity, type Moment, type Snapshot } from '../snapshot/snapshot.ts'

const dimensions = { agents: 'agent', teams: 'team', inboxes: 'inbox', labels: 'label' } as const

const delimiterNames = { ',': 'comma', ';': 'semicolon', tab: 'tab' } as const

/** The figures of the period and of the one before it, tidy, made for programs: a row per account, agent, team, inbox, label. */
export function periodCsv(snapshot: Snapshot): AsyncGenerator<string> {
  return csvChunks(periodRows(snapshot), styleOf(snapshot))
}

/** The figures of the account by local date, tidy, made for programs. */
export function dailyCsv(snapshot: Snapshot): AsyncGenerator<string> {
  return csvChunks(dayRows(snapshot), styleOf(snapshot))
}

const styleOf = ({ csvDelimiter }: Snapshot) => ({ delimiter: delimiterNames[csvDelimiter] })

function* periodRows(snapshot: Snapshot): Generator<CsvCell[]> {
  yield [...leadingHeader, 'dimension', 'entity_id', 'entity_name', ...metricHeader(snapshot)]
  for (const which of ['current', 'previous'] as const) {
    if (which === 'previous' && !isCompared(snapshot)) continue
    const { since, until } = snapshot[which === 'current' ? 'period' : 'previous']
    for (const { dimension, id, name, figures } of subjectsOf(snapshot)) {
      const cells = metricCells(snapshot, (metric) => figures[metric][which])
      yield [...leading(snapshot, isoOf(since), isoOf(until)), dimension, id, name, ...cells]
    }
  }
}

function* subjectsOf(snapshot: Snapshot): Generator<Pick<Entity, 'id' | 'name' | 'figures'> & { dimension: string }> {
  yield { ...snapshot.account, dimension: 'account', figures: snapshot.totals }
  for (const table of tableNames) for (const entity of snapshot.tables[table]) yield { ...entity, dimension: dimensions[table] }
}

function* dayRows(snapshot: Snapshot): Generator<CsvCell[]> {
  const { account, zone, businessHours, daily } = snapshot
  yield ['account_id', 'date', 'time_zone', 'business_hours', ...metricHeader(snapshot)]
  for (const { date, figures } of [...(isCompared(snapshot) ? daily.previous : []), ...daily.current])
    yield [account.id, date, zone, String(businessHours), ...metricCells(snapshot, (metric) => figures[metric])]
}

/** Figures of a previous period that is partly before the account's first activity are true, if not comparable. */
const isCompared = ({ comparison }: Snapshot) => comparison === 'full' || comparison === 'partial'

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
