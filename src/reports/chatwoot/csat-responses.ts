import type { Instant } from '../../clock.ts'
import { sql, type Pool } from '../../db.ts'
import { answer, type Answer } from '../answer.ts'
import { filterValues, onFiltered, type CsatFilter } from './csat-filter.ts'
import { EVER, type Range } from '../values.ts'

/** A page of responses: without a range the whole history; without a direction by id. Pages count from 1. */
export interface CsatPageAsked {
  range: Range | undefined
  filter: CsatFilter
  sort: 'asc' | 'desc' | undefined
  page: number
}

/** Who answered, as Chatwoot shows a contact. */
export interface CsatContact {
  additional_attributes: unknown
  availability_status: 'offline'
  email: string | null
  id: number
  name: string | null
  phone_number: string | null
  blocked: boolean
  identifier: string | null
  thumbnail: ''
  custom_attributes: unknown
  last_activity_at?: Instant
  created_at: Instant
}

/** Whom the answer is about, as Chatwoot shows an agent; what a membership says is null for one who has left. */
export interface CsatAgent {
  id: number
  account_id: number
  availability_status: string | null
  auto_offline: boolean | null
  confirmed: true
  email: string | null
  provider: string
  available_name: string
  custom_attributes?: unknown
  name: string
  role: string | null
  thumbnail: ''
  custom_role_id: number | null
}

/** A survey response as Chatwoot shows it; `conversation_id` is the number that people see. */
export interface CsatResponse {
  id: number
  rating: number
  feedback_message: string | null
  csat_review_notes: string | null
  review_notes_updated_at: Instant | null
  review_notes_updated_by?: { id: number; name: string }
  account_id: number
  message_id: number
  contact?: CsatContact
  conversation_id: number | null
  assigned_agent?: CsatAgent
  created_at: Instant
}

interface Row extends Record<string, unknown> {
  id: number
  rating: number
  feedback_message: string | null
  csat_review_notes: string | null
  review_notes_updated_at: Instant | null
  reviewer_id: number | null
  reviewer_name: string | null
  message_id: number
  display_id: number | null
  created_at: Instant
  contact_id: number | null
  additional_attributes: unknown
  contact_email: string | null
  contact_name: string | null
  phone_number: string | null
  blocked: boolean
  identifier: string | null
  contact_attributes: unknown
  last_activity_at: Instant | null
  contact_created_at: Instant
  agent_id: number | null
  agent_email: string | null
  provider: string
  available_name: string
  agent_name: string
  agent_attributes: object | null
  role: number | null
  auto_offline: boolean | null
  custom_role_id: number | null
  availability: string | null
}

const PER_PAGE = 25
const roles = ['agent', 'administrator']

const page = onFiltered(sql(import.meta.url, './csat-page.sql'))

/** A page of 25 survey responses, from raw rows. Ids of other accounts find nothing. */
export function csatResponses(pool: Pool, accountId: number, asked: CsatPageAsked): Promise<Answer<CsatResponse[]>> {
  const { range, filter, sort = null } = asked
  return answer(pool, accountId, async (read) => {
    read.requireRaw((range ?? EVER).since)
    const values = [...filterValues(range, filter), sort, PER_PAGE, (asked.page - 1) * PER_PAGE]
    return (await read.raw<Row>(page, values)).map((row) => responseOf(row, accountId))
  })
}

function responseOf(row: Row, accountId: number): CsatResponse {
  const { reviewer_id: reviewer, reviewer_name: name } = row
  return {
    id: row.id,
    rating: row.rating,
    feedback_message: row.feedback_message,
    csat_review_notes: row.csat_review_notes,
    review_notes_updated_at: row.review_notes_updated_at === null ? null : Math.floor(row.review_notes_updated_at),
    ...(reviewer !== null && name !== null && { review_notes_updated_by: { id: reviewer, name } }),
    account_id: accountId,
    message_id: row.message_id,
    ...(row.contact_id !== null && { contact: contactOf(row, row.contact_id) }),
    conversation_id: row.display_id,
    ...(row.agent_id !== null && { assigned_agent: agentOf(row, row.agent_id, accountId) }),
    created_at: Math.floor(row.created_at),
  }
}

function contactOf(row: Row, id: number): CsatContact {
  return {
    additional_attributes: row.additional_attributes,
    availability_status: 'offline',
    email: row.contact_email,
    id,
    name: row.contact_name,
    phone_number: row.phone_number,
    blocked: row.blocked,
    identifier: row.identifier,
    thumbnail: '',
    custom_attributes: row.contact_attributes,
    ...(row.last_activity_at !== null && { last_activity_at: Math.floor(row.last_activity_at) }),
    created_at: Math.floor(row.contact_created_at),
  }
}

function agentOf(row: Row, id: number, accountId: number): CsatAgent {
  const attributes = row.agent_attributes
  return {
    id,
    account_id: accountId,
    availability_status: row.availability,
    auto_offline: row.auto_offline,
    confirmed: true,
    email: row.agent_email,
    provider: row.provider,
    available_name: row.available_name,
    ...(attributes !== null && Object.keys(attributes).length > 0 && { custom_attributes: attributes }),
    name: row.agent_name,
    role: row.role === null ? null : (roles[row.role] ?? null),
    thumbnail: '',
    custom_role_id: row.custom_role_id,
  }
}
