import type { Instant } from '../clock.ts'
import { sql, type Pool } from '../db.ts'
import { invalid } from '../errors.ts'
import { answer, type Answer } from './answer.ts'
import { metrics } from '../rollups/metrics.ts'
import { countedBy, countedRows, placeIn, type CountingMetric, type RecordKind, type RowsAsked } from './counted-rows.ts'
import { isEmpty } from './values.ts'

const pageStatement = sql(import.meta.url, './records/page.sql')

/** Records on a page at most. */
export const RECORDS_PAGE = 100

/** The rows behind one figure, by pages from 1 on. */
export interface RecordsAsked extends RowsAsked {
  metric: CountingMetric
  page: number
  perPage: number
}

/** Where a record belongs, as it is at this moment. Of an assignee who has left and of a contact who is gone the name is null. */
export interface RecordConversation {
  id: number
  display_id: number
  status: 'open' | 'resolved' | 'pending' | 'snoozed' | null
  inbox_id: number
  inbox_name: string | null
  assignee_id: number | null
  assignee_name: string | null
  team_id: number | null
  contact_id: number | null
  contact_name: string | null
  created_at: Instant
}

/** One row that a figure is made from. */
export interface FigureRecord {
  kind: RecordKind
  /** The id of the conversation, message, event or survey response. */
  id: number
  /** When it counts. */
  at: Instant
  /**
   * Seconds of an event that measures a time (in business hours where these are asked for), the rating of a response, 100 or
   * 0 of a resolution by first contact or not; else null.
   */
  value: number | null
  /** Null when there is none, or none any more. */
  conversation: RecordConversation | null
}

export interface Records {
  /** As many as the figure's `n`. */
  totalCount: number
  /** How many different conversations they belong to; those that are gone count, too. */
  conversationCount: number
  records: FigureRecord[]
}

type PageRow = Pick<Records, 'totalCount' | 'conversationCount'> &
  Omit<FigureRecord, 'kind' | 'id' | 'at'> & { id: number | null; at: Instant | null }

/**
 * The raw rows that a figure is made from, newest first: exactly those that `Reading.totals` counts in `n` for the same metric,
 * subject, range and filter. With a label, a conversation that carries two spellings of it counts (and is listed) twice where
 * the figure counts it twice. Always read from raw rows; page and counts are of one moment.
 *
 * @throws Refusal (422) for a page or page size out of bounds, or a subject other than the account without an id
 */
export async function records(pool: Pool, accountId: number, asked: RecordsAsked): Promise<Answer<Records>> {
  const { metric, range, page, perPage } = asked
  if (!Number.isSafeInteger(page) || page < 1) throw invalid('page must be a whole number from 1 on.')
  if (!Number.isSafeInteger(perPage) || perPage < 1 || perPage > RECORDS_PAGE)
    throw invalid(`per_page must be a whole number from 1 to ${RECORDS_PAGE}.`)
  const counted = countedBy(metric)
  const { text, values } = countedRows(counted, asked)
  const place = placeIn(values)
  const places: Record<string, string> = { rows: text, limit: place(perPage), offset: place((page - 1) * perPage) }
  const statement = pageStatement.replaceAll(/\/\*(\w+)\*\//g, (whole, name: string) => places[name] ?? whole)
  return answer(pool, accountId, async (read) => {
    if (isEmpty(range)) return { totalCount: 0, conversationCount: 0, records: [] }
    // A stock is of the range's end.
    read.requireRaw(metrics[metric].stock ? range.until : range.since)
    const rows = await read.raw<PageRow>(statement, values)
    const [{ totalCount, conversationCount }] = rows as [PageRow]
    const found = rows.flatMap(({ id, at, value, conversation }) =>
      id === null || at === null ? [] : [{ kind: counted.kind, id, at, value, conversation }],
    )
    return { totalCount, conversationCount, records: found }
  })
}
