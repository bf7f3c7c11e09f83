import { InvalidArgumentError, Option, type Command } from 'commander'
import type { Instant } from '../clock.ts'
import { countingMetrics, type CountingMetric } from '../reports/counted-rows.ts'
import type { TimeseriesGiven } from '../reports/documents/figures.ts'
import { heatmapCounts, type HeatmapCount } from '../reports/heatmap.ts'
import { stats } from '../reports/measure.ts'
import { outgoingGroupings, type OutgoingGrouping } from '../reports/outgoing-messages.ts'
import { groupings } from '../time/calendar.ts'
import { comparisons } from '../time/period.ts'

/** The options of all reports, as Commander hands them over; which a report has is told by its groups. */
export interface Options {
  since: string
  until?: string
  timezone?: string
  businessHours?: true
  type?: TimeseriesGiven['type']
  id?: string
  metrics?: string
  stat?: TimeseriesGiven['stat']
  target?: string
  compare?: TimeseriesGiven['compare']
  compareSince?: string
  compareUntil?: string
  inboxIds?: string[]
  agentIds?: string[]
  teamIds?: string[]
  labelIds?: string[]
  groupBy?: TimeseriesGiven['group_by']
  weekStart?: TimeseriesGiven['week_start']
  sort?: string
  counted?: HeatmapCount
  by: OutgoingGrouping
  metric: CountingMetric
  page?: string
  perPage?: string
}

/** Adds some options to a report. */
export type OptionGroup = (command: Command) => Command

const IDS_MAX = 100

function matching(pattern: RegExp, message: string) {
  return (text: string): string => {
    if (pattern.test(text)) return text
    throw new InvalidArgumentError(message)
  }
}

function idList(text: string): string[] {
  const ids = text.split(',').map((id) => id.trim())
  if (ids.length <= IDS_MAX && ids.every((id) => /^\d{1,15}$/.test(id))) return ids
  throw new InvalidArgumentError(`Give ids, such as 1,2, at most ${IDS_MAX}; 0 stands for none.`)
}

const sortKeys = ['name', 'id', ...countingMetrics]

function sortKey(text: string): string {
  if (sortKeys.includes(text.replace(/^-/, ''))) return text
  throw new InvalidArgumentError(`Sort by one of ${sortKeys.join(', ')}; with a minus in front from the highest down.`)
}

const choice = (flags: string, description: string, words: readonly string[]) => new Option(flags, description).choices(words)

export const range: OptionGroup = (command) =>
  command
    .requiredOption('--since <time>', 'first instant: a date (its start), an ISO time with an offset, Unix seconds, or -7d')
    .option('--until <time>', 'first instant after; default: now')
    .option('--tz, --timezone <name>', 'zone of dates and buckets, such as Europe/Berlin; default: the account’s')
    .option('--business-hours', 'times in business hours')

export const subject: OptionGroup = (command) =>
  command
    .addOption(choice('--type <of>', 'what it is about; default: the account', ['account', 'agent', 'inbox', 'label', 'team']))
    .option('--id <id>', 'the agent, inbox, label or team', matching(/^\d{1,15}$/, 'Give an id, a whole number.'))

export const inboxFilter: OptionGroup = (command) =>
  command.option('--inbox-ids <ids>', 'only these inboxes, such as 1,2', idList)
export const labelFilter: OptionGroup = (command) => command.option('--label-ids <ids>', 'only these labels', idList)

export const filter: OptionGroup = (command) =>
  labelFilter(
    inboxFilter(command)
      .option('--agent-ids <ids>', 'only these agents; 0: nobody’s', idList)
      .option('--team-ids <ids>', 'only these teams; 0: no team’s', idList),
  )

export const figures: OptionGroup = (command) =>
  command
    .option('--metrics <names>', `which metrics, by comma: ${countingMetrics.join(', ')}`)
    .addOption(choice('--stat <name>', 'what times show: mean, median or 90th percentile', stats))
    .option(
      '--target <seconds>',
      'hold times against this instead of the account’s targets',
      matching(/^\d{1,9}(\.\d{1,3})?$/, 'Give seconds, such as 3600.'),
    )

export const comparison: OptionGroup = (command) =>
  command
    .addOption(
      choice('--compare [with]', 'beside the range before it, a year earlier, or as many seconds before', [
        'none',
        ...comparisons,
        'custom',
      ]).preset('previous'),
    )
    .option('--compare-since <time>', 'first instant of a range of your own to compare with (--compare custom)')
    .option('--compare-until <time>', 'first instant after it')

export const grouping: OptionGroup = (command) =>
  command
    .addOption(choice('--group-by <unit>', 'width of a bucket; default: day', groupings))
    .addOption(choice('--week-start <day>', 'first day of weeks; default: the account’s', ['monday', 'sunday', 'saturday']))

export const sorting: OptionGroup = (command) =>
  command.option('--sort <key>', 'a metric, name or id; with a minus in front from the highest down', sortKey)

export const countedBy: OptionGroup = (command) =>
  command.addOption(choice('--counted <what>', 'what is counted; default: conversations', heatmapCounts))

export const groupedBy: OptionGroup = (command) =>
  command.addOption(choice('--by <what>', 'what they are counted by', outgoingGroupings).makeOptionMandatory())

export const recordPage: OptionGroup = (command) =>
  command
    .addOption(choice('--metric <name>', 'whose figure', countingMetrics).makeOptionMandatory())
    .option('--page <number>', 'which page; default: 1', matching(/^[1-9]\d{0,6}$/, 'Give a page number from 1 on.'))
    .option('--per-page <number>', 'records on a page; default: 25', matching(/^([1-9]\d?|100)$/, 'Give a number from 1 to 100.'))

/** What any report may be asked, in the words of its document. */
export interface ReportGiven extends TimeseriesGiven {
  sort: string | undefined
  counted: HeatmapCount | undefined
  by: OutgoingGrouping
  metric: CountingMetric
  page: string | undefined
  per_page: string | undefined
}

/** The options as the reports read them; a range without an end goes on until now. */
export function givenFrom(options: Options, now: Instant): ReportGiven {
  const { since, timezone, type, id, metrics, stat, target, compare, sort, counted, by, metric, page } = options
  return {
    since,
    timezone,
    type,
    id,
    metrics,
    stat,
    target,
    compare,
    sort,
    counted,
    by,
    metric,
    page,
    until: options.until ?? String(Math.trunc(now)),
    business_hours: options.businessHours ? 'true' : 'false',
    compare_since: options.compareSince,
    compare_until: options.compareUntil,
    inbox_ids: options.inboxIds,
    agent_ids: options.agentIds,
    team_ids: options.teamIds,
    label_ids: options.labelIds,
    group_by: options.groupBy,
    week_start: options.weekStart,
    per_page: options.perPage,
  }
}
