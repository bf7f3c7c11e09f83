import { row, type GoldenRows } from './row.ts'

/** The accounts, who works there, and what their conversations are filed under. */
// prettier-ignore
export const people: GoldenRows = {
  accounts: [
    row('a day of the account is one of its reporting time zone', { id: 1, name: 'Harbour', reporting_timezone: 'America/New_York' }),
    row('someone who is no member of an account is told so, which needs the account', { id: 2, name: 'Neighbour' }),
    row('a suspended account answers nobody', { id: 3, name: 'Closed', status: 1 }, { status: 0 }),
  ],
  users: [
    row('an administrator reads reports', { id: 1, name: 'Ada', email: 'ada@example.com' }),
    row('names are quoted in CSV and stay free of HTML; who belongs to two accounts counts in each for himself', { id: 2, name: 'Ben O\'Brien, "Bo"', email: 'ben@example.com' }),
    row('an agent who left is unknown to type=agent, and has no name among senders', { id: 3, name: 'Cyd', email: 'cyd@example.com' }),
    row('names that begin like a formula get an apostrophe in CSV', { id: 4, name: '=SUM(A1)', email: 'dee@example.com' }),
    row('a role without report_manage reads no reports', { id: 5, name: 'Eve', email: 'eve@example.com' }),
    row('a member of another account alone is a stranger', { id: 6, name: 'Fay', email: 'fay@example.com' }),
    row('a plain agent reads no reports, but his own year', { id: 7, name: 'Gus', email: 'gus@example.com' }),
  ],
  account_users: [
    row('administrators are listed as agents, too', { id: 1, account_id: 1, user_id: 1, role: 'administrator' }),
    row('availability 2 is busy', { id: 2, account_id: 1, user_id: 2, role: 'agent', availability: 2 }),
    row('report_manage lets a member read reports; availability 1 is offline', { id: 3, account_id: 1, user_id: 4, role: 'agent', availability: 1, custom_role_permissions: ['report_manage'] }),
    row('any other permission does not', { id: 4, account_id: 1, user_id: 5, role: 'agent', custom_role_permissions: ['contact_manage'] }),
    row('auto_offline shows as offline, whatever is stored', { id: 5, account_id: 1, user_id: 7, role: 'agent', availability: 0, auto_offline: true }, { auto_offline: false }),
    row('agents of one account are not listed in another', { id: 6, account_id: 2, user_id: 6, role: 'administrator' }, { account_id: 1 }),
    row('an administrator of another account is an agent here', { id: 7, account_id: 2, user_id: 2, role: 'administrator' }),
    row('membership of a suspended account is no use', { id: 8, account_id: 3, user_id: 1, role: 'administrator' }),
  ],
  channel_twilio_sms: [
    row('Twilio’s WhatsApp is called Whatsapp', { id: 1, account_id: 1, phone_number: '+1', auth_token: 't', account_sid: 's', medium: 1 }),
    row('Twilio’s SMS is called Twilio SMS', { id: 2, account_id: 1, phone_number: '+2', auth_token: 't', account_sid: 's', medium: 0 }, { medium: 1 }),
  ],
  inboxes: [
    row('rows of the matrix go by name; WebWidget is called Website', { id: 1, account_id: 1, channel_type: 'Channel::WebWidget', name: 'Website' }),
    row('channels are kept apart', { id: 2, account_id: 1, channel_type: 'Channel::Email', name: 'Mail' }),
    row('an inbox with a bot', { id: 3, account_id: 1, channel_type: 'Channel::Api', name: 'Bot' }),
    row('inboxes of one channel are added up by channel', { id: 4, account_id: 1, channel_type: 'Channel::WebWidget', name: '@shop' }),
    row('another account’s inbox is not found, and drops out of filters', { id: 5, account_id: 2, channel_type: 'Channel::Line', name: 'Theirs' }, { account_id: 1 }),
    row('a channel of Twilio goes by its medium', { id: 6, account_id: 1, channel_id: 1, channel_type: 'Channel::TwilioSms', name: 'Twilio WA' }),
    row('a channel of Twilio goes by its medium', { id: 7, account_id: 1, channel_id: 2, channel_type: 'Channel::TwilioSms', name: 'Twilio SMS' }),
    row('FacebookPage is called Facebook', { id: 8, account_id: 1, channel_type: 'Channel::FacebookPage', name: 'F' }),
    row('Instagram', { id: 9, account_id: 1, channel_type: 'Channel::Instagram', name: 'G' }),
    row('Line is called LINE', { id: 10, account_id: 1, channel_type: 'Channel::Line', name: 'H' }),
    row('Sms', { id: 11, account_id: 1, channel_type: 'Channel::Sms', name: 'I' }),
    row('Telegram', { id: 12, account_id: 1, channel_type: 'Channel::Telegram', name: 'J' }),
    row('Tiktok', { id: 13, account_id: 1, channel_type: 'Channel::Tiktok', name: 'K' }),
    row('TwitterProfile is called Twitter', { id: 14, account_id: 1, channel_type: 'Channel::TwitterProfile', name: 'L' }),
    row('Whatsapp', { id: 15, account_id: 1, channel_type: 'Channel::Whatsapp', name: 'M' }),
  ],
  agent_bots: [row('a message of a bot shows the bot’s name', { id: 1, name: 'Botty', account_id: 1 })],
  agent_bot_inboxes: [
    row('an inbox with an active bot is a bot inbox', { id: 1, inbox_id: 3, agent_bot_id: 1, account_id: 1, status: 'active' }),
    row('one whose bot is switched off is none', { id: 2, inbox_id: 1, agent_bot_id: 1, account_id: 1, status: 'inactive' }, { status: 0 }),
  ],
  integrations_hooks: [
    row('an enabled Dialogflow hook is a bot', { id: 1, account_id: 1, inbox_id: 8, app_id: 'dialogflow', status: 1 }),
    row('a disabled one is none', { id: 2, account_id: 1, inbox_id: 2, app_id: 'dialogflow', status: 0 }, { status: 1 }),
    row('any other hook is none', { id: 3, account_id: 1, inbox_id: 2, app_id: 'slack', status: 1 }, { app_id: 'dialogflow' }),
  ],
  teams: [
    row('a team with conversations', { id: 1, account_id: 1, name: 'support' }),
    row('names in CSV begin with a minus', { id: 2, account_id: 1, name: '-sales' }),
    row('a team without conversations is listed with zeros and nulls', { id: 3, account_id: 1, name: 'idle' }),
    row('another account’s team is not found', { id: 4, account_id: 2, name: 'support' }, { account_id: 1, name: 'mine' }),
  ],
  labels: [
    row('label lists go by title, not by id', { id: 1, account_id: 1, title: 'refund' }),
    row('a tagging in another context counts for type=label alone', { id: 2, account_id: 1, title: 'feature' }),
    row('underscores in titles are no wildcards', { id: 3, account_id: 1, title: 'wild_card' }),
    row('another account’s label is not listed, and not found', { id: 4, account_id: 2, title: 'refund' }, { account_id: 1, title: 'mine' }),
    row('a label that nothing carries has zeros', { id: 5, account_id: 1, title: 'unused' }),
  ],
  contacts: [
    row('who answered a survey is shown', { id: 1, account_id: 1, name: 'Zoe', email: 'zoe@example.com', phone_number: '+15550001', created_at: '2025-09-01T00:00:00Z' }),
    row('a contact without a name, address or number', { id: 2, account_id: 1, name: '', created_at: '2025-09-01T00:00:00Z' }),
  ],
}
