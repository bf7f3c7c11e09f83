import { z } from 'zod'
import { bucketStates } from '../../rollups/freshness/ledger.ts'
import { listShape } from '../v1/digest-path.ts'

/** An instant as it is told. */
export const time = z.string().meta({ description: 'UTC, to the second.' })
const seconds = z.number()

const span = z.object({ since: time.nullable(), until: time.nullable() })

const failedBucket = z.object({
  since: time,
  until: time,
  failures: z.int(),
  error: z.string().nullable(),
  next_try_at: time,
})

const grain = z.object({
  covered: z.array(span).meta({ description: 'Whole buckets that are rolled; null: there is no end.' }),
  complete_through: time.nullable().meta({
    description: 'All buckets that end by then, back to the start of the latest rolled stretch, are complete and current.',
  }),
  lag_seconds: seconds.nullable().meta({
    description: 'From there to the latest that there could be: now, or the start of the present day or month.',
  }),
  dirty_buckets: z.int(),
  oldest_dirty_seconds: seconds
    .nullable()
    .meta({ description: 'How long the oldest change has waited: it makes its hour, its day and its month dirty.' }),
  failed_buckets: z.int(),
  first_failed: failedBucket.nullable(),
  rolled_at: time.nullable().meta({
    description:
      'When rows of any were last made. A day’s or month’s are when it ends, and when something changes in one that has. Null: never, or not since that is kept.',
  }),
  next_roll_by: time.nullable().meta({
    description:
      'By when one is next rolled while workers run: what is dirty with the next sweep, a day or month that ends with the account’s first roll after that or, at the latest, its daily check. Null: nothing waits, and nothing will end.',
  }),
})

export const statusShape = z.object({
  account_id: z.int(),
  zone: z.string().nullable().meta({ description: 'Whose clock buckets follow; null before anything is rolled.' }),
  rolled_at: time.nullable().meta({ description: 'When something was last rolled, of whatever width.' }),
  next_roll_by: time
    .nullable()
    .meta({ description: 'By when dirty hours are next rolled while workers run; null: nothing waits.' }),
  dirty_quarters: z.int().meta({ description: 'Quarters of an hour whose raw rows changed since they were rolled.' }),
  wide_marks: z.int().meta({ description: 'Changes that reach over many hours, which are looked up when they are rolled.' }),
  oldest_dirty_seconds: seconds.nullable(),
  outdated: z.array(span).meta({
    description:
      'What was rolled by other definitions and is read from raw rows: a backfill of what is missing rolls it anew, see `plan`.',
  }),
  changed_metrics: z.array(z.string()).meta({ description: 'The metrics that are defined otherwise since.' }),
  plan: z
    .object({ account_id: z.int(), mode: z.literal('missing') })
    .nullable()
    .meta({
      description:
        'What to send to `POST /api/v1/admin/backfills` for the plan of a backfill that rolls what is `outdated` anew, with whatever else is missing; null: nothing is outdated.',
    }),
  grains: z.object({ hour: grain, day: grain, month: grain }),
})

export const dirtyShape = z.object({
  dirty_hours: z.array(
    z.object({
      account_id: z.int(),
      since: time,
      until: time,
      label_rows_only: z.boolean(),
      waiting_since: time,
      failures: z.int().meta({ description: 'How often it could not be rolled.' }),
      error: z.string().nullable(),
      next_try_at: time.nullable().meta({ description: 'Null: with the next sweep.' }),
    }),
  ),
  wide_marks: z.array(z.object({ account_id: z.int(), scope: z.string(), marks: z.int(), waiting_since: time })),
  more: z.boolean().meta({ description: 'There are more hours than these.' }),
})

const state = z.enum(bucketStates)
/** Buckets by state. */
export const countsShape = z.object(
  Object.fromEntries(bucketStates.map((name) => [name, z.int()])) as Record<(typeof bucketStates)[number], z.ZodInt>,
)

const accountGrid = z.object({
  account_id: z.int(),
  zone: z.string().meta({ description: 'Whose days and hours these are.' }),
  since: time,
  until: time,
  counts: z.object({ days: countsShape, hours: countsShape }),
  days: z.array(
    z.object({
      date: z.string(),
      since: time,
      until: time,
      state,
      hours: countsShape.partial().meta({ description: 'How many of its hours are in which state.' }),
      cells: z
        .array(z.object({ since: time, state }))
        .optional()
        .meta({ description: 'Every hour, with `zoom=hours`.' }),
    }),
  ),
})

export const gridShape = accountGrid.extend({ as_of: time })
export const accountsGridShape = z.object({
  ...listShape,
  as_of: time,
  accounts: z
    .array(accountGrid)
    .meta({ description: 'By id. Each has the days of its own clock, so that they may end on different dates.' }),
})
