import { aboutOf } from '../about.ts'
import { compared } from '../compared.ts'
import { withData, type DocumentOf } from '../document.ts'
import { firstResponseBuckets, type ResponseBucket } from '../first-response-buckets.ts'
import { heatmap, type HeatmapCount } from '../heatmap.ts'
import { inboxLabelMatrix, type InboxLabelMatrix } from '../inbox-label-matrix.ts'
import { outgoingMessages, type OutgoingGrouping, type OutgoingMessages } from '../outgoing-messages.ts'
import { bucketsTable, heatmapTable, matrixTable, outgoingTable } from '../tables/breakdown-tables.ts'
import { understand, type Given } from '../understand.ts'

type Ranged = Omit<Given, 'type' | 'id' | 'metrics' | 'stat' | 'target'>

/** How busy each hour of the week was. */
export const heatmapDocument: DocumentOf<Ranged & { counted?: HeatmapCount | undefined }> = async (source, accountId, given) => {
  const asked = await understand(source, accountId, given)
  const { counted = 'conversations' } = given
  const report = await compared(asked, (range) => heatmap(source.pool, accountId, { ...asked, range, counted }))
  const { now, previous } = report.data
  return withData(report, {
    json: { ...aboutOf(asked), counted, cells: now, ...(previous && { previous }) },
    table: () => heatmapTable(accountId, asked, counted, report.data),
  })
}

/** First responses by how long they took. */
export const bucketsDocument: DocumentOf<Ranged> = async (source, accountId, given) => {
  const asked = await understand(source, accountId, given)
  const report = await compared(asked, (range) => firstResponseBuckets(source.pool, accountId, { ...asked, range }))
  const { now, previous } = report.data
  const shape = (list: ResponseBucket[]) => ({ n: list.reduce((sum, one) => sum + one.count, 0), buckets: list })
  return withData(report, {
    json: { ...aboutOf(asked), ...shape(now), ...(previous && { previous: shape(previous) }) },
    table: () => bucketsTable(accountId, asked, report.data),
  })
}

/** Messages sent by each agent, team, inbox or tag. */
export const outgoingDocument: DocumentOf<Ranged & { by: OutgoingGrouping }> = async (source, accountId, given) => {
  const asked = await understand(source, accountId, given)
  const { by } = given
  const report = await compared(asked, (range) => outgoingMessages(source.pool, accountId, by, range))
  const { now, previous } = report.data
  const shape = (list: OutgoingMessages[]) => list.map(({ id, name, messages }) => ({ id, name, count: messages }))
  return withData(report, {
    json: { ...aboutOf(asked), by, groups: shape(now), ...(previous && { previous: shape(previous) }) },
    table: () => outgoingTable(accountId, asked, by, report.data),
  })
}

/** Conversations by inbox and label. */
export const matrixDocument: DocumentOf<Ranged> = async (source, accountId, given) => {
  const asked = await understand(source, accountId, given)
  const { inbox: inboxIds, label: labelIds } = asked.filter ?? {}
  const report = await compared(asked, (range) => inboxLabelMatrix(source.pool, accountId, { range, inboxIds, labelIds }))
  const { now, previous } = report.data
  return withData(report, {
    json: { ...aboutOf(asked), inboxes: inboxRows(now), ...(previous && { previous: inboxRows(previous) }) },
    table: () => matrixTable(accountId, asked, report.data),
  })
}

/** Rows of a matrix with the names of what they count. */
function inboxRows({ inboxes, labels, matrix }: InboxLabelMatrix) {
  const labelsOf = (row: number) =>
    labels.map(({ id, title }, column) => ({ label_id: id, label_name: title, count: matrix[row]![column]! }))
  return inboxes.map(({ id, name }, row) => ({ inbox_id: id, inbox_name: name, labels: labelsOf(row) }))
}
