import { z } from 'zod'
import { findEntity } from '../../accounts/entities.ts'
import type { Pool } from '../../db.ts'
import { invalid, notFound } from '../../errors.ts'
import { liveCounts, liveGroupings, liveGroups } from '../../reports/chatwoot/live.ts'
import type { RouteFamily } from '../app.ts'
import { mayReadReports } from '../auth.ts'
import { failures } from '../failures.ts'
import { told } from '../report-headers.ts'
import { accountPath, idOf, text } from '../request.ts'

const team_id = text.optional().meta({ description: 'Only conversations of this team.', example: '1' })
const countsQuery = z.object({ team_id })
const groupsQuery = z.object({
  team_id,
  group_by: text.optional().meta({ description: '`team_id` or `assignee_id`.', example: 'team_id' }),
})
const open = { open: z.int(), unattended: z.int(), unassigned: z.int() }
const group = z.int().nullable()
const groupsBody = z.array(z.union([z.object({ ...open, team_id: group }), z.object({ ...open, assignee_id: group })]))

/**
 * `/live_reports/{conversation_metrics,grouped_conversation_metrics}`: what is to be done at this moment. Open to every
 * member, because Chatwoot looks at the parameters before it looks at the caller's role; the handlers do both.
 */
export const liveReportRoutes: RouteFamily = (app, { readPool }) => {
  const common = { tags: ['Live'], params: accountPath }
  const schema = {
    ...common,
    summary: 'Open, unattended, unassigned and pending conversations',
    querystring: countsQuery,
    response: { 200: z.object({ ...open, pending: z.int() }), ...failures },
  }
  app.get('/live_reports/conversation_metrics', { schema }, async ({ query, caller }, reply) => {
    const team = await teamOf(readPool, caller.accountId, query.team_id)
    mayReadReports(caller)
    return told(reply, await liveCounts(readPool, caller.accountId, team))
  })

  const groupedSchema = {
    ...common,
    summary: 'Open conversations by team or assignee',
    querystring: groupsQuery,
    response: { 200: groupsBody, ...failures },
  }
  app.get('/live_reports/grouped_conversation_metrics', { schema: groupedSchema }, async ({ query, caller }, reply) => {
    const team = await teamOf(readPool, caller.accountId, query.team_id)
    const grouping = liveGroupings.find((name) => name === query.group_by)
    if (!grouping) throw invalid('invalid group_by')
    mayReadReports(caller)
    const report = await liveGroups(readPool, caller.accountId, grouping, team)
    return told(reply, report).map(({ id, ...counts }) =>
      grouping === 'team_id' ? { ...counts, team_id: id } : { ...counts, assignee_id: id },
    )
  })
}

/** The team asked for, or undefined for all. @throws Refusal (404) for one that the account does not have. */
async function teamOf(pool: Pool, accountId: number, given: string | undefined): Promise<number | undefined> {
  if (given === undefined) return undefined
  const id = idOf(given)
  if (Number.isNaN(id) || !(await findEntity(pool, accountId, 'team', id))) throw notFound()
  return id
}
