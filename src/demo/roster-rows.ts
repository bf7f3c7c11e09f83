import type { Instant } from '../clock.ts'
import { switchedOff } from './inbox-kinds.ts'
import { stamp, type Cell } from './cells.ts'
import type { RawTable } from './columns.ts'
import type { RawRows } from './raw-rows.ts'
import type { Agent, Inbox, Roster } from './roster.ts'

const colors = ['#1f93ff', '#e4572e', '#2e933c', '#f3a712', '#7b4fb8', '#0f8b8d', '#a23b72']

/** Adds the rows of everybody and everything in the account. */
export function addRoster(rows: RawRows, roster: Roster, now: Instant): void {
  const { accountId, shape, opened } = roster
  const made = [stamp(opened), stamp(opened)]
  rows.put('accounts', accountId, [shape.name, JSON.stringify({ reporting_timezone: shape.zone }), ...made])
  const customRole = rows.nextId('custom_roles')
  rows.put('custom_roles', customRole, [accountId, 'Team lead', '{report_manage}', ...made])
  for (const agent of roster.agents) addAgent(rows, roster, agent, customRole, now)
  for (const inbox of roster.inboxes) addInbox(rows, roster, inbox, now)
  for (const team of roster.teams) {
    rows.put('teams', team.id, [accountId, team.name, ...made])
    for (const { id, joined } of team.members.filter((agent) => agent.left > now)) {
      rows.add('team_members', [team.id, id, stamp(joined), stamp(joined)])
    }
  }
  roster.labels.forEach((label, i) => {
    rows.put('labels', label.id, [accountId, label.title, colors[i % colors.length]!, i < 5, ...made])
  })
}

function addAgent(rows: RawRows, roster: Roster, agent: Agent, customRole: number, now: Instant): void {
  const joined = [stamp(agent.joined), stamp(agent.joined)]
  rows.put('users', agent.id, [agent.name, agent.email, agent.email, agent.availability, ...joined])
  if (agent.left > now) {
    const role = [agent.role === 'administrator' ? 1 : 0, agent.availability, agent.id % 2 === 0]
    const lead = agent.role === 'reporter' ? customRole : null
    rows.add('account_users', [roster.accountId, agent.id, ...role, lead, ...joined])
  }
  // The plain agent's token belongs to the first of them.
  if (agent.role !== 'agent' || agent === roster.agents[1]) {
    rows.add('access_tokens', ['User', agent.id, roster.tokens[agent.role], ...joined])
  }
}

function addInbox(rows: RawRows, roster: Roster, inbox: Inbox, now: Instant): void {
  const { accountId, shape, opened } = roster
  const made = [stamp(opened), stamp(opened)]
  const hours = inbox.hours ?? switchedOff
  const zone = inbox.hours ? shape.zone : 'UTC'
  const settings = [`Channel::${inbox.channel}`, inbox.name, inbox.hours !== null, zone, inbox.csat]
  rows.put('inboxes', inbox.id, [accountId, addChannel(rows, roster, inbox), ...settings, ...made])
  hours.days.forEach((day, weekday) => {
    const allDay = day !== null && day.close - day.open === 24 * 60 - 1
    const clock = day
      ? [Math.floor(day.open / 60), day.open % 60, Math.floor(day.close / 60), day.close % 60]
      : [null, null, null, null]
    rows.add('working_hours', [accountId, inbox.id, weekday, day === null, allDay, ...clock, ...made])
  })
  for (const { id, joined } of roster.agents.filter((agent) => agent.left > now)) {
    rows.add('inbox_members', [inbox.id, id, stamp(joined), stamp(joined)])
  }
  if (inbox.botId === null) return
  rows.put('agent_bots', inbox.botId, [accountId, 'Pip', ...made])
  rows.add('agent_bot_inboxes', [accountId, inbox.id, inbox.botId, 0, ...made])
}

/** Adds the row of the inbox's channel and returns its id. Addresses and numbers are of the ranges kept for examples. */
function addChannel(rows: RawRows, { accountId, opened }: Roster, inbox: Inbox): number {
  const name = `inbox-${inbox.id}`
  const phone = `+1202555${String(inbox.id).padStart(4, '0')}`
  const kinds: Record<Inbox['channel'], [RawTable, Cell[]]> = {
    Api: ['channel_api', [name]],
    Email: ['channel_email', [`${name}@desk.example`, `${name}@forward.example`]],
    TwilioSms: ['channel_twilio_sms', [inbox.medium ?? 0, phone, 'demo', `demo-${inbox.id}`]],
    WebWidget: ['channel_web_widgets', [`https://${name}.desk.example`, name]],
    Whatsapp: ['channel_whatsapp', [phone]],
  }
  const [table, cells] = kinds[inbox.channel]
  const id = rows.nextId(table)
  rows.put(table, id, [accountId, ...cells, stamp(opened), stamp(opened)])
  return id
}
