import { z } from 'zod'
import { stats } from '../../reports/measure.ts'
import { countingMetrics } from '../../reports/counted-rows.ts'
import { groupings } from '../../time/calendar.ts'
import { text } from '../request.ts'

/** The parameters of a route; one that it does not have is refused, as it was meant to do something. */
export const queryOf = <T extends z.ZodRawShape>(shape: T) =>
  z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `There is no parameter ${issue['keys'].join(', ').slice(0, 100)} here. There are ${Object.keys(shape).join(', ')}.`
        : undefined,
  })

/** Ids that a filter may name. */
export const FILTER_MAX = 100

/** One of a few words; any other is refused with the list of them. */
export const word = <T extends string>(words: readonly T[]) => z.enum(words, { error: `must be one of ${words.join(', ')}` })

const id = z.string().regex(/^\d{1,15}$/, 'must be an id, a whole number')
const ids = (of: string) =>
  z
    .union([id, z.array(id).max(FILTER_MAX, `takes at most ${FILTER_MAX} ids`)], {
      error: (issue) =>
        `${String(issue.path?.[0] ?? 'it')} takes ids, such as ${of}_ids[]=1&${of}_ids[]=2, at most ${FILTER_MAX}`,
    })
    .optional()
    .meta({
      description: `Only what counts for these ${of === 'inbox' ? 'inboxes' : `${of}s`}; 0 stands for none.`,
      example: '1',
    })

const moment = (what: string) =>
  text.meta({
    description: `${what}: Unix seconds, a local date (its start), an ISO time with an offset, or days back (\`-7d\`).`,
    example: '2026-03-02',
  })

const since = moment('First instant of the range')
const until = moment('First instant after the range')
const timezone = text
  .optional()
  .meta({ description: 'IANA zone of dates and buckets; the account’s own without.', example: 'Europe/Berlin' })
const business_hours = word(['true', 'false']).optional().meta({ description: 'Times in business hours.', example: 'false' })

/** The range and the clock of every report. */
export const rangeParameters = { since, until, timezone, business_hours }

/** Whose rows count. */
export const filterParameters = {
  inbox_ids: ids('inbox'),
  agent_ids: ids('agent'),
  team_ids: ids('team'),
  label_ids: ids('label'),
}

export const subjectParameters = {
  type: word(['account', 'agent', 'inbox', 'label', 'team'])
    .optional()
    .meta({ description: 'What it is about; the account without.', example: 'account' }),
  id: id.optional().meta({ description: 'Id of the agent, inbox, label or team.', example: '1' }),
}

export const compareParameters = {
  compare: word(['none', 'previous', 'year', 'seconds', 'custom']).optional().meta({
    description:
      'The range that stands beside: `previous` by the calendar (month before month), the same a `year` earlier, as many `seconds` before (as Chatwoot does), or `custom` with its own ends.',
    example: 'previous',
  }),
  compare_since: text.optional().meta({ description: 'First instant of a custom range to compare with.', example: '2025-03-03' }),
  compare_until: text.optional().meta({ description: 'First instant after it.', example: '2025-03-10' }),
}

export const metricParameters = {
  metrics: z
    .union([text, z.array(text).max(countingMetrics.length)])
    .optional()
    .meta({
      description: `Which metrics, by comma or as \`metrics[]\`: ${countingMetrics.map((name) => `\`${name}\``).join(', ')}. Without: all but \`unique_contacts_count\`.`,
      example: 'conversations_count,avg_first_response_time',
    }),
  stat: word(stats)
    .optional()
    .meta({ description: 'What time metrics show: the mean, the median or the 90th percentile (within 1 %).', example: 'p50' }),
  target: z
    .string()
    .regex(/^\d{1,9}(\.\d{1,3})?$/, 'must be seconds, such as 3600')
    .optional()
    .meta({ description: 'Seconds to hold times against, instead of the account’s targets.', example: '3600' }),
}

export const groupParameters = {
  group_by: word(groupings).optional().meta({ description: 'Width of a bucket; a day without.', example: 'week' }),
  week_start: word(['monday', 'sunday', 'saturday']).optional().meta({
    description: 'First day of weeks; the account’s without, which is Monday unless its settings say otherwise.',
    example: 'monday',
  }),
}

export const pageParameters = {
  page: z
    .string()
    .regex(/^[1-9]\d{0,6}$/, 'must be a page number from 1 on')
    .optional()
    .meta({ description: 'Which page.', example: '1' }),
  per_page: z
    .string()
    .regex(/^([1-9]\d?|100)$/, 'must be a number from 1 to 100')
    .optional()
    .meta({ description: 'Records on a page.', example: '25' }),
}

const sortKeys = ['name', 'id', ...countingMetrics]

export const sortParameter = {
  sort: word(sortKeys.flatMap((key) => [key, `-${key}`]))
    .optional()
    .meta({
      description: 'A metric, `name` or `id`; descending with a minus in front. By id without.',
      example: '-conversations_count',
    }),
}

export const formatParameter = {
  format: word(['json', 'csv', 'xlsx']).optional().meta({ description: 'JSON without.', example: 'csv' }),
}
