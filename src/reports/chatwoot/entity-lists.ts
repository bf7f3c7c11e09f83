import { agentsOf, inboxesOf, labelsOf, teamsOf } from '../../accounts/entities.ts'
import type { Pool } from '../../db.ts'
import type { MetricName } from '../../rollups/metrics.ts'
import type { Answer } from '../answer.ts'
import { entityReport, type EntitiesAsked } from './entities.ts'
import type { Range, Values } from '../values.ts'

/** The figures of each agent, inbox, team or label, in this order. */
export const listMetrics = [
  'conversations_count',
  'incoming_messages_count',
  'outgoing_messages_count',
  'avg_first_response_time',
  'avg_resolution_time',
  'resolutions_count',
] as const satisfies readonly MetricName[]

type Figures = Values<(typeof listMetrics)[number]>
type Availability = 'online' | 'busy' | 'offline'
export type AgentFigures = { id: number; name: string; email: string; thumbnail: string; availability: Availability } & Figures
export type InboxFigures = { id: number; name: string; channel_type: string } & Figures
export type TeamFigures = { id: number; name: string } & Figures
export type LabelFigures = { id: number; title: string } & Figures

/** Every member of the account with his figures. `thumbnail` is empty: pictures are not in the report tables. */
export async function agentList(
  pool: Pool,
  accountId: number,
  range: Range,
  businessHours = false,
): Promise<Answer<AgentFigures[]>> {
  const agents = await agentsOf(pool, accountId)
  const entities = agents.map(({ id, name, email, availability }) => ({ id, name, email, thumbnail: '', availability }))
  return withFigures(pool, accountId, { dimension: 'agent', entities, range, businessHours })
}

/** Every inbox of the account with its figures. */
export async function inboxList(
  pool: Pool,
  accountId: number,
  range: Range,
  businessHours = false,
): Promise<Answer<InboxFigures[]>> {
  const inboxes = await inboxesOf(pool, accountId)
  const entities = inboxes.map(({ id, name, channelType }) => ({ id, name, channel_type: channelType }))
  return withFigures(pool, accountId, { dimension: 'inbox', entities, range, businessHours })
}

/** Every team of the account with its figures. */
export async function teamList(
  pool: Pool,
  accountId: number,
  range: Range,
  businessHours = false,
): Promise<Answer<TeamFigures[]>> {
  const teams = await teamsOf(pool, accountId)
  const entities = teams.map(({ id, name }) => ({ id, name }))
  return withFigures(pool, accountId, { dimension: 'team', entities, range, businessHours })
}

/** Every label of the account with its figures, by the time of the events (unlike the label summary). */
export async function labelList(
  pool: Pool,
  accountId: number,
  range: Range,
  businessHours = false,
): Promise<Answer<LabelFigures[]>> {
  const labels = await labelsOf(pool, accountId)
  const entities = labels.map(({ id, title }) => ({ id, title }))
  return withFigures(pool, accountId, { dimension: 'label', entities, range, businessHours })
}

async function withFigures<E extends { id: number }>(
  pool: Pool,
  accountId: number,
  asked: Omit<EntitiesAsked<E, (typeof listMetrics)[number]>, 'metrics'>,
): Promise<Answer<(E & Figures)[]>> {
  const report = await entityReport(pool, accountId, { ...asked, metrics: listMetrics })
  return { ...report, data: report.data.map(({ entity, values }) => ({ ...entity, ...values })) }
}
