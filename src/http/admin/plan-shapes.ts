import { z } from 'zod'
import { backfillStates } from '../../rollups/backfill/backfill-row.ts'
import { metricNames } from '../../rollups/metrics.ts'
import { dimensionNames } from '../../rollups/parts.ts'
import { optionShapes } from './backfill-shapes.ts'
import { countsShape, time } from './rollup-shapes.ts'

const dates = { first_day: z.string(), last_day: z.string() }
const fates = z.object({ changed: z.int(), unchanged: z.int(), new: z.int() })
const value = z.number().nullable()

const metric = z.object({
  metric: z.enum(metricNames),
  unit: z.string(),
  days: fates.meta({ description: 'Days by whether the account’s figure changes; new: never rolled before.' }),
  rows: fates.meta({ description: 'The same of every inbox, agent, team and label on every day.' }),
  before: value.meta({ description: 'Over the compared days that were rolled before: as it is stored.' }),
  after: value.meta({ description: 'As it would be.' }),
  added: value.meta({ description: 'Over the compared days that never were.' }),
  largest: z.array(z.object({ day: z.string(), dimension: z.enum(dimensionNames), id: z.int(), before: value, after: value })),
})

const diff = z.object({
  days: z.object({ compared: z.int(), sampled: z.int(), of: z.int() }).meta({
    description: 'Days that were recomputed, those that were chosen (the time did not suffice where these are more), and all.',
  }),
  metrics: z.array(metric),
  tables: z.array(
    z.object({
      table: z.string(),
      unchanged: z.int(),
      changed: z.int(),
      added: z.int(),
      removed: z.int(),
      new: z.int(),
    }),
  ),
  failing: z.array(z.object({ day: z.string(), error: z.string() })),
})

/** Null are figures and names for who runs the installation and not the account. */
export const planShape = z.object({
  account_id: z.int(),
  since: time.nullable(),
  until: time.nullable(),
  timezone: z.string(),
  ...optionShapes,
  made_at: time,
  stretch: z.object(dates).meta({ description: 'The whole local days that were asked for.' }),
  states: z
    .object({ days: countsShape, hours: countsShape })
    .meta({ description: 'How many of their buckets are in which state.' }),
  roll: z
    .object({
      days: z.int(),
      hours: z.int(),
      first_day: z.string().nullable(),
      last_day: z.string().nullable(),
      stretches: z.array(z.object(dates)),
      more: z.boolean(),
    })
    .meta({
      description: 'What of them is rolled.',
    }),
  purged: z
    .object({ ...dates, days: z.int(), erased: z.boolean(), refusal: z.string().nullable() })
    .nullable()
    .meta({
      description:
        'Days whose raw rows are gone: they are left out, or rolled all the same where that was allowed, which erases what is known of them. `refusal` says why starting this is refused, and what to do; null: it is not.',
    }),
  raw_rows: z.object({
    conversations: z.int().nullable(),
    messages: z.int().nullable(),
    reporting_events: z.int().nullable(),
    csat_survey_responses: z.int().nullable(),
    total: z.int(),
    more: z.boolean().meta({ description: 'There are more than were counted.' }),
  }),
  estimate: z.object({
    seconds: z.object({ from: z.number(), until: z.number() }).nullable().meta({ description: 'Time at work, rests left out.' }),
    by: z.enum(['recent backfills', 'recomputed days', 'nothing']).meta({ description: 'What told the speed.' }),
    hours_per_second: z.number().nullable(),
  }),
  under_way: z
    .object({ id: z.int(), state: z.enum(backfillStates), hours_done: z.int(), hours_total: z.int() })
    .nullable()
    .meta({ description: 'The backfill that stands in its way.' }),
  sent_digests: z
    .object({
      total: z.int(),
      sent: z.array(z.object({ digest_id: z.int(), name: z.string().nullable(), first_date: z.string(), last_date: z.string() })),
    })
    .meta({ description: 'Digests that were sent with figures of these days.' }),
  plan: z.string().meta({ description: 'Hand it back within a day to start just this.' }),
  diff: diff.nullable(),
})
