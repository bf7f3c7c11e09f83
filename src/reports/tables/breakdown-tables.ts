import { invalid } from '../../errors.ts'
import type { Compared } from '../compared.ts'
import { entityColumns } from './figure-tables.ts'
import type { ResponseBucket } from '../first-response-buckets.ts'
import type { HeatmapCell, HeatmapCount } from '../heatmap.ts'
import type { InboxLabelMatrix } from '../inbox-label-matrix.ts'
import type { OutgoingGrouping, OutgoingMessages } from '../outgoing-messages.ts'
import { frameOf, type Column, type Table } from './tabular.ts'
import type { Understood } from '../understand.ts'

/** The column of a count, and that of the range that is compared with. */
function countColumns({ compareWith }: Understood, key: string, title: string): Column[] {
  const column = (previous: boolean): Column => ({
    key: previous ? `previous_${key}` : key,
    title: previous ? `${title} before` : title,
    unit: 'count',
    figure: { of: title, facet: 'value', previous },
  })
  return compareWith ? [column(false), column(true)] : [column(false)]
}

/** A row per hour of the week; people see a line per day. */
export function heatmapTable(
  accountId: number,
  asked: Understood,
  counted: HeatmapCount,
  { now, previous }: Compared<HeatmapCell[]>,
): Table {
  const key = `${counted}_count`
  return {
    name: 'heatmap',
    title: `Hours of the week: ${counted}`,
    ...frameOf(accountId, asked),
    columns: [
      { key: 'day', title: 'Day', unit: 'text' },
      { key: 'hour', title: 'Hour', unit: 'count' },
      ...countColumns(asked, key, `${counted[0]!.toUpperCase()}${counted.slice(1)}`),
    ],
    rows: now.map(({ day, hour, count }, i) => [day, hour, count, ...(previous ? [previous[i]!.count] : [])]),
    layout: { down: ['day'], across: 'hour', cells: key },
  }
}

/** A row per bucket of times. */
export function bucketsTable(accountId: number, asked: Understood, { now, previous }: Compared<ResponseBucket[]>): Table {
  return {
    name: 'first_response_buckets',
    title: 'First responses by how long they took',
    ...frameOf(accountId, asked),
    columns: [{ key: 'bucket', title: 'Time', unit: 'text' }, ...countColumns(asked, 'first_responses_count', 'First responses')],
    rows: now.map(({ bucket, count }, i) => [bucket, count, ...(previous ? [previous[i]!.count] : [])]),
  }
}

/** A row per group that sent messages in either range. */
export function outgoingTable(
  accountId: number,
  asked: Understood,
  by: OutgoingGrouping,
  { now, previous }: Compared<OutgoingMessages[]>,
): Table {
  const keyOf = ({ id, name }: OutgoingMessages) => JSON.stringify([id, id === null ? name : ''])
  const [present, before] = [now, previous ?? []].map((groups) => new Map(groups.map((one) => [keyOf(one), one])))
  const groups = new Map([...before!, ...present!])
  const keys = [...present!.keys(), ...[...before!.keys()].filter((key) => !present!.has(key))]
  const row = (key: string) => {
    const { id, name } = groups.get(key)!
    const counts = previous ? [before!.get(key)?.messages ?? 0] : []
    return [by, id, name, present!.get(key)?.messages ?? 0, ...counts]
  }
  return {
    name: 'outgoing_messages',
    title: `Messages sent by ${by}`,
    ...frameOf(accountId, asked),
    columns: [...entityColumns, ...countColumns(asked, 'outgoing_messages_count', 'Messages sent')],
    rows: keys.map(row),
  }
}

/** Cells that a matrix may have as a table; as JSON it may have more. */
const MATRIX_ROWS_MAX = 100_000

/**
 * A row per inbox and label; people see a line per inbox.
 * @throws Refusal (422) for more than MATRIX_ROWS_MAX of them
 */
export function matrixTable(accountId: number, asked: Understood, { now, previous }: Compared<InboxLabelMatrix>): Table {
  if (now.inboxes.length * now.labels.length > MATRIX_ROWS_MAX) throw tooLarge()
  const before = previous && countsOf(previous)
  const key = 'conversations_count'
  const frame = frameOf(accountId, asked)
  return {
    name: 'inbox_label_matrix',
    title: 'Conversations by inbox and label',
    ...frame,
    notes: [...frame.notes, 'Labels overlap: do not add them up.'],
    columns: [
      { key: 'inbox_id', title: 'Inbox id', unit: 'id' },
      { key: 'inbox_name', title: 'Inbox', unit: 'text' },
      { key: 'label_id', title: 'Label id', unit: 'id' },
      { key: 'label_name', title: 'Label', unit: 'text' },
      ...countColumns(asked, key, 'Conversations'),
    ],
    rows: now.inboxes.flatMap((inbox, i) =>
      now.labels.map((label, j) => [
        inbox.id,
        inbox.name,
        label.id,
        label.title,
        now.matrix[i]![j]!,
        ...(before ? [before(inbox.id, label.id)] : []),
      ]),
    ),
    layout: { down: ['inbox_id', 'inbox_name'], across: 'label_name', cells: key },
  }
}

/** The ranges are read one after the other: an inbox or label may be new in between, and had nothing. */
function countsOf({ inboxes, labels, matrix }: InboxLabelMatrix): (inboxId: number, labelId: number) => number {
  const [rows, columns] = [inboxes, labels].map((list) => new Map(list.map(({ id }, i) => [id, i])))
  return (inboxId, labelId) => matrix[rows!.get(inboxId) ?? -1]?.[columns!.get(labelId) ?? -1] ?? 0
}

const tooLarge = () =>
  invalid(
    `A table holds at most ${MATRIX_ROWS_MAX} pairs of inbox and label, and this account has more. ` +
      'Name those that are wanted with inbox_ids and label_ids, or take format=json.',
  )
