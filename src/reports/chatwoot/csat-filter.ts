import { sql } from '../../db.ts'
import type { Range } from '../values.ts'

/** Which survey responses: of assigned agents, of conversations that are now in an inbox or a team, of a rating. */
export interface CsatFilter {
  agentIds?: readonly number[] | undefined
  inboxId?: number | undefined
  teamId?: number | undefined
  rating?: number | undefined
}

const filtered = sql(import.meta.url, './csat-filtered.sql')

/** A statement on the responses that a filter lets through, whose parameters `$1` to `$7` are the account and the filter. */
export const onFiltered = (statement: string): string => statement.replace('/*found*/', () => filtered)

/** The filter's parameters from `$2` on. */
export const filterValues = (range: Range | undefined, { agentIds, inboxId, teamId, rating }: CsatFilter): unknown[] => [
  range?.since ?? null,
  range?.until ?? null,
  agentIds ?? null,
  inboxId ?? null,
  teamId ?? null,
  rating ?? null,
]
