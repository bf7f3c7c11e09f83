import { openPool } from '../../src/db.ts'
import { migrate } from '../../src/migrate.ts'
import { createDatabase, templateDatabase, type TestDatabase } from '../support/database.ts'
import { insertRows, type CaseRows } from './case-rows.ts'
import { giveTokens } from './desk.ts'

/** A Monday noon; everything in the office happened in the week before. */
export const NOON = Date.parse('2026-06-15T12:00:00Z') / 1000
export const WEEK = { since: String(NOON - 7 * 86400), until: String(NOON) }

const at = (daysBefore: number) => new Date((NOON - daysBefore * 86400) * 1000).toISOString()

/**
 * Three accounts. Of the first: user 1 administrator, 2 agent, 3 with the role `report_manage`, 4 with another role;
 * user 5 belongs to the second only; the third is suspended and user 1 its administrator.
 */
const rows: CaseRows = {
  accounts: [
    { id: 1, name: 'Office', reporting_timezone: 'America/New_York' },
    { id: 2, name: 'Neighbour' },
    { id: 3, name: 'Closed', status: 1 },
  ],
  users: [
    { id: 1, name: 'Ann', email: 'ann@example.com' },
    { id: 2, name: '=1+1', email: 'ben@example.com' },
    { id: 3, name: 'Cleo, "C"', email: 'cleo@example.com' },
    { id: 4, name: "Dan O'Hara", email: 'dan@example.com' },
    { id: 5, name: 'Eve', email: 'eve@example.com' },
  ],
  account_users: [
    { account_id: 1, user_id: 1, role: 'administrator' },
    { account_id: 1, user_id: 2, role: 'agent', availability: 2 },
    { account_id: 1, user_id: 3, role: 'agent', custom_role_permissions: ['contact_manage', 'report_manage'] },
    { account_id: 1, user_id: 4, role: 'agent', custom_role_permissions: ['contact_manage'] },
    { account_id: 2, user_id: 5, role: 'administrator' },
    { account_id: 3, user_id: 1, role: 'administrator' },
  ],
  inboxes: [
    { id: 1, account_id: 1, channel_type: 'Channel::WebWidget', name: 'Site' },
    { id: 2, account_id: 2, channel_type: 'Channel::Email', name: 'Mail' },
  ],
  teams: [
    { id: 1, account_id: 1, name: 'first line' },
    { id: 2, account_id: 2, name: 'theirs' },
  ],
  labels: [
    { id: 1, account_id: 1, title: 'billing' },
    { id: 2, account_id: 2, title: 'theirs' },
  ],
  conversations: [
    { id: 1, account_id: 1, inbox_id: 1, status: 'resolved', assignee_id: 2, team_id: 1, created_at: at(3), labels: ['billing'] },
    { id: 2, account_id: 1, inbox_id: 1, status: 'open', assignee_id: 1, created_at: at(2) },
    { id: 3, account_id: 2, inbox_id: 2, status: 'open', assignee_id: 5, created_at: at(2) },
  ],
  messages: [
    {
      id: 1,
      account_id: 1,
      inbox_id: 1,
      conversation_id: 1,
      message_type: 'incoming',
      created_at: at(3),
      sender_type: 'Contact',
      sender_id: 1,
    },
    {
      id: 2,
      account_id: 1,
      inbox_id: 1,
      conversation_id: 1,
      message_type: 'outgoing',
      created_at: at(2.9),
      sender_type: 'User',
      sender_id: 2,
    },
  ],
  reporting_events: [
    {
      id: 1,
      name: 'first_response',
      value: 8640,
      value_in_business_hours: 3600,
      account_id: 1,
      inbox_id: 1,
      user_id: 2,
      conversation_id: 1,
      created_at: at(2.9),
    },
    {
      id: 2,
      name: 'conversation_resolved',
      value: 86400.5,
      account_id: 1,
      inbox_id: 1,
      user_id: 2,
      conversation_id: 1,
      created_at: at(2),
    },
  ],
}

/** A standalone database with the office in it; user n has the token `token-n`, a bot `token-bot`, nobody `token-nobody`. */
export async function openOffice(): Promise<TestDatabase> {
  const template = await templateDatabase('office', async (url) => {
    await migrate(url)
    const pool = openPool(url, { max: 2 })
    await insertRows(pool, rows)
    await giveTokens(pool)
    await pool.query(
      `insert into access_tokens (owner_type, owner_id, token, created_at, updated_at)
       values ('AgentBot', 1, 'token-bot', now(), now()), ('PlatformApp', 1, 'token-app', now(), now()),
         ('User', 99, 'token-gone', now(), now()), (null, null, 'token-nobody', now(), now())`,
    )
    await pool.end()
  })
  return createDatabase({ template })
}
