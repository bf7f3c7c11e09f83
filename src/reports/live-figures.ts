import { sql, type Pool } from '../db.ts'
import { filterClause, filterColumns, type Filter } from '../rollups/rolling/filter.ts'
import { answer, type Answer } from './answer.ts'
import { placeIn } from './counted-rows.ts'

const liveFiguresStatement = sql(import.meta.url, './live-figures.sql')

/** Conversations and agents at this moment. */
export type LiveFigures = {
  open: number
  /** Without an assignee, of whichever status. */
  unassigned: number
  /** Open, and nobody replied yet or the customer waits. */
  unattended: number
  pending: number
  snoozed: number
  agents_online: number
  agents_busy: number
}

/**
 * What there is to do at this moment and who is there to do it. The filter is for conversations; the agents are those of the
 * whole account.
 */
export function liveFigures(
  pool: Pool,
  accountId: number,
  { filter }: { filter?: Filter | undefined } = {},
): Promise<Answer<LiveFigures>> {
  return answer(pool, accountId, async (read) => {
    const values: unknown[] = []
    const clause = filterClause(filter, filterColumns.conversations, placeIn(values))
    const [row] = await read.raw<LiveFigures>(
      liveFiguresStatement.replaceAll('/*filter*/', () => clause),
      values,
    )
    return row!
  })
}
