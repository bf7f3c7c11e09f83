import { many, type Queryable } from '../../db.ts'

/** The largest `concurrency` that a backfill may be given. */
export const CONCURRENCY_MAX = 64

/**
 * The ids of backfills that wait for their turn: as many others as their `concurrency` allows beside them are at work already.
 * Who comes first is told by the id, over all accounts, so whoever looks comes to the same, without a lock: a backfill works while
 * fewer than `concurrency` older ones do. One that is paused, rests for its limit or window, or waits itself, is none of these.
 * There are at most as many of them as accounts.
 */
export async function waitingForTurn(db: Queryable): Promise<number[]> {
  const able = await many<{ id: number; concurrency: number | null }>(
    db,
    `select id, concurrency from tidemark.backfills
     where state in ('queued', 'running') and coalesce(paced_until, '-infinity') <= now() order by id`,
  )
  let working = 0
  const waiting: number[] = []
  for (const { id, concurrency } of able) {
    if (concurrency !== null && working >= concurrency) waiting.push(id)
    else working++
  }
  return waiting
}
