/** The paths below an account that recorded requests are replayed on, without a format suffix. */
const served = new Set([
  'reports',
  'reports/summary',
  'reports/bot_summary',
  'reports/agents',
  'reports/inboxes',
  'reports/teams',
  'reports/labels',
  'reports/conversations_summary',
  'reports/conversations',
  'reports/bot_metrics',
  'reports/inbox_label_matrix',
  'reports/first_response_time_distribution',
  'reports/outgoing_messages_count',
  'reports/conversation_traffic',
  'live_reports/conversation_metrics',
  'live_reports/grouped_conversation_metrics',
  'year_in_review',
  'summary_reports/channel',
  'summary_reports/agent',
  'summary_reports/inbox',
  'summary_reports/team',
  'summary_reports/label',
])

export function isServed(path: string): boolean {
  const [, version, name = ''] = /^\/api\/(v\d)\/accounts\/\d+\/([^.]+)/.exec(path) ?? []
  return version === 'v2' && served.has(name)
}
