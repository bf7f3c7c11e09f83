import { setTimeout as sleep } from 'node:timers/promises'
import { now as clockNow, stopwatch } from '../../clock.ts'
import { isFaultOfRows, maybeOne, run, transaction, type Pool } from '../../db.ts'
import { backfill } from './backfill.ts'
import { rollChunk, type ChunkOptions } from './backfill-chunk.ts'
import { bucketZone } from './backfill-days.ts'
import { recordEnd } from './backfill-ends.ts'
import { windowRest } from './backfill-pace.ts'
import type { Backfill, BackfillState } from './backfill-row.ts'
import { NewerDefinitions } from '../definitions/definitions.ts'
import { nextSize } from '../pace.ts'
import { faultText } from '../rolling/fault-text.ts'
import { afterRolling, finish, verifyNext } from './finish-backfill.ts'

/** Days of the first chunk, and of the largest. */
const [CHUNK_DAYS, CHUNK_DAYS_MAX] = [7, 93]
const FAILURES_MAX = 5
/** A rest that is not worth handing the backfill back for. */
const SHORT_REST = 2

export interface RunOptions {
  signal?: AbortSignal
  /** Called with each chunk, and each second while it waits for its turn. */
  onProgress?: (progress: Backfill) => void | Promise<void>
  /** True: waits out rests, outside the window and until its turn comes too. Otherwise returns then; whoever comes later goes on. */
  waits?: boolean
}

/**
 * Works on a backfill until it is through, a chunk of whole local days a transaction. The chunk's rows, the covered stretch
 * and the mark of how far it got commit together: killed anywhere, it goes on there; run by two at once, they take turns.
 * Returns how it stands when it is through, has to rest or to wait for its turn, is no longer to be worked on, or when `signal`
 * fired.
 */
export async function runBackfill(
  pool: Pool,
  accountId: number,
  id: number,
  { signal, onProgress, waits = false }: RunOptions = {},
): Promise<Backfill> {
  let days = CHUNK_DAYS
  while (!signal?.aborted) {
    const at = await backfill(pool, accountId, id)
    if (at.state !== 'queued' && at.state !== 'running') return at
    const rest = await restOf(pool, at)
    if (rest > 0) {
      if (!waits && rest > SHORT_REST) return backfill(pool, accountId, id)
      if (at.waitsForTurn) await onProgress?.(at)
      // Looked at again each second: it may be paused, or called off, meanwhile.
      await sleep(Math.min(rest, 1) * 1000, undefined, signal && { signal }).catch(() => {})
      continue
    }
    const elapsed = stopwatch()
    const taken = await recorded(pool, at, () => step(pool, at, days))
    // Left to a worker of the newer release, which looks for abandoned backfills every few seconds.
    if (taken === 'newer') return at
    days = taken
    await onProgress?.(await backfill(pool, accountId, id))
    days = nextSize(days, elapsed(), 1, CHUNK_DAYS_MAX)
  }
  return backfill(pool, accountId, id)
}

/** Seconds until the next chunk may begin; nobody knows when its turn comes. Outside its window a backfill notes when that opens. */
async function restOf(pool: Pool, at: Backfill): Promise<number> {
  const { accountId, id, window, restSeconds, pacedUntil, waitsForTurn } = at
  const now = clockNow()
  const opens = window && windowRest(window, await bucketZone(pool, accountId), now)
  if (opens === null) return waitsForTurn ? Infinity : (restSeconds ?? 0)
  if (pacedUntil !== opens) {
    const text = `update tidemark.backfills set paced_until = to_timestamp($3) where account_id = $1 and id = $2 and state in ('queued', 'running')`
    await run(pool, text, [accountId, id, opens])
  }
  return opens - now
}

/** One chunk of what is next: rolling, then verifying, then the end. Returns how many days the chunk had, or was given. */
async function step(pool: Pool, at: Backfill, days: number): Promise<number> {
  const { accountId, id } = at
  if (!at.settled || at.todo.length > 0) return rollNext(pool, accountId, id, days)
  if (!at.rolled) await transaction(pool, (tx) => afterRolling(tx, accountId, id))
  else if (at.toVerify.length > 0) await verifyNext(pool, at, await bucketZone(pool, accountId))
  else await finish(pool, accountId, id)
  return days
}

async function rollNext(pool: Pool, accountId: number, id: number, days: number): Promise<number> {
  const roll = (options: Omit<ChunkOptions, 'now'>) =>
    transaction(pool, (tx) => rollChunk(tx, accountId, id, { ...options, now: clockNow() }))
  if (await couldBeRolled(() => roll({ days }))) return days
  // A day that cannot be rolled holds up no other: its hours are tried one by one.
  if (days === 1 || !(await couldBeRolled(() => roll({ days: 1 })))) await roll({ days: 1, oneByOne: true })
  return 1
}

async function couldBeRolled(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    if (!isFaultOfRows(error)) throw error
    return false
  }
}

/** Keeps what went wrong where it is seen; after some failures in a row the backfill ends as failed. */
async function recorded<T>(pool: Pool, at: Backfill, work: () => Promise<T>): Promise<T | 'newer'> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof NewerDefinitions) return 'newer'
    await noteFailure(pool, at, faultText(error)).catch(() => {})
    throw error
  }
}

function noteFailure(pool: Pool, at: Backfill, error: string): Promise<void> {
  return transaction(pool, async (tx) => {
    const row = await maybeOne<{ state: BackfillState }>(
      tx,
      `update tidemark.backfills
       set failures = failures + 1, error = $3, progressed_at = now(),
         state = case when failures + 1 >= $4 then 'failed' else state end,
         finished_at = case when failures + 1 >= $4 then now() end
       where account_id = $1 and id = $2 and state in ('queued', 'running') returning state`,
      [at.accountId, at.id, error, FAILURES_MAX],
    )
    if (row?.state === 'failed') await recordEnd(tx, at, { state: 'failed', error }, clockNow())
  })
}
