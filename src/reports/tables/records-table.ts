import { metrics } from '../../rollups/metrics.ts'
import { countedBy, type CountingMetric } from '../counted-rows.ts'
import type { RecordConversation, Records } from '../records.ts'
import { frameOf, type Column, type Table, type Value } from './tabular.ts'
import type { Understood } from '../understand.ts'

const conversationColumns: (Column & { of: keyof RecordConversation })[] = [
  { key: 'conversation_display_id', title: 'Conversation', unit: 'id', of: 'display_id' },
  { key: 'conversation_id', title: 'Conversation id', unit: 'id', of: 'id' },
  { key: 'status', title: 'Status', unit: 'text', of: 'status' },
  { key: 'inbox_id', title: 'Inbox id', unit: 'id', of: 'inbox_id' },
  { key: 'inbox_name', title: 'Inbox', unit: 'text', of: 'inbox_name' },
  { key: 'assignee_id', title: 'Assignee id', unit: 'id', of: 'assignee_id' },
  { key: 'assignee_name', title: 'Assignee', unit: 'text', of: 'assignee_name' },
  { key: 'team_id', title: 'Team id', unit: 'id', of: 'team_id' },
  { key: 'contact_id', title: 'Contact id', unit: 'id', of: 'contact_id' },
  { key: 'contact_name', title: 'Contact', unit: 'text', of: 'contact_name' },
  { key: 'conversation_created_at', title: 'Begun', unit: 'instant', of: 'created_at' },
]

/** A row per record of a page. */
export function recordsTable(
  accountId: number,
  asked: Understood,
  { metric, page }: { metric: CountingMetric; page: number },
  { totalCount, records }: Records,
): Table {
  const frame = frameOf(accountId, asked)
  return {
    name: 'drilldown',
    title: `Behind the figure: ${metrics[metric].title}`,
    ...frame,
    constants: [...frame.constants, { key: 'metric', title: 'Metric', unit: 'text', value: metric }],
    notes: [...frame.notes, `Page ${page}: ${records.length} of ${totalCount}.`],
    columns: [
      { key: 'at', title: 'At', unit: 'instant' },
      { key: 'kind', title: 'Kind', unit: 'text' },
      { key: 'id', title: 'Id', unit: 'id' },
      valueColumn(metric),
      ...conversationColumns,
    ],
    rows: records.map(({ at, kind, id, value, conversation }): Value[] => [
      at,
      kind,
      id,
      value,
      ...conversationColumns.map(({ of }) => conversation?.[of] ?? null),
    ]),
  }
}

/** Events measure times, responses rate, and a resolution was by first contact (100) or not (0). */
function valueColumn(metric: CountingMetric): Column {
  if (metric === 'first_contact_resolution') return { key: 'value', title: 'Value', unit: 'percent' }
  const isTime = countedBy(metric).kind === 'event'
  return isTime ? { key: 'value_s', title: 'Time', unit: 'seconds' } : { key: 'value', title: 'Value', unit: 'rating' }
}
