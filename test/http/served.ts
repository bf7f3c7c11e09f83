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
  'reports/drilldown',
  'summary_reports/agent',
  'summary_reports/inbox',
  'summary_reports/team',
  'summary_reports/label',
])

/** Those of Chatwoot's v1. */
const servedOfV1 = new Set(['csat_survey_responses', 'csat_survey_responses/metrics', 'csat_survey_responses/download'])

export function isServed(path: string): boolean {
  const [, version, name = ''] = /^\/api\/(v\d)\/accounts\/\d+\/([^.]+)/.exec(path) ?? []
  return version === 'v1' ? servedOfV1.has(name) : version === 'v2' && served.has(name)
}
