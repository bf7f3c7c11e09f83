import { isDeepStrictEqual } from 'node:util'
import { Option, type Command } from 'commander'
import { cadence, formats, languages, usualWindow } from '../digests/definition/definition.ts'
import { digestMetrics } from '../digests/snapshot/snapshot.ts'
import type { WireDefinition } from '../digests/definition/wire.ts'
import { cadenceFrom, hasCadence, type CadenceOptions } from './digest-cadence.ts'
import { delimiter, idsOrAll, idsOrNone, hours, ownerOrNone, threshold, weekdayNamed, window } from './digest-values.ts'
import { recipientFrom } from './recipient-values.ts'

/** The options that say what a digest is made from. Those that are left out keep what there is, or what is usual. */
export interface DefinitionOptions extends CadenceOptions {
  file?: string
  name?: string
  owner?: number | 'none'
  zone?: string
  window?: WireDefinition['window']
  firstWeekday?: number
  starts?: string
  ends?: string
  compare?: WireDefinition['comparison']
  inbox?: number[] | 'all'
  team?: number[] | 'all'
  agent?: number[] | 'all'
  label?: number[] | 'all'
  businessHours?: boolean
  formats?: string[]
  delimiter?: WireDefinition['csv_delimiter']
  language?: WireDefinition['language']
  when?: WireDefinition['condition']['when']
  threshold?: string[]
  targets?: boolean
  whenIncomplete?: WireDefinition['when_incomplete']
  patience?: number
  to?: string[]
  group?: number[]
}

const choice = (flags: string, description: string, words: readonly string[]) => new Option(flags, description).choices(words)

/** Adds all that a definition has, for the verbs that make, change and check one. */
export function definitionOptions(command: Command): Command {
  addSchedule(command)
  addContent(command)
  return command
    .option(
      '--to <recipients...>',
      'who is sent it: an address, or user:7; whose figures behind it: user:7=own_teams, ana@example.com=team:3,4',
    )
    .option('--group <ids>', 'recipient groups that are sent it, such as 1,2; none', idsOrNone)
    .option('--owner <id>', 'the user who answers for it; none', ownerOrNone)
    .option('--file <path>', 'a definition in JSON, as the API takes it; - reads standard input. Other options change it')
}

function addSchedule(command: Command): void {
  command
    .option('--name <text>', 'what it is called')
    .addOption(choice('--every <unit>', 'how often it is due; default: week', ['day', 'week', 'month', 'cron']))
    .option(
      '--on <days>',
      'weekdays (monday,thursday), or of a month 15, last, first-monday, last-friday, first-working, last-working',
    )
    .option('--time <HH:MM>', 'at what local time; default: 08:00')
    .option('--cron <expression>', 'five fields, read in its zone')
    .option('--zone <name>', 'in which time zone; default: the account’s')
    .option('--window <days>', 'what it reports: day:7, week, month:3, or slot: since it was due before', window)
    .option('--first-weekday <name>', 'on which day its weeks begin; default: the account’s', weekdayNamed)
    .option('--starts <date>', 'the first date on which it is due; none')
    .option('--ends <date>', 'the last date on which it is due; none')
    .addOption(choice('--when <condition>', 'when it is sent; default: always', ['always', 'has_data', 'missed']))
    .option(
      '--threshold <limits...>',
      `missed when a figure is beyond it: avg_first_response_time:above:3600; metrics: ${digestMetrics.join(', ')}`,
    )
    .option('--targets', 'missed when a target of the account is')
    .option('--no-targets')
    .addOption(
      choice('--when-incomplete <what>', 'what is done when rollups are still behind after its patience; default: send', [
        'send',
        'hold',
        'skip',
      ]),
    )
    .option('--patience <hours>', 'how long it waits for rollups; default: 2', hours)
}

function addContent(command: Command): void {
  command
    .addOption(
      choice('--compare <with>', 'the period before, a year before, or none; default: previous', ['previous', 'year', 'none']),
    )
    .option('--inbox <ids>', 'only these inboxes, such as 1,2; all', idsOrAll)
    .option('--team <ids>', 'only these teams; 0: no team’s; all', idsOrAll)
    .option('--agent <ids>', 'only these agents; 0: nobody’s; all', idsOrAll)
    .option('--label <ids>', 'only these labels; all', idsOrAll)
    .option('--business-hours', 'count times in business hours')
    .option('--no-business-hours')
    .option('--formats <names...>', `what it carries: ${formats.join(', ')}; default: inline, xlsx`)
    .option('--delimiter <name>', 'of CSV: comma, semicolon or tab; default: comma', delimiter)
    .addOption(choice('--language <code>', 'default: en', languages))
}

/** A definition in JSON with the options laid over it. */
export function definitionWith(base: Partial<WireDefinition>, options: DefinitionOptions): Record<string, unknown> {
  const { name, owner, zone, firstWeekday, starts, ends, compare, businessHours, delimiter, language } = options
  const { whenIncomplete, patience, to, group } = options
  const given = {
    name,
    owner_id: orNull(owner),
    zone,
    first_weekday: firstWeekday,
    starts_on: orNull(starts),
    ends_on: orNull(ends),
    comparison: compare,
    filter: filterWith(base, options),
    business_hours: businessHours,
    formats: options.formats?.flatMap((names) => names.split(',')),
    csv_delimiter: delimiter,
    language,
    condition: conditionWith(base, options),
    when_incomplete: whenIncomplete,
    patience_hours: patience,
    recipients: to?.map(recipientFrom),
    groups: group,
  }
  return {
    ...base,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    ...timing(base, options),
  }
}

const orNull = <T>(given: T | 'none'): T | null => (given === 'none' ? null : given)

/** The cadence and its window: one that was the usual one of the old cadence gives way to that of the new. */
function timing(base: Partial<WireDefinition>, options: DefinitionOptions): Record<string, unknown> {
  const window = options.window && { window: options.window }
  // What a file says, or fails to say, is judged with the rest of it.
  if (!hasCadence(options) && (options.file !== undefined || base.cadence)) return { ...window }
  const before = cadence.safeParse(base.cadence).data
  const after = cadenceFrom(options, before)
  const wasUsual = before && isDeepStrictEqual(base.window, usualWindow(before))
  return { cadence: after, ...(wasUsual && { window: usualWindow(after) }), ...window }
}

function filterWith({ filter }: Partial<WireDefinition>, options: DefinitionOptions) {
  const given = (['inbox', 'team', 'agent', 'label'] as const).filter((name) => options[name] !== undefined)
  if (given.length === 0) return undefined
  const merged: Record<string, unknown> = { ...filter, ...Object.fromEntries(given.map((name) => [name, options[name]])) }
  return Object.fromEntries(Object.entries(merged).filter(([, ids]) => ids !== 'all'))
}

function conditionWith({ condition }: Partial<WireDefinition>, options: DefinitionOptions) {
  const { when, targets } = options
  if (when === undefined && targets === undefined && options.threshold === undefined) return undefined
  return {
    ...condition,
    ...(when !== undefined && { when }),
    ...(targets !== undefined && { targets }),
    ...(options.threshold && { thresholds: options.threshold.map(threshold) }),
  }
}
