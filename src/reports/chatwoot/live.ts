import { ENTITIES_MAX, type Agent } from '../../accounts/entities.ts'
import { sql, type Pool } from '../../db.ts'
import { invalid } from '../../errors.ts'
import { answer, type Answer } from '../answer.ts'

const counts = sql(import.meta.url, './live-counts.sql')
const groups = sql(import.meta.url, './live-groups.sql')
const agents = sql(import.meta.url, './live-agents.sql')

/**
 * Conversations at this moment. `unattended` are open and nobody replied yet or the customer waits; `unassigned` are open
 * without an assignee.
 */
export type LiveCounts = { open: number; unattended: number; unassigned: number; pending: number }

/** Open conversations of one group; `id` is null for those without a team or assignee. */
export type LiveGroup = { id: number | null; open: number; unattended: number; unassigned: number }

export type LiveAgent = Agent & { open: number; unattended: number }

/** What open conversations can be grouped by. */
export const liveGroupings = ['team_id', 'assignee_id'] as const
export type LiveGrouping = (typeof liveGroupings)[number]

/** Members on a page of the live list. */
export const LIVE_PAGE = 25

/** What the account, or one of its teams, has to do at this moment. */
export function liveCounts(pool: Pool, accountId: number, teamId?: number): Promise<Answer<LiveCounts>> {
  return answer(pool, accountId, async (read) => (await read.raw<LiveCounts>(counts, [teamId ?? null]))[0]!)
}

/**
 * Open conversations by team or assignee, of one team or all; groups that have none are left out.
 * @throws Refusal (422) for more than ENTITIES_MAX groups.
 */
export function liveGroups(pool: Pool, accountId: number, grouping: LiveGrouping, teamId?: number): Promise<Answer<LiveGroup[]>> {
  return answer(pool, accountId, async (read) => {
    const rows = await read.raw<LiveGroup>(groups, [grouping, teamId ?? null, ENTITIES_MAX + 1])
    if (rows.length > ENTITIES_MAX) {
      throw invalid(`There are more than ${ENTITIES_MAX} groups with open conversations. Ask for one team: team_id=…`)
    }
    return rows
  })
}

/** Members of the account with their open conversations, LIVE_PAGE to a page (from 1), the busiest of the page first. */
export function liveAgents(pool: Pool, accountId: number, page: number): Promise<Answer<LiveAgent[]>> {
  return answer(pool, accountId, (read) =>
    read.raw<LiveAgent & Record<string, unknown>>(agents, [LIVE_PAGE, (page - 1) * LIVE_PAGE]),
  )
}
