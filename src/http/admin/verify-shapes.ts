import { z } from 'zod'
import { time } from './rollup-shapes.ts'

/** Null, too, for who runs the installation and not the account. */
const parts = z.record(z.string(), z.unknown()).nullable()

const difference = {
  table: z.string().meta({ description: 'The table of rolled rows.', example: 'rollup_daily' }),
  bucket: time.nullable().meta({ description: 'Start of the bucket, or the time of a bot event; null: at no time.' }),
  dimension: z.int().meta({ description: '0 account, 1 inbox, 2 agent, 3 team, 4 label.' }),
  dimension_id: z.int(),
  stored: parts.meta({ description: 'The row as it was; null: there was none, or you run the installation only.' }),
  recomputed: parts.meta({ description: 'The row as the raw rows give it; null: there should be none, or the same.' }),
}

export const verifiedShare = z.object({
  account_id: z.int(),
  days: z.int().meta({ description: 'Days that hold anything and are rolled.' }),
  verified_days: z
    .int()
    .meta({ description: 'Those whose every row was found, or made, to be right, and that were not rolled since.' }),
  coverage_ratio: z.number().nullable().meta({ description: 'Their share, 0 to 1; null before the first turn.' }),
  oldest_verified_at: time.nullable(),
  oldest_age_seconds: z.number().nullable(),
  recent_verified_at: time.nullable().meta({ description: 'When the last three days were all verified.' }),
  mismatches: z.int().meta({ description: 'Rows that were ever wrong.' }),
})

export const mismatchShape = z.object({
  id: z.int(),
  account_id: z.int(),
  found_at: time,
  repaired_at: time.nullable(),
  ...difference,
})

export const verificationShape = z.object({
  account_id: z.int(),
  days_total: z.int(),
  days: z.int(),
  hours: z.int().meta({ description: 'Hours that were recomputed.' }),
  dirty_hours: z.int().meta({ description: 'Hours that were left out: dirty, or not rolled.' }),
  rows: z.int(),
  match_rate: z.number().nullable().meta({ description: 'Share of the rows that agree, 0 to 1; null without any.' }),
  differing: z.int(),
  repaired: z.boolean(),
  differences: z.array(z.object(difference)).meta({ description: 'The first 20.' }),
})
