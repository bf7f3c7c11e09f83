import type { Instant } from '../clock.ts'
import { many, type Queryable } from '../db.ts'
import { Refusal } from '../errors.ts'
import { isoOf } from '../time/local-text.ts'

/** From when on an account has what reports are made from; what is older was purged. -Infinity where nothing was. */
export interface Kept {
  /** Before it nothing ever happened: the start of a month, or Infinity when nothing is rolled. Of use where something was purged. */
  first: Instant
  /** Raw rows: the start of a local day. Rolled rows before it are final, since nothing can be rolled again there. */
  raw: Instant
  /** Rows by the hour: the start of a local day. */
  hourly: Instant
  /** Rows by the day: the start of a local month. */
  daily: Instant
}

export const NOTHING_PURGED: Kept = { first: -Infinity, raw: -Infinity, hourly: -Infinity, daily: -Infinity }

/** Those of some buckets that can be rolled again; what lies before `raw` is final, whatever comes or changes there. */
export const notFinal = <Bucket extends { until: Instant }>(buckets: readonly Bucket[], { raw }: Pick<Kept, 'raw'>): Bucket[] =>
  raw === -Infinity ? [...buckets] : buckets.filter((bucket) => bucket.until > raw)

const RAW_PURGED = 'raw_purged'

/** True for the refusal of an answer that needs raw rows which were purged. */
export const isRawPurged = (error: unknown): boolean => error instanceof Refusal && error.code === RAW_PURGED

/** The refusal for an answer that needs raw rows which were purged. */
export const rawPurged = (raw: Instant): Refusal =>
  new Refusal(
    RAW_PURGED,
    `Raw rows of this account are kept since ${isoOf(raw)}, and this answer needs earlier ones. Ask from then on, or for ` +
      'whole days or months of the account’s time zone, without filters and lists.',
  )

/** From when on raw rows of an account are there; -Infinity when none were purged. */
export async function rawSince(db: Queryable, accountId: number): Promise<Instant> {
  const [row] = await many<{ raw: number | null }>(
    db,
    'select extract(epoch from raw_since)::float8 as raw from tidemark.accounts where account_id = $1',
    [accountId],
  )
  return row?.raw ?? -Infinity
}
