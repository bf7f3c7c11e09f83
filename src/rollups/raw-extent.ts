import type { Instant } from '../clock.ts'
import { one, sql, type Queryable } from '../db.ts'
import { DAY } from '../time/zone.ts'

const rawExtent = sql(import.meta.url, './raw-extent.sql')

/** From where to where an account has raw rows, as far as history can be taken seriously. */
export interface RawExtent {
  first: Instant | null
  last: Instant | null
  /** Rows before 1970 or more than a year ahead: slips of a clock. They are counted, but no stretch is rolled out to them. */
  before: boolean
  after: boolean
}

/** The extent of an account's raw rows, from 1970 to a year after `now`. */
export function rawExtentOf(db: Queryable, accountId: number, now: Instant): Promise<RawExtent> {
  return one<RawExtent & Record<string, unknown>>(db, rawExtent, [accountId, 0, now + 366 * DAY])
}
