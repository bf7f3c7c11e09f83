import { agentsOf, inboxesOf, labelsOf, teamsOf } from '../../accounts/entities.ts'
import type { Pool } from '../../db.ts'
import { metrics as registry, type MetricName } from '../../rollups/metrics.ts'
import type { Answer } from '../answer.ts'
import { chatwootCsv, type Cell } from './chatwoot-csv.ts'
import { chatwootDuration } from './duration.ts'
import { entityReport } from './entities.ts'
import { accountSummary, type summaryMetrics } from './summary.ts'
import type { Range } from '../values.ts'

/** A column of a file: its heading and the metric in it. Times are shown as durations. */
type Column = readonly [heading: string, metric: MetricName]

/** One kind of file: who is listed, the headings of the describing columns, and the columns of figures. */
interface Table<E extends { id: number }> {
  dimension: 'agent' | 'inbox' | 'team' | 'label'
  entities: (pool: Pool, accountId: number) => Promise<E[]>
  headings: readonly string[]
  describe: (entity: E) => string[]
  columns: readonly Column[]
}

const times: Column[] = [
  ['Avg first response time', 'avg_first_response_time'],
  ['Avg resolution time', 'avg_resolution_time'],
  ['Avg customer waiting time', 'reply_time'],
  ['Resolution Count', 'resolutions_count'],
]

const table = <E extends { id: number }>(definition: Table<E>) => definition

const agents = table({
  dimension: 'agent',
  entities: agentsOf,
  headings: ['Agent name'],
  describe: ({ name }) => [name],
  columns: [['Assigned conversations', 'conversations_count'], ...times],
})

// Chatwoot leaves the last two columns of this file without headings.
const inboxes = table({
  dimension: 'inbox',
  entities: inboxesOf,
  headings: ['Inbox name', 'Inbox type'],
  describe: ({ name, channelName }) => [name, channelName],
  columns: [['No. of conversations', 'conversations_count'], ...times],
})

const teams = table({
  dimension: 'team',
  entities: teamsOf,
  headings: ['Team name'],
  describe: ({ name }) => [name],
  columns: [['Conversations count', 'conversations_count'], ...times],
})

// The averages are those of conversations created in the period, as in the label summary.
const labels = table({
  dimension: 'label',
  entities: labelsOf,
  headings: ['Label'],
  describe: ({ title }) => [title],
  columns: [
    ['No. of conversations', 'tagged_conversations_count'],
    ['Avg first response time', 'created_first_response_time'],
    ['Avg resolution time', 'created_resolution_time'],
    ['Avg reply time', 'created_reply_time'],
    ['Resolution Count', 'tagged_resolutions_count'],
  ],
})

/** One line: the summary of the whole account. */
const summaryColumns: [heading: string, metric: (typeof summaryMetrics)[number]][] = [
  ['Conversations', 'conversations_count'],
  ['Messages received', 'incoming_messages_count'],
  ['Messages sent', 'outgoing_messages_count'],
  ['Avg first response time', 'avg_first_response_time'],
  ['Avg resolution time', 'avg_resolution_time'],
  ['Resolution count', 'resolutions_count'],
  ['Avg customer waiting time', 'reply_time'],
]

/** A file of a report, as text. */
export type CsvFile = (pool: Pool, accountId: number, range: Range, businessHours: boolean) => Promise<Answer<string>>

export const agentsCsv = fileOf(agents)
export const inboxesCsv = fileOf(inboxes)
export const teamsCsv = fileOf(teams)
export const labelsCsv = fileOf(labels)

export const conversationsSummaryCsv: CsvFile = async (pool, accountId, range, businessHours) => {
  const report = await accountSummary(pool, accountId, { dimension: 'account' }, range, businessHours)
  const cells = summaryColumns.map(([, metric]) => cell(metric, report.data[metric]))
  return { ...report, data: chatwootCsv(range, headingsOf(summaryColumns), [cells]) }
}

function fileOf<E extends { id: number }>({ dimension, entities, headings, describe, columns }: Table<E>): CsvFile {
  const metrics = columns.map(([, metric]) => metric)
  return async (pool, accountId, range, businessHours) => {
    const asked = { dimension, entities: await entities(pool, accountId), range, metrics, businessHours }
    const report = await entityReport(pool, accountId, asked)
    const rows = report.data.map(({ entity, values }) => [
      ...describe(entity),
      ...metrics.map((metric) => cell(metric, values[metric])),
    ])
    return { ...report, data: chatwootCsv(range, [...headings, ...headingsOf(columns)], rows) }
  }
}

const headingsOf = (columns: readonly Column[]) => columns.map(([heading]) => heading)

function cell(metric: MetricName, value: number | null): Cell {
  return registry[metric].unit === 'seconds' ? chatwootDuration(value) : (value ?? 0)
}
