import type { Metric } from '../../rollups/metric.ts'
import { metrics, type Figure, type MetricName } from '../../rollups/metrics.ts'
import { localText } from '../../time/local-text.ts'
import type { BotReport } from '../bot-report.ts'
import type { Compared } from '../compared.ts'
import type { CsatFigures, CsatReport } from '../csat.ts'
import { entityColumns } from './figure-tables.ts'
import type { LiveFigures } from '../live-figures.ts'
import { frameOf, type Column, type Facet, type Table, type Unit, type Value } from './tabular.ts'
import type { Understood } from '../understand.ts'

/** A column and where its value is in a report. */
interface Picked<R> {
  key: string
  title: string
  unit: Unit
  facet: Facet
  pick: (report: R) => Value
}

/** The columns as they are now, each followed by the same of the range that is compared with. */
function columnsOf<R>(picked: readonly Picked<R>[], { compareWith }: Partial<Understood>): (Column & Besides<R>)[] {
  const sides = compareWith ? [false, true] : [false]
  return picked.flatMap(({ key, title, unit, facet, pick }) =>
    sides.map((previous) => ({
      key: previous ? `previous_${key}` : key,
      title: `${title}${facet === 'n' ? ' n' : ''}${previous ? ' before' : ''}`,
      unit,
      figure: { of: title, facet, previous },
      cellOf: (now: R | undefined, before: R | undefined) => {
        const side = previous ? before : now
        return side === undefined ? null : pick(side)
      },
    })),
  )
}

interface Besides<R> {
  cellOf: (now: R | undefined, before: R | undefined) => Value
}

const satisfaction = [
  ['csat_score', ({ score }) => score],
  ['csat_rating', ({ averageRating }) => averageRating],
  ['csat_response_rate', ({ responseRate }) => responseRate],
  ['csat_responses_count', ({ responses }) => responses],
  ['csat_surveys_count', ({ surveysSent }) => surveysSent],
  ['csat_1_count', ({ ratings }) => ratings[1]],
  ['csat_2_count', ({ ratings }) => ratings[2]],
  ['csat_3_count', ({ ratings }) => ratings[3]],
  ['csat_4_count', ({ ratings }) => ratings[4]],
  ['csat_5_count', ({ ratings }) => ratings[5]],
] as const satisfies readonly [MetricName, (report: CsatFigures) => Figure][]

const csatColumns = satisfaction.flatMap(([key, figureOf]: (typeof satisfaction)[number]): Picked<CsatFigures>[] => {
  const { title, unit }: Metric = metrics[key]
  const value: Picked<CsatFigures> = { key, title, unit, facet: 'value', pick: (report) => figureOf(report).value }
  const n: Picked<CsatFigures> = { key: `n_${key}`, title, unit: 'count', facet: 'n', pick: (report) => figureOf(report).n }
  return unit === 'count' ? [value] : [value, n]
})

/** A row for the account, then one per agent. */
export function csatTable(
  account: { id: number; name: string },
  asked: Understood,
  { now, previous }: Compared<CsatReport>,
): Table {
  const columns = columnsOf(csatColumns, asked)
  const before = new Map(previous?.agents.map((agent) => [agent.agentId, agent]))
  return {
    name: 'csat',
    title: 'Satisfaction',
    ...frameOf(account.id, asked),
    columns: [...entityColumns.map((column) => ({ ...column })), ...columns],
    rows: [
      ['account', account.id, account.name, ...columns.map(({ cellOf }) => cellOf(now, previous))],
      ...now.agents.map((agent) => [
        'agent',
        agent.agentId,
        agent.name,
        ...columns.map(({ cellOf }) => cellOf(agent, before.get(agent.agentId))),
      ]),
    ],
  }
}

const plain = <R>(key: keyof R & string, title: string, unit: Unit = 'count'): Picked<R> => ({
  key,
  title,
  unit,
  facet: 'value',
  pick: (report) => report[key] as Value,
})

const botColumns: Picked<BotReport>[] = [
  plain('total_conversations', 'Conversations with bots'),
  plain('bot_handled', 'Handled by bots'),
  plain('bot_handoffs', 'Handed to a person'),
  plain('bot_resolution_rate', 'Handled by bots, share', 'percent'),
  { ...plain<BotReport>('avg_bot_resolution_time', 'Resolution time of bots', 'seconds'), key: 'avg_bot_resolution_time_s' },
  {
    key: 'n_avg_bot_resolution_time',
    title: 'Resolution time of bots',
    unit: 'count',
    facet: 'n',
    pick: (report) => report.avg_bot_resolution_time_n,
  },
]

/** One row. */
export function botsTable(accountId: number, asked: Understood, { now, previous }: Compared<BotReport>): Table {
  const columns = columnsOf(botColumns, asked)
  return {
    name: 'bots',
    title: 'Bots',
    ...frameOf(accountId, asked),
    columns,
    rows: [columns.map(({ cellOf }) => cellOf(now, previous))],
    layout: 'record',
  }
}

const liveColumns: Picked<LiveFigures>[] = [
  plain('open', 'Open'),
  plain('unassigned', 'Unassigned'),
  plain('unattended', 'Unattended'),
  plain('pending', 'Pending'),
  plain('snoozed', 'Snoozed'),
  plain('agents_online', 'Agents online'),
  plain('agents_busy', 'Agents busy'),
]

/** One row, of a moment. */
export function liveTable(accountId: number, { zone, at }: Pick<Table, 'zone' | 'at'>, figures: LiveFigures): Table {
  const columns = columnsOf(liveColumns, {})
  return {
    name: 'live',
    title: 'At this moment',
    notes: [`${localText(zone, at)} · ${zone.name}`],
    zone,
    at,
    constants: [
      { key: 'account_id', title: 'Account', unit: 'id', value: accountId },
      { key: 'at', title: 'At', unit: 'instant', value: at },
      { key: 'time_zone', title: 'Time zone', unit: 'text', value: zone.name },
    ],
    columns,
    rows: [columns.map(({ cellOf }) => cellOf(figures, undefined))],
    layout: 'record',
  }
}
