import { z } from 'zod'
import type { Instant } from '../clock.ts'
import { invalid } from '../errors.ts'
import { botSummaryMetrics, summaryMetrics } from '../reports/chatwoot/summary.ts'
import type { Range } from '../reports/values.ts'
import { groupings, type Grouping } from '../time/calendar.ts'
import { FARTHEST } from '../time/zone.ts'

/** A parameter that is one text. Lists, repeated names and NUL (which PostgreSQL's text cannot hold) are refused. */
export const text = z.string('give this parameter once, as text').refine((given) => !given.includes('\0'), 'must not contain NUL')

/** The metrics that Chatwoot has series of. */
export const seriesMetrics = [...summaryMetrics, ...botSummaryMetrics]

/** A list of ids, as `name[]=1&name[]=2`; one alone may be given as text. */
export const idList = z.union([z.string(), z.array(z.string())])

const parameters = {
  since: text.optional().meta({ description: 'First instant of the range, in Unix seconds.', example: '1772427600' }),
  until: text.optional().meta({ description: 'First instant after the range, in Unix seconds.', example: '1773633600' }),
  business_hours: text.optional().meta({
    description: 'Times in business hours. Empty, `false`, `f`, `0` and `off` mean no, any other text yes.',
    example: 'true',
  }),
  type: text
    .optional()
    .meta({ description: 'What it is about: `account`, `agent`, `inbox`, `label` or `team`.', example: 'account' }),
  id: text.optional().meta({ description: 'Id of the agent, inbox, label or team; not needed for the account.', example: '1' }),
  metric: text.optional().meta({
    description: `Which metric: ${seriesMetrics.map((name) => `\`${name}\``).join(', ')}; any other gives \`{}\`.`,
    example: 'conversations_count',
  }),
  group_by: text.optional().meta({
    description: '`hour`, `day`, `week`, `month` or `year`; anything else means day. Weeks start on Sunday.',
    example: 'week',
  }),
  timezone: text
    .optional()
    .meta({ description: 'IANA zone that buckets are cut in; wins over the offset.', example: 'Europe/Berlin' }),
  timezone_offset: text.optional().meta({ description: 'Hours ahead of UTC now, instead of a zone.', example: '5.5' }),
  format: text.optional().meta({ description: '`json` or `csv`.', example: 'csv' }),
}

export const accountPath = z.object({ account_id: z.string().meta({ description: 'Id of the account.', example: '1' }) })

const { since, until, business_hours, type, id, metric, group_by, timezone, timezone_offset, format } = parameters
export const rangeQuery = z.object({ since, until, business_hours })
export const subjectQuery = z.object({ type, id, since, until, business_hours })
export const seriesQuery = z.object({ metric, type, id, since, until, group_by, timezone, timezone_offset, business_hours })
export const listQuery = z.object({ since, until, business_hours, format })

/** Ids that a list may have. */
export const IDS_MAX = 1000

/** A range that nothing lies in: what Chatwoot answers from when an end is missing. */
export const NOTHING: Range = { since: 0, until: 0 }
/** The whole history: what Chatwoot's label summary answers from when an end is missing. */
export const EVERYTHING: Range = { since: 0, until: FARTHEST }

/**
 * The range of a request, or undefined when an end is missing or empty. Fractions of a second are cut.
 * @throws Refusal (422) for anything that is not a number of seconds before 2100.
 */
export function rangeOf(query: { since?: string | undefined; until?: string | undefined }): Range | undefined {
  const since = instantOf('since', query.since)
  const until = instantOf('until', query.until)
  return since === undefined || until === undefined ? undefined : { since, until }
}

/** A moment in Unix seconds, or undefined for nothing. @throws Refusal (422) as above, naming the parameter. */
export function instantOf(name: string, given = ''): Instant | undefined {
  const digits = given.trim()
  if (digits === '') return undefined
  const instant = /^-?\d{1,15}(\.\d*)?$/.test(digits) ? Math.trunc(Number(digits)) : NaN
  if (Math.abs(instant) <= FARTHEST) return instant
  throw invalid(
    `${name} must be Unix seconds between -${FARTHEST} and ${FARTHEST} (the year 2100), such as 1772427600; ` +
      `${JSON.stringify(digits.slice(0, 40))} is not. Milliseconds and dates are not read.`,
  )
}

/** A flag as Rails reads it: off for nothing, an empty text, `false`, `f`, `0` and `off`; on for every other text. */
export function flagOf(given = ''): boolean {
  return !['', '0', 'f', 'F'].includes(given) && !['false', 'off'].includes(given.toLowerCase())
}

/** The grouping of a series; anything that is none means day. */
export function groupingOf(given: string | undefined): Grouping {
  return groupings.find((grouping) => grouping === given) ?? 'day'
}

/**
 * An id as Rails finds by it: the whole number that the text starts with, where `+` and `_` are read as Ruby reads them.
 * NaN for a text without a number or with too large a one.
 */
export function idOf(given = ''): number {
  const id = Number(/^\s*\+?(\d+(_\d+)*)/.exec(given)?.[1]?.replaceAll('_', '') ?? NaN)
  return id <= Number.MAX_SAFE_INTEGER ? id : NaN
}

/**
 * The ids of a list as Rails finds by them: what is no id drops out. Undefined, which means all, when the list is missing.
 * @throws Refusal (422) for more than IDS_MAX.
 */
export function idsOf(name: string, given: string | string[] = ''): number[] | undefined {
  if (typeof given === 'string' && given.trim() === '') return undefined
  const list = [given].flat()
  if (list.length > IDS_MAX) throw invalid(`${name}[] takes at most ${IDS_MAX} ids. Ask for fewer at a time.`)
  return list.map((id) => idOf(id)).filter((id) => !Number.isNaN(id))
}

/** The last page that is looked for. */
const LAST_PAGE = 2_147_483_647

/** The number of a page as Rails reads it: the whole number that the text starts with, at least 1. @throws Refusal (422) beyond 2^31. */
export function pageOf(given: string | undefined): number {
  const page = wholeOf(given)
  if (page > LAST_PAGE) throw invalid(`page must be at most ${LAST_PAGE}.`)
  return Math.max(1, page)
}

/** The whole number that a text starts with, as Ruby's to_i reads it; 0 when it starts with none. */
export function wholeOf(given = ''): number {
  return Number(/^\s*([+-]?\d+(_\d+)*)/.exec(given)?.[1]?.replaceAll('_', '') ?? 0)
}
