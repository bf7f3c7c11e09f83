import { z } from 'zod'
import type { Filter } from '../../rollups/rolling/filter.ts'
import { NO_CONTROLS } from '../audience/address.ts'
import type { Cadence } from '../schedule/cadence.ts'
import { digestMetrics } from '../snapshot/snapshot.ts'
import type { Weekday } from '../../time/date.ts'
import { LONGEST_WINDOW, type Window } from '../schedule/window.ts'

/** What a mail may carry: its figures in the mail itself, CSV files, the same in one archive, a workbook. */
export const formats = ['inline', 'csv', 'zip', 'xlsx'] as const
export type Format = (typeof formats)[number]

/** The languages that a digest speaks. */
export const languages = ['en', 'de', 'ar'] as const
export type Language = (typeof languages)[number]

/** At most this many entries in a list of recipients; more belong to a mailing list. */
export const MOST_RECIPIENTS = 1000
/** At most this many ids of a kind in a filter, and groups in an audience. */
const MOST_IDS = 500

/** One line of text without control characters, which are refused, never mended. */
export const line = (longest: number) => z.string().trim().min(1).max(longest).regex(NO_CONTROLS, 'must be one line')

/** An object that says which fields it has when it is given another. */
export const fields = <T extends z.ZodRawShape>(shape: T) =>
  z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `there is no field ${issue['keys'].join(', ').slice(0, 100)} here, only ${Object.keys(shape).join(', ')}`
        : undefined,
  })

const oneOf = (words: string): z.core.$ZodDiscriminatedUnionParams => ({
  error: (issue) => (issue.code === 'invalid_union' ? `must be ${words}` : undefined),
})

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time from 00:00 to 23:59')
export const weekday = z
  .literal([0, 1, 2, 3, 4, 5, 6], 'must be a weekday from 0 (Sunday) to 6')
  .meta({ description: '0 is Sunday.' })
export const date = z.iso
  .date('must be a date such as 2026-05-04')
  .refine((text) => text >= '1970-01-01' && text < '2100-01-01', 'must be a date from 1970 to 2099')

const monthDay = z.union(
  [
    z.int().min(1).max(31),
    z.literal('last'),
    fields({ nth: z.enum(['first', 'last']), weekday: z.union([weekday, z.literal('working')]) }),
  ],
  'must be a day from 1 to 31, "last", or the first or last weekday: {"nth": "first", "weekday": "working"}',
)

/** When a digest is due, on the clock of its zone. A shorter month has its day 31 on its last day. */
export const cadence = z.discriminatedUnion(
  'every',
  [
    fields({ every: z.literal('day'), time }),
    fields({ every: z.literal('week'), weekdays: z.array(weekday).min(1).max(7), time }),
    fields({ every: z.literal('month'), on: monthDay, time }),
    fields({ every: z.literal('cron'), expression: line(100) }),
  ],
  oneOf('"day", "week", "month" or "cron"'),
)

/** The whole local days that a slot reports: the last so many days, weeks or months before it, or all since the previous slot. */
export const dataWindow = z.discriminatedUnion(
  'unit',
  [
    fields({ unit: z.enum(['day', 'week', 'month']), count: z.int().min(1).max(LONGEST_WINDOW) }),
    fields({ unit: z.literal('slot') }),
  ],
  oneOf('"day", "week", "month" or "slot"'),
)

const ids: z.ZodOptional<z.ZodType<readonly number[], readonly number[]>> = z
  .array(
    z
      .int()
      .min(0)
      .max(2 ** 31 - 1),
  )
  .min(1)
  .max(MOST_IDS)
  .optional()
/** Ids by dimension, 0 for none of it; what is left out means all, also those that come later. */
export const filter = fields({ inbox: ids, agent: ids, team: ids, label: ids })

/** Whose figures a recipient is sent: everybody's, those of his teams, his own as an agent, or of named ids. */
export const lens = z.union(
  [z.enum(['all', 'own_teams', 'own']), filter.refine((ids) => Object.keys(ids).length > 0, 'must name ids, or be "all"')],
  'must be "all", "own_teams", "own" or ids such as {"team": [3]}',
)
export type Lens = 'all' | 'own_teams' | 'own' | Filter

export const userId = z
  .int()
  .min(1)
  .max(2 ** 31 - 1)
/** Somebody who is sent a digest: a user of the account, or an address. */
export const recipient = z.union(
  [
    z.strictObject({ userId, lens: lens.default('all') }),
    z.strictObject({ address: z.string().max(320), lens: lens.default('all') }),
  ],
  'must be a user of the account ({"userId": 7}) or an address ({"address": "ana@example.com"}), with a lens or without',
)
export type Recipient = ({ userId: number } | { address: string }) & { lens: Lens }

/** Recipients that several digests share. Who is added or leaves counts from the next mail that is composed. */
export interface Group {
  id: number
  name: string
  recipients: Recipient[]
  usedBy: { id: number; name: string }[]
}

export type GroupInput = Pick<Group, 'name' | 'recipients'>

/** Missed when the figure is above, or below, the value (seconds, counts, percent, rating: the unit of the metric). */
export const threshold = fields({
  metric: z.enum(digestMetrics),
  limit: z.enum(['above', 'below']),
  value: z.number().min(0).max(1e9),
})
export type Threshold = z.output<typeof threshold>

/** When there is something to send: always, when anything happened, when a threshold or (`targets`) a target is missed. */
export const condition = fields({
  when: z.enum(['always', 'has_data', 'missed']).default('always'),
  thresholds: z.array(threshold).max(20).default([]),
  targets: z.boolean().default(false),
})
export type Condition = z.output<typeof condition>

/** What a digest is made from. */
export const definition = fields({
  name: line(120),
  ownerId: userId.nullable().default(null),
  zone: z.string().min(1).max(64),
  cadence,
  window: dataWindow.optional(),
  firstWeekday: weekday.optional(),
  startsOn: date.nullable().default(null),
  endsOn: date.nullable().default(null),
  comparison: z.enum(['previous', 'year', 'none']).default('previous'),
  filter: filter.default({}),
  businessHours: z.boolean().default(false),
  formats: z.array(z.enum(formats)).min(1).max(4).default(['inline', 'xlsx']),
  csvDelimiter: z.enum([',', ';', 'tab']).default(','),
  language: z.enum(languages).default('en'),
  condition: condition.default({ when: 'always', thresholds: [], targets: false }),
  whenIncomplete: z.enum(['send', 'hold', 'skip']).default('send'),
  patienceHours: z.number().min(0).max(72).default(2),
  recipients: z.array(recipient).max(MOST_RECIPIENTS).default([]),
  groups: z.array(z.int().min(1)).max(MOST_IDS).default([]),
})
export type DefinitionInput = Omit<z.input<typeof definition>, 'recipients'> & {
  recipients?: (({ userId: number } | { address: string }) & { lens?: Lens })[]
}
export type Definition = Omit<z.output<typeof definition>, 'recipients'> & {
  window: Window
  firstWeekday: Weekday
  recipients: Recipient[]
}

/** What a cadence reports unless something else is asked for: the day, week or month before; else what lies between slots. */
export function usualWindow(cadence: Cadence): Window {
  if (cadence.every === 'day') return { unit: 'day', count: 1 }
  if (cadence.every === 'month') return { unit: 'month', count: 1 }
  return cadence.every === 'week' && new Set(cadence.weekdays).size === 1 ? { unit: 'week', count: 1 } : { unit: 'slot' }
}
