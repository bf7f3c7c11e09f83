import type { Instant } from '../clock.ts'
import type { Pool } from '../db.ts'
import { reading } from './reading.ts'
import type { Reading, ReportSource } from './report.ts'

/** What a report says and how it was made: the same two facts that the HTTP headers and the command line show. */
export interface Answer<T> {
  data: T
  source: ReportSource
  /** Up to where rollups are complete; undefined when nothing is rolled or nothing had to be read. */
  completeThrough: Instant | undefined
}

/** Runs `work` on one moment of an account's data and notes what its answer was made from. */
export function answer<T>(pool: Pool, accountId: number, work: (read: Reading) => Promise<T>): Promise<Answer<T>> {
  return reading(pool, accountId, async (read) => {
    const data = await work(read)
    return { data, source: read.source, completeThrough: read.completeThrough }
  })
}
