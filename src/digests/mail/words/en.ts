import { figures } from './en-figures.ts'
import { files } from './en-files.ts'
import { sentences } from './en-sentences.ts'
import { plurals } from './plural.ts'
import type { Words } from './words.ts'

const counted = plurals('en')

export const english: Words = {
  language: 'en',
  direction: 'ltr',
  quoted: (name) => `“${name}”`,
  list: (items) => items.join(', '),
  title: {
    daily: 'Daily support report',
    weekly: 'Weekly support report',
    monthly: 'Monthly support report',
    other: 'Support report',
  },
  edition: (n) => `edition ${n}`,
  thisPeriod: { daily: 'this day', weekly: 'this week', monthly: 'this month', other: 'this period' },
  previousPeriod: {
    daily: 'day before',
    weekly: 'week before',
    monthly: 'month before',
    other: 'period before',
    year: 'year before',
  },
  comparedWith: (period) => `compared with ${period}`,
  comparedWithYear: {
    daily: (period) => `compared with the same day a year before, ${period}`,
    weekly: (period) => `compared with the same week a year before, ${period}`,
    monthly: (period) => `compared with the same month a year before, ${period}`,
    other: (period) => `compared with the same days a year before, ${period}`,
  },
  comparisonPurged: 'not compared, as the records of the time before are not kept any longer',
  comparisonStarts: {
    daily: 'comparison starts with the next day',
    weekly: 'comparison starts next week',
    monthly: 'comparison starts next month',
    other: 'comparison starts with the next period',
    year: 'nothing was recorded a year before',
  },
  allHours: 'all hours',
  businessHours: 'business hours only',
  businessDays: {
    counts: (current, previous) => `Business days: ${current}, before ${previous}`,
    compared: 'Counts are compared per business day.',
  },
  scope: (parts) => `Only ${parts.join(' · ')}`,
  scopePart: {
    inbox: (names) => `inboxes: ${names}`,
    team: (names) => `teams: ${names}`,
    agent: (names) => `agents: ${names}`,
    label: (names) => `labels: ${names}`,
  },
  headings: {
    inShort: 'In short',
    keyFigures: 'Key figures',
    corrections: 'Corrected figures',
    attention: 'Needs attention',
    trend: { hour: 'Hour by hour', day: 'Day by day', week: 'Week by week' },
    busy: 'When it was busy',
    files: 'Files',
  },
  tables: {
    agents: {
      title: 'Agents',
      kind: 'Agent',
      count: (n, text) => counted(n, text, { one: '# agent', other: '# agents' }),
      none: 'Unassigned',
      unnamed: (id) => `Agent ${id}`,
    },
    teams: {
      title: 'Teams',
      kind: 'Team',
      count: (n, text) => counted(n, text, { one: '# team', other: '# teams' }),
      none: 'No team',
      unnamed: (id) => `Team ${id}`,
    },
    inboxes: {
      title: 'Inboxes',
      kind: 'Inbox',
      count: (n, text) => counted(n, text, { one: '# inbox', other: '# inboxes' }),
      none: 'No inbox',
      unnamed: (id) => `Inbox ${id}`,
    },
    labels: {
      title: 'Labels',
      kind: 'Label',
      count: (n, text) => counted(n, text, { one: '# label', other: '# labels' }),
      none: 'No label',
      unnamed: (id) => `Label ${id}`,
    },
  },
  columns: { conversations: 'Conv.', resolved: 'Resolved', firstResponse: 'First response', n: 'n', change: 'Change' },
  metrics: {},
  tiles: (metric, rhythm) =>
    metric === 'open_conversations_count'
      ? { daily: 'Open at end of day', weekly: 'Open at end of week', monthly: 'Open at end of month', other: 'Open at the end' }[
          rhythm
        ]
      : {
          conversations_count: 'New conversations',
          resolutions_count: 'Resolved',
          avg_first_response_time: 'First response',
          avg_resolution_time: 'Resolution time',
          reply_time: 'Customer waiting',
          csat_score: 'CSAT',
        }[metric as string],
  times: { first_response: 'first response', reply: 'customer waiting', resolution: 'resolution time' },
  spoken: {
    conversations_count: 'new conversations',
    resolutions_count: 'resolutions',
    avg_first_response_time: 'first response',
    avg_resolution_time: 'resolution time',
    reply_time: 'customer waiting',
    csat_score: 'CSAT',
  },
  since: (date) => `since ${date}`,
  samples: (n) => `n=${n}`,
  had: ({ n, text }) => `had ${counted(n, text, { one: '# conversation', other: '# conversations' })}`,
  topOf: (some, all) => `top ${some} of ${all}`,
  more: (_, text, where) => `and ${text} more${where === 'workbook' ? ' in the workbook' : ''}`,
  overlap: 'A conversation with several labels counts in each of them; do not add the rows up.',
  trend: {
    hour: 'New conversations per hour.',
    day: 'New conversations per day.',
    week: 'New conversations per week.',
  },
  heatmap: {
    sum: 'New conversations by weekday and hour.',
    mean: 'New conversations by weekday and hour, on average.',
  },
  attachments: {
    tooLarge: (size) =>
      `The files are too large to attach (${size}). An administrator can make them with “tidemark digest preview”.`,
    expires: (date) => `These links expire on ${date}.`,
  },
  links: {
    view: 'Open full report',
    workbook: 'Download workbook',
    file: 'Download files',
    manage: 'Manage',
    unsubscribe: 'Unsubscribe',
    definitions: 'Definitions',
  },
  ...figures,
  ...sentences,
  ...files,
}
