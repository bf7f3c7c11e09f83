import { requireAccount } from '../../accounts/account.ts'
import { accountZone } from '../../accounts/zone.ts'
import type { Figure } from '../../rollups/metrics.ts'
import { aboutOf } from '../about.ts'
import { botReport } from '../bot-report.ts'
import { compared } from '../compared.ts'
import { csatReport, type CsatFigures } from '../csat.ts'
import { botsTable, csatTable, liveTable } from '../tables/desk-tables.ts'
import { withData, type DocumentOf } from '../document.ts'
import { liveFigures } from '../live-figures.ts'
import { filterOf, understand, type Given } from '../understand.ts'

type Ranged = Omit<Given, 'type' | 'id' | 'metrics' | 'stat' | 'target'>
type Filtered = Pick<Given, 'inbox_ids' | 'agent_ids' | 'team_ids' | 'label_ids'>

/** Satisfaction, of the account and by agent. */
export const csatDocument: DocumentOf<Ranged> = async (source, accountId, given) => {
  const asked = await understand(source, accountId, given)
  const { filter } = asked
  const report = await compared(asked, (range) => csatReport(source.pool, accountId, { range, filter }))
  const { now, previous } = report.data
  return withData(report, {
    json: {
      ...aboutOf(asked),
      total: satisfactionOf(now),
      ...(previous && { previous: satisfactionOf(previous) }),
      agents: now.agents.map((agent) => ({ agent_id: agent.agentId, agent_name: agent.name, ...satisfactionOf(agent) })),
    },
    table: async () => csatTable(await requireAccount(source.pool, accountId), asked, report.data),
  })
}

/** What bots handled and handed off. */
export const botsDocument: DocumentOf<Ranged> = async (source, accountId, given) => {
  const asked = await understand(source, accountId, given)
  const { businessHours, filter } = asked
  const report = await compared(asked, (range) =>
    botReport(source.pool, accountId, { range, inboxIds: filter?.inbox, businessHours }),
  )
  const { now, previous } = report.data
  return withData(report, {
    json: { ...aboutOf(asked), figures: now, ...(previous && { previous }) },
    table: () => botsTable(accountId, asked, report.data),
  })
}

/** Conversations and agents at this moment. */
export const liveDocument: DocumentOf<Filtered> = async ({ pool, now }, accountId, given) => {
  const report = await liveFigures(pool, accountId, { filter: await filterOf(pool, accountId, given) })
  return withData(report, {
    json: report.data,
    table: async () => liveTable(accountId, { zone: await accountZone(pool, accountId), at: now }, report.data),
  })
}

function satisfactionOf({
  score,
  averageRating,
  responseRate,
  responses,
  surveysSent,
  ratings,
  positive,
  negative,
}: CsatFigures) {
  const counts = Object.entries(ratings).map(([rating, { n }]: [string, Figure]) => [rating, n] as const)
  return {
    score,
    average_rating: averageRating,
    response_rate: responseRate,
    responses,
    surveys_sent: surveysSent,
    positive,
    negative,
    ratings: Object.fromEntries(counts),
  }
}
