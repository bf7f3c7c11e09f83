/** The tables that are written, in the order in which they are, with their columns after the id. */
export const columns = {
  accounts: 'name, settings, created_at, updated_at',
  users: 'name, email, uid, availability, created_at, updated_at',
  custom_roles: 'account_id, name, permissions, created_at, updated_at',
  account_users: 'account_id, user_id, role, availability, auto_offline, custom_role_id, created_at, updated_at',
  access_tokens: 'owner_type, owner_id, token, created_at, updated_at',
  channel_api: 'account_id, identifier, created_at, updated_at',
  channel_email: 'account_id, email, forward_to_email, created_at, updated_at',
  channel_twilio_sms: 'account_id, medium, phone_number, auth_token, account_sid, created_at, updated_at',
  channel_web_widgets: 'account_id, website_url, website_token, created_at, updated_at',
  channel_whatsapp: 'account_id, phone_number, created_at, updated_at',
  inboxes:
    'account_id, channel_id, channel_type, name, working_hours_enabled, timezone, csat_survey_enabled, created_at, ' +
    'updated_at',
  working_hours:
    'account_id, inbox_id, day_of_week, closed_all_day, open_all_day, open_hour, open_minutes, close_hour, ' +
    'close_minutes, created_at, updated_at',
  inbox_members: 'inbox_id, user_id, created_at, updated_at',
  agent_bots: 'account_id, name, created_at, updated_at',
  agent_bot_inboxes: 'account_id, inbox_id, agent_bot_id, status, created_at, updated_at',
  teams: 'account_id, name, created_at, updated_at',
  team_members: 'team_id, user_id, created_at, updated_at',
  labels: 'account_id, title, color, show_on_sidebar, created_at, updated_at',
  tags: 'name',
  contacts: 'account_id, name, email, phone_number, created_at, updated_at, last_activity_at',
  conversations:
    'account_id, inbox_id, status, assignee_id, team_id, contact_id, uuid, priority, snoozed_until, ' +
    'first_reply_created_at, waiting_since, cached_label_list, last_activity_at, created_at, updated_at',
  taggings: 'tag_id, taggable_type, taggable_id, context, created_at',
  messages:
    'account_id, inbox_id, conversation_id, message_type, content_type, private, status, sender_type, sender_id, ' +
    'content, content_attributes, created_at, updated_at',
  reporting_events:
    'account_id, inbox_id, conversation_id, user_id, name, value, value_in_business_hours, event_start_time, ' +
    'event_end_time, created_at, updated_at',
  csat_survey_responses:
    'account_id, conversation_id, contact_id, assigned_agent_id, rating, feedback_message, created_at, updated_at, ' +
    'message_id',
} as const

export type RawTable = keyof typeof columns
export const rawTables = Object.keys(columns) as RawTable[]

/** Those that grow with what happens; the others, with who is there. */
export const bulkyTables = [
  'contacts',
  'conversations',
  'taggings',
  'messages',
  'reporting_events',
  'csat_survey_responses',
] as const satisfies RawTable[]
