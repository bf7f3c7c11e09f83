import { z } from 'zod'
import { backfillStates } from '../../rollups/backfill/backfill-row.ts'
import { backfillModes } from '../../rollups/backfill/backfill-days.ts'
import { time } from './rollup-shapes.ts'

const value = z.number().nullable()

export const progressShape = z.object({
  hours_done: z.int().meta({ description: 'Hours of history that are rolled, failed ones included.' }),
  hours_total: z.int().meta({ description: '0 until it has started.' }),
  days_done: z.int(),
  days_total: z.int(),
  hours_failed: z.int().meta({ description: 'Could not be rolled, and have not been since.' }),
  verify_days_done: z.int().meta({ description: 'Days recomputed and compared; that begins once all are rolled.' }),
  verify_days_total: z.int().meta({ description: '0 where that was not asked for, and until it has started.' }),
  chunks: z.int().meta({ description: 'Transactions that it took so far.' }),
  hours_per_minute: z.int().nullable().meta({ description: 'Measured, rests left out; null before the first chunk.' }),
  seconds_left: z.int().nullable().meta({
    description: 'At that speed, within the limit and the window, verification included; null: cannot be said.',
  }),
  expected_end: time.nullable(),
  current_day: z.string().nullable().meta({ description: 'The local date that is next.' }),
  rests_until: time.nullable(),
  rests_for: z.enum(['window', 'limit', 'turn']).nullable().meta({
    description: '`turn`: as many others are at work as its `concurrency` allows. It goes on by itself, nobody knows when.',
  }),
})

const totals = z
  .array(z.object({ metric: z.string(), unit: z.string(), before: value, after: value, added: value }))
  .nullable()
  .meta({
    description:
      'Over hours that had been rolled before, as they were and are, and over those that had not (`added`). Null for who runs the installation only.',
  })

const verification = z.object({
  hours: z.int().meta({ description: 'Recomputed.' }),
  dirty_hours: z.int().meta({ description: 'Left out: changed again since.' }),
  differing: z.int().meta({ description: 'Rows that differ.' }),
  differences: z.array(z.looseObject({ table: z.string(), bucket: time })),
})

const report = z.object({
  hours: z.object({ new: z.int(), changed: z.int(), unchanged: z.int(), failed: z.int() }),
  totals,
  verification: verification.nullable(),
  digests: z.object({
    total: z.int().meta({ description: 'Digests that were sent of periods that it covers; at most a hundred are named.' }),
    sent: z.array(
      z.object({
        digest_id: z.int(),
        name: z.string().nullable(),
        first_date: z.string(),
        last_date: z.string(),
        changed: z.boolean().meta({ description: 'Rolled rows of its period hold other figures now.' }),
      }),
    ),
  }),
})

/** How a backfill goes about it. */
export const optionShapes = {
  mode: z.enum(backfillModes),
  order: z.enum(['newest', 'oldest']),
  max_hours_per_minute: z.int().nullable(),
  window: z.object({ from: z.string(), until: z.string() }).nullable(),
  concurrency: z.int().nullable(),
  verify: z.boolean(),
  allow_erase: z.boolean(),
}

export const backfillShape = z.object({
  id: z.int(),
  account_id: z.int(),
  state: z.enum(backfillStates),
  phase: z.enum(['rolling', 'verifying']).nullable(),
  since: time.nullable(),
  until: time.nullable(),
  timezone: z.string().meta({ description: 'Whose days are rolled, and whose clock the window goes by.' }),
  reason: z.string(),
  ...optionShapes,
  notify: z.boolean().meta({ description: 'Whether somebody is told by mail when it ends.' }),
  asked_by: z.object({ kind: z.string(), id: z.int().nullable() }),
  created_at: time,
  started_at: time.nullable(),
  progressed_at: time.nullable(),
  paused_at: time.nullable(),
  finished_at: time.nullable(),
  progress: progressShape,
  error: z.string().nullable().meta({ description: 'What went wrong last, without data.' }),
  report: report.nullable(),
})

/** An hour that a backfill could not roll. */
export const failedHourShape = z.object({
  hour: time,
  error: z.string(),
  failed_at: time,
  next_try_at: time.nullable(),
  rolled: z.boolean().meta({ description: 'It has been rolled since.' }),
})

export const backfillAnswer = backfillShape.extend({
  failed_hours: z.array(failedHourShape).meta({ description: 'At most a hundred, the newest first; `…/failed_hours` has all.' }),
  failed_hours_total: z.int().meta({ description: 'How many there are.' }),
})
